"""No person alone lengthens a confinement: extensions, arrivals, referrals, and the same word again."""

from datetime import datetime, timedelta

import pytest

from services.isolation import main as isolation_main
from services.registration.domain import gate
from services.registration.domain.colours import Evidence, EvidenceKind
from shared.base.ids import new_id
from shared.events import isolation
from shared.events.registration import JourneyCancelled, JourneyChanged
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, GRID, KEEPER, TODAY, Town, journey, town
from tests.registration.ordering import officers
from tests.registration.resident import resident
from tests.support.service import MORNING

WITHIN = timedelta(hours=24)


async def confirmed(service: MakeService, **order: object) -> Town:
    """Return a town with a case of seven days that two persons have ordered."""
    here = await town(service, isolation_main.build)
    assert (await here.order(**{"length_days": 7} | order)).status_code == 201
    assert (await here.post(here.office, "confirmation")).status_code == 200
    return here


async def later(here: Town) -> None:
    here.service.clock.advance(WITHIN)
    await here.service.due()


async def test_a_doctor_alone_lengthens_no_case_and_the_wish_is_dropped_within_hours(service: MakeService) -> None:
    here = await confirmed(service)
    asked = (await here.ask_to_extend(7)).json()
    (asked_for,) = asked["extensions_asked"]
    assert (asked["ends_on"], asked_for["by"]) == ("2026-02-17", DOCTOR)
    assert datetime.fromisoformat(asked_for["falls_back_at"]) - datetime.fromisoformat(asked_for["at"]) == WITHIN
    for client in (here.doctor, here.service.client("doctor", subject=DOCTOR.upper()), here.resident, here.keeper):
        assert (await here.post(client, "confirmation")).status_code in (403, 409)
    await later(here)
    case = await here.case()
    assert (case["ends_on"], case["extensions_asked"]) == ("2026-02-17", [])
    assert await here.emitted(isolation.CaseExtended) == []
    assert len(await here.measurements()) == 14


async def test_a_second_person_confirms_an_extension_and_again_changes_nothing(service: MakeService) -> None:
    here = await confirmed(service)
    await here.ask_to_extend(7)
    first, again = [(await here.post(here.office, "confirmation")).json() for _ in range(2)]
    assert first["ends_on"] == again["ends_on"] == "2026-02-24"
    await later(here)
    assert (await here.case())["ends_on"] == "2026-02-24"
    assert len(await here.emitted(isolation.CaseExtended)) == 1
    assert len(await here.measurements()) == 28


async def test_a_wished_extension_holds_no_release_up(service: MakeService) -> None:
    here = await confirmed(service)
    await here.report_all(1, 7)
    assert (await here.ask_to_extend(30)).json()["state"] == "release_requested"
    released = (await here.post(here.office, "release")).json()
    assert (released["state"], released["extensions_asked"]) == ("released", [])


@pytest.mark.parametrize("how", ["open", "planned", "changed"])
async def test_a_journey_that_an_official_declares_lengthens_no_open_case(service: MakeService, how: str) -> None:
    here = await confirmed(service)
    declared = journey(here.resident_id, TODAY + timedelta(days=5 if how == "planned" else 0))
    if how == "changed":
        await here.service.receive(declared)  # the resident's own: it prolongs the case
        declared = JourneyChanged(**declared.model_dump() | {"arrives_on": TODAY + timedelta(days=1)})
    before = (await here.case())["ends_on"]
    alone = declared.model_copy(update={"stated_by": "worker-1"})
    await here.service.receive(alone)
    here.at(4, 8)
    await here.service.due()
    if how == "planned":
        (asked,) = (await here.case())["extensions_asked"]
        assert asked["by"] == "worker-1"
    await later(here)
    case = await here.case()
    assert (case["ends_on"], case["extensions_asked"]) == (before, [])


async def test_a_second_person_confirms_an_arrival_and_its_end_drops_the_wish(service: MakeService) -> None:
    here = await confirmed(service)
    alone = journey(here.resident_id, TODAY).model_copy(update={"stated_by": "worker-1"})
    await here.service.receive(alone)
    assert len((await here.case())["extensions_asked"]) == 1
    await here.service.receive(JourneyCancelled(**alone.model_dump() | {"cancelled": True}))
    assert (await here.case())["extensions_asked"] == []
    await here.service.receive(journey(here.resident_id, TODAY).model_copy(update={"stated_by": "worker-1"}))
    assert (await here.post(here.office, "confirmation")).json()["ends_on"] == "2026-02-24"


async def test_a_fever_that_another_person_reports_keeps_no_person_at_the_clinic_for_long(service: MakeService) -> None:
    here = await confirmed(service)
    here.at(1, 8)
    await here.report(38.5, client=here.keeper)
    case = await here.case()
    assert (case["state"], case["referral"]["by"]) == ("referred", KEEPER)
    assert (await here.post(here.keeper, "confirmation")).status_code == 403
    await later(here)
    assert (await here.case())["state"] == "observing"
    await here.report(38.6, client=here.keeper)
    assert (await here.case())["state"] == "observing", "the same word again refers no person"
    assert len(await here.emitted(isolation.FeverReported)) == 2


@pytest.mark.parametrize("second", ["officer", "person", "own"])
async def test_a_referral_that_two_persons_state_or_the_person_stays(service: MakeService, second: str) -> None:
    here = await confirmed(service)
    here.at(1, 8)
    await here.report(38.5, client=here.resident if second == "own" else here.keeper)
    if second == "officer":
        assert (await here.post(here.office, "confirmation")).json()["referral"] is None
    if second == "person":
        await here.report(38.2)
    await later(here)
    assert (await here.case())["state"] == "referred"


async def test_a_doctor_whose_order_was_not_confirmed_does_not_renew_it_every_day(service: MakeService) -> None:
    here = await town(service, isolation_main.build)
    assert (await here.order()).status_code == 201
    await later(here)
    refused = await here.order(case_id=new_id())
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.repeated_order")
    twin = here.service.client("doctor", subject=DOCTOR.upper())
    assert (await here.order(twin, case_id=new_id())).json()["code"] == "isolation.repeated_order"
    colleague = here.service.client("doctor", area=GRID, subject="doctor-wu")
    assert (await here.order(colleague, case_id=new_id())).status_code == 201


async def test_an_official_opens_a_case_by_a_second_journey_no_more_than_by_the_first(service: MakeService) -> None:
    here = await town(service, isolation_main.build)
    for _ in range(2):
        await here.service.receive(journey(here.resident_id, TODAY).model_copy(update={"stated_by": "worker-1"}))
        await later(here)
    assert len(await here.emitted(isolation.CaseOpened)) == 1


def test_the_same_word_again_counts_as_long_as_the_first_and_another_s_for_itself() -> None:
    first = gate.admit(Evidence("a", "r", EvidenceKind.FEVER, MORNING, stated_by="com-a"), WITHIN)
    later_on = MORNING + timedelta(hours=20)
    again = Evidence("b", "r", EvidenceKind.FEVER, later_on, stated_by="COM-A")
    other = Evidence("b", "r", EvidenceKind.FEVER, later_on, stated_by="com-b")
    assert gate.admit(again, WITHIN, [first]).until == MORNING + WITHIN
    assert gate.admit(other, WITHIN, [first]).until == later_on + WITHIN
    assert gate.admit(again, WITHIN, [gate.confirm(first, "com-b", MORNING)]).until == later_on + WITHIN


async def test_an_officer_renews_no_yellow_alone(service: MakeService) -> None:
    here = await officers(service)
    first = await here.proposed(colour="yellow")
    await here.after(hours=24)
    assert (await here.read_order(first))["state"] == "expired"
    again = (await here.propose(here.residents[0], colour="yellow")).json()
    assert again["state"] == "proposed"
    assert await here.colours() == ["green"]
    assert (await here.decide(again["order_id"])).status_code == 200
    assert await here.colours() == ["yellow"]


async def test_an_official_keeps_no_code_yellow_by_one_journey_after_another(service: MakeService) -> None:
    one = await resident(service)
    worker = one.here.service.client("grid_worker", subject="worker-1")
    await one.declares(TODAY - timedelta(days=1), client=worker)
    assert await one.after(hours=24) == "green"
    await one.declares(TODAY - timedelta(days=1), client=worker)
    assert await one.colour() == "green"
