"""A colour rests on evidence or on two people: what one official states alone falls back within hours."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.isolation import main as isolation_main
from services.registration.domain import gate
from services.registration.domain.colours import Evidence, EvidenceKind
from shared.base.errors import Conflict
from shared.base.ids import new_id
from shared.events import isolation
from shared.events.registration_acts import SingleOrdersExceeded
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, TODAY, journey, town
from tests.registration.ordering import UNTIL, officers
from tests.registration.resident import resident
from tests.support.service import AREA, MORNING

WITHIN = timedelta(hours=24)
FAR, OTHER_COMMUNITY = "/jinhe/hexi/qingshui/c02/a1/g01/p01", "/jinhe/hedong/chunhua/c02/a1/g01/p01"
ROOT = Path(__file__).parents[2]


def test_evidence_enters_the_store_in_one_module_and_passes_the_gate_there() -> None:
    writers = set()
    for path in (ROOT / "services/registration").rglob("*.py"):
        tree = ast.walk(ast.parse(path.read_text()))
        calls = {getattr(one.func, "attr", "") for one in tree if isinstance(one, ast.Call)}
        if calls & {"add_evidence", "put_evidence"}:
            writers.add(path.name)
            assert "admit" in calls, path
    assert writers == {"standings.py"}


@pytest.mark.parametrize("by", ["com-a", "COM-A", "Com-A", "ｃｏｍ-ａ"])
def test_another_spelling_of_one_subject_is_no_second_person(by: str) -> None:
    alone = gate.admit(Evidence("s", "r", EvidenceKind.FEVER, MORNING, None, stated_by="com-a"), WITHIN)
    assert alone.until == MORNING + WITHIN
    with pytest.raises(Conflict, match="ask a colleague"):
        gate.confirm(alone, by, MORNING)


async def test_a_second_spelling_does_not_approve_an_order_or_decide_an_appeal(service: MakeService) -> None:
    here = await officers(service)
    red = await here.proposed(colour="red")
    twin = here.here.service.client("community", subject="OFFICE-LIU")
    assert (await here.decide(red, client=twin)).json()["code"] == "registration.own_order"
    await here.in_force(colour="yellow")
    appeal = {"appeal_id": new_id(), "text": "核酸检测阴性，请复核"}
    assert (await here.liu.post(f"/v1/residents/{here.residents[0]}/appeals", json=appeal)).status_code == 201
    refused = await twin.post(f"/v1/appeals/{appeal['appeal_id']}/uphold", json={"reason": "negative test"})
    assert refused.json()["code"] == "registration.own_appeal"


@pytest.mark.parametrize("subject", ["office liu", "office-liu\u200b", "ｏffice-liu", "office\u2010liu", " office-liu"])
async def test_a_token_whose_subject_can_be_read_in_two_ways_is_refused(service: MakeService, subject: str) -> None:
    here = await officers(service)
    unclear = here.here.service.client("community", subject=subject)
    answer = await unclear.get("/v1/counts")
    assert (answer.status_code, answer.json()["code"]) == (401, "access.subject_unclear")


async def test_a_doctor_s_order_alone_ends_within_hours_and_a_confirmed_one_does_not(service: MakeService) -> None:
    here = await town(service, isolation_main.build)
    assert (await here.order(reason="xx")).status_code == 201
    for client in (here.doctor, here.service.client("doctor", subject=DOCTOR.upper()), here.resident):
        assert (await here.post(client, "confirmation")).status_code in (403, 409)
    here.service.clock.advance(WITHIN)
    await here.service.due()
    assert (await here.case())["state"] == "cancelled"
    (ended,) = await here.emitted(isolation.CaseCancelled)
    assert ended.has_ended
    here.case_id = new_id()
    colleague = here.service.client("doctor", subject="doctor-wu")
    assert (await here.order(colleague)).status_code == 201
    first, again = [(await here.post(here.office, "confirmation")).json() for _ in range(2)]
    assert first["confirmed_by"] == again["confirmed_by"] == "office-liu"
    here.service.clock.advance(3 * WITHIN)
    await here.service.due()
    assert (await here.case())["state"] == "observing"
    (confirmed,) = await here.emitted(isolation.CaseConfirmed)
    assert (confirmed.proposed_by, confirmed.confirmed_by) == ("doctor-wu", "office-liu")


async def test_the_case_of_a_journey_that_an_official_declared_ends_unless_it_is_confirmed(
    service: MakeService,
) -> None:
    here = await town(service, isolation_main.build)
    declared = journey(here.resident_id, TODAY).model_copy(update={"stated_by": "worker-1"})
    await here.service.receive(declared)
    (case,) = (await here.doctor.get("/v1/cases")).json()["items"]
    assert (case["state"], case["proposed_by"]) == ("observing", "worker-1")
    here.service.clock.advance(WITHIN)
    await here.service.due()
    assert (await here.doctor.get("/v1/cases")).json()["items"] == []


async def test_the_code_of_an_unconfirmed_case_falls_back_whatever_isolation_says(service: MakeService) -> None:
    one = await resident(service)
    opened = one.case(isolation.CaseOpened, proposed_by="doctor-1")
    await one.here.service.receive(opened)
    assert await one.colour() == "red"
    await one.here.service.receive(one.case(isolation.CaseExtended, proposed_by="doctor-1", confirmed_by="DOCTOR-1"))
    assert await one.after(hours=24) == "green"
    other = new_id()
    await one.here.service.receive(one.case(isolation.CaseOpened, other, proposed_by="doctor-1"))
    confirmed = one.case(isolation.CaseConfirmed, other, proposed_by="doctor-1", confirmed_by="office-liu")
    await one.here.service.receive(confirmed)
    assert await one.after(days=3) == "red"


async def test_a_case_of_the_version_before_counts_as_it_did(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.open_case())
    assert await one.after(days=3) == "red"


async def test_a_journey_that_an_official_declares_or_changes_falls_back(service: MakeService) -> None:
    one = await resident(service)
    worker = one.here.service.client("grid_worker", subject="worker-1")
    await one.declares(TODAY - timedelta(days=1), client=worker)
    assert await one.colour() == "yellow"
    assert await one.after(hours=24) == "green"
    worker = one.here.service.client("grid_worker", subject="worker-2")
    own = await one.declares(TODAY + timedelta(days=20))
    days = {"departs_on": str(TODAY + timedelta(days=1)), "arrives_on": str(TODAY + timedelta(days=3))}
    assert (await worker.post(f"/v1/journeys/{own}/days", json=days)).status_code == 200
    assert await one.after(days=1) == "yellow"
    assert await one.after(days=1) == "green"


async def test_a_second_officer_confirms_a_journey_and_it_counts_its_days(service: MakeService) -> None:
    one = await resident(service)
    worker = one.here.service.client("grid_worker", "doctor", subject="worker-1")
    path = f"/v1/residents/{one.resident_id}/standing/confirmation"
    assert (await one.here.clerk.post(path)).json()["code"] == "registration.nothing_waits"
    await one.declares(TODAY - timedelta(days=1), client=worker)
    assert (await worker.post(path)).json()["code"] == "registration.own_statement"
    assert [(await one.here.clerk.post(path)).status_code for _ in range(2)] == [200, 200]
    assert await one.after(days=5) == "yellow"
    assert await one.after(days=10) == "green"


@pytest.mark.parametrize(
    ("gate_path", "days"), [(FAR, 1), (OTHER_COMMUNITY, 1), (f"{AREA}/a1/g01/p01", 3), (f"{AREA}/a2/g09/p01", 3)]
)
async def test_a_fever_far_from_home_falls_back_and_one_at_home_lasts(
    service: MakeService, gate_path: str, days: int
) -> None:
    one = await resident(service)
    alert = one.fever_at_gate(one.here.service.clock.now()).model_copy(update={"area_path": gate_path})
    await one.here.service.receive(alert)
    assert await one.after(days=days, minutes=-1) == "yellow"
    assert await one.after(minutes=1) == "green"


@pytest.mark.parametrize(("by", "days"), [(None, 3), ("self", 3), ("keeper-9", 1)])
async def test_a_fever_that_another_person_reports_falls_back(service: MakeService, by: str | None, days: int) -> None:
    one = await resident(service)
    reported_by = one.resident_id if by == "self" else by
    await one.here.service.receive(one.fever_in_isolation().model_copy(update={"reported_by": reported_by}))
    assert await one.after(days=days, minutes=-1) == "yellow"
    assert await one.after(minutes=1) == "green"


async def test_a_single_yellow_falls_back_unless_a_second_officer_approves(service: MakeService) -> None:
    here = await officers(service, 2)
    alone, approved = [await here.proposed(one, colour="yellow") for one in here.residents]
    assert (await here.decide(approved, client=here.liu)).json()["code"] == "registration.own_order"
    assert (await here.decide(approved)).status_code == 200
    await here.after(hours=24)
    assert await here.colours() == ["green", "yellow"]
    assert [(await here.read_order(one))["state"] for one in (alone, approved)] == ["expired", "approved"]
    lifting = (await here.lift(approved)).json()
    assert lifting["state"] == "proposed", "what two have decided, one does not end"
    here.here.service.clock.at = UNTIL
    await here.after()
    assert await here.colours() == ["green", "green"]


async def test_beyond_an_officer_s_orders_of_a_day_each_waits_and_the_office_learns(service: MakeService) -> None:
    here = await officers(service, 7)
    twin = here.here.service.client("community", subject="Office-Liu")
    states = []
    for number, one in enumerate(here.residents):
        body: dict[str, Any] = {"resident_ids": [one], "colour": "yellow", "client": twin if number % 2 else here.liu}
        states.append((await here.propose(**body)).json()["state"])
    assert states == ["approved"] * 5 + ["proposed"] * 2
    exceeded = await here.here.service.emitted(SingleOrdersExceeded)
    assert [event.orders for event in exceeded] == [6, 7]
    await here.after(days=1)
    assert (await here.propose(resident_ids=here.residents[5:6], colour="yellow")).json()["state"] == "approved"
