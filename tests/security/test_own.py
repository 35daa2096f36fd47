"""Officials do not decide on themselves, their household or those whom they keep; a withdrawal takes two."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.settings import Settings as CheckpointSettings
from shared.base.ids import new_id
from shared.events import registration as events
from shared.web.access import Principal
from shared.web.own import Own
from tests.checkpoint import test_permits as permits
from tests.checkpoint.gate import NOW, Gate, build, dweller, lives
from tests.conftest import MakeService
from tests.isolation.town import DOOR as HOME
from tests.isolation.town import Town, town
from tests.registration.ordering import Officers, officers
from tests.supply.town import deliveries, open_case, supply
from tests.support.service import AREA
from tests.support.waiting import PATIENCE_S

OWN = "access.own_decision"
OFFICER = "office-own"


def test_the_caller_is_known_by_id_household_and_keeper_in_any_spelling() -> None:
    own = Own("Office-Own", frozenset({"r1"}), frozenset({"h1"}))
    assert own.concerns("r1", None)
    assert own.concerns("r2", "h1")
    assert own.concerns("r2", "h2", None, "office-own")
    assert not own.concerns("r2", "h2", None, "office-sun")
    assert not own.concerns(None, None)
    assert Principal("s", frozenset(), "/", None).resident_id is None


async def _by_claim(here: Any, resident_id: str) -> dict[str, Any]:
    return {"subject": OFFICER, "resident_id": resident_id}


async def _by_subject(here: Any, resident_id: str) -> dict[str, Any]:
    return {"subject": resident_id}


KNOWN = pytest.mark.parametrize("known", [_by_claim, _by_subject])
Known = Callable[[Any, str], Awaitable[dict[str, Any]]]


@KNOWN
async def test_an_officer_turns_no_own_code_and_none_of_the_household(service: MakeService, known: Known) -> None:
    here = await officers(service, 2)
    own = here.here.service.client("community", "doctor", **await known(here, here.residents[0]))
    await _refused_everywhere(here, own)
    assert (await here.propose(here.residents[1], colour="yellow", client=own)).status_code == 201


async def test_the_registered_link_is_as_good_as_the_claim_and_a_colleague_makes_it(service: MakeService) -> None:
    here = await officers(service, 2)
    own = here.here.service.client("community", "doctor", subject=OFFICER)
    path = f"/v1/residents/{here.residents[0]}/staff"
    assert (await here.liu.put(path, json={"person_id": OFFICER.upper()})).status_code == 200
    assert (await here.liu.put(path, json={"person_id": OFFICER.upper()})).status_code == 200
    (linked,) = await here.here.service.emitted(events.StaffLinked)
    assert linked.staff_id == OFFICER
    await _refused_everywhere(here, own)
    assert (await own.put(path, json={"person_id": None})).json()["code"] == OWN


async def _refused_everywhere(here: Officers, own: Any) -> None:
    """Refused: a colour, its approval and lift, an appeal, a confirmation, the own special care."""
    mine = here.residents[0]
    assert (await here.propose(mine, colour="yellow", client=own)).json()["code"] == OWN
    red = await here.proposed(mine)
    assert [(await here.decide(red, how, own)).json()["code"] for how in ("approve", "reject")] == [OWN, OWN]
    held = await here.in_force(mine, colour="yellow")
    assert (await here.lift(held, own)).json()["code"] == OWN
    appeal = {"appeal_id": new_id(), "text": "核酸检测阴性，请复核"}
    assert (await here.liu.post(f"/v1/residents/{mine}/appeals", json=appeal)).status_code == 201
    decision = await own.post(f"/v1/appeals/{appeal['appeal_id']}/uphold", json={"reason": "negative"})
    assert decision.json()["code"] in (OWN, "registration.own_appeal")
    assert (await own.post(f"/v1/residents/{mine}/standing/confirmation")).json()["code"] == OWN
    care = {"categories": ["hardship"], "keeper_id": None}
    assert (await own.put(f"/v1/residents/{mine}/care", json=care)).json()["code"] == OWN


async def test_a_keeper_turns_no_code_of_those_who_are_kept(service: MakeService) -> None:
    here = await officers(service)
    care = {"categories": [], "keeper_id": OFFICER}
    assert (await here.liu.put(f"/v1/residents/{here.residents[0]}/care", json=care)).status_code == 200
    keeper = here.here.service.client("community", subject=OFFICER)
    assert (await here.propose(colour="yellow", client=keeper)).json()["code"] == OWN


async def _household(here: Town) -> str:
    """Return a resident who lives behind the same door as the isolated one."""
    mate, household = new_id(), new_id()
    for resident_id in (here.resident_id, mate):
        event = events.ResidentRegistered(resident_id=resident_id, household_id=household, area_path=HOME)
        await here.service.receive(event)
    return mate


@pytest.mark.parametrize("who", ["self", "household", "keeper", "linked"])
async def test_an_officer_decides_no_step_of_an_own_case(service: MakeService, who: str) -> None:
    here = await town(service)
    mate = await _household(here)
    if who == "linked":
        link = events.StaffLinked(resident_id=mate, household_id=new_id(), area_path=HOME, staff_id=OFFICER).model_copy(
            update={"household_id": (await here.service.deps.residents.get(mate)).household_id}
        )
        await here.service.receive(link)
    claims: dict[str, Any] = {
        "self": {"subject": OFFICER, "resident_id": here.resident_id},
        "household": {"subject": OFFICER, "resident_id": mate},
        "keeper": {"subject": "KEEPER-01"},
        "linked": {"subject": OFFICER},
    }[who]
    own = here.service.client("community", "doctor", **claims)
    assert (await here.order(own)).json()["code"] == OWN
    assert (await here.order()).status_code == 201
    steps: dict[str, dict[str, Any]] = {
        "confirmation": {},
        "cancellation": {"reason": "误下达"},
        "extension": {"extension_id": new_id(), "days": 3, "reason": "核酸结果未出"},
        "return": {},
        "release": {},
        "waivers": {"slots": [{"day": "2026-02-11", "half_day": "morning"}], "cause": "refused", "note": ""},
    }
    answers = {step: await own.post(f"/v1/cases/{here.case_id}/{step}", json=body) for step, body in steps.items()}
    assert {step: answer.json()["code"] for step, answer in answers.items()} == dict.fromkeys(steps, OWN)


async def test_a_case_is_withdrawn_by_two_officers_and_not_by_one_who_asks_twice(service: MakeService) -> None:
    here = await town(service)
    assert (await here.order()).status_code == 201
    path, reason = f"/v1/cases/{here.case_id}/cancellation", {"reason": "同名同姓"}
    twin = here.service.client("community", subject="OFFICE-LIU")
    asked = [(await client.post(path, json=reason)).json() for client in (here.office, here.office, twin)]
    assert [one["state"] for one in asked] == ["observing"] * 3
    assert asked[0]["cancellation"]["by"] == asked[2]["cancellation"]["by"] == "office-liu"
    here.service.clock.advance(timedelta(days=91))  # the policy of the tests' town: 90 days
    assert (await here.city.post(path, json=reason)).json()["cancellation"]["by"] == "city-wu"
    assert (await here.office.post(path, json=reason)).json()["state"] == "cancelled"


@pytest.mark.parametrize("who", ["self", "household", "linked"])
async def test_an_officer_puts_no_own_household_on_a_list(service: MakeService, who: str) -> None:
    gate = Gate(await service(build, CheckpointSettings, at=NOW))
    await gate.open(PATIENCE_S)
    person, mate = dweller(gate), dweller(gate)
    gate.learns(lives(person).model_copy(update={"linked": {"staff_id": OFFICER}}.get(who, {})))
    claim = {"self": person, "household": mate}.get(who)
    own = gate.service.client("community", area=AREA, subject=OFFICER, resident_id=claim)
    await permits.works(gate)
    entry = {"resident_ids": [person], "plates": []}
    assert (await own.put(permits.ENTRIES, json=entry)).json()["code"] == OWN
    await gate.close()


async def test_goods_are_not_confirmed_or_withdrawn_by_the_household(service: MakeService) -> None:
    made = await supply(service, flour=5, milk=5, disinfectant=5)
    case = open_case(new_id())
    await made.receive(case)
    member = events.ResidentRegistered(
        resident_id=case.resident_id, household_id=case.household_id, area_path=case.area_path
    )
    await made.receive(member)
    (kit,) = await deliveries(made)
    own = made.client("community", subject=OFFICER, resident_id=case.resident_id)
    bodies = {
        "handover": {},
        "failure": {"reason": "nobody_home", "retry_on": "2026-02-11"},
        "withdrawal": {"note": "x1"},
    }
    for step, body in bodies.items():
        answer = await own.post(f"/v1/deliveries/{kit['delivery_id']}/{step}", json=body)
        assert answer.json()["code"] == OWN, (step, answer.text)
