"""Colours by hand: who proposes, who approves, until when, and how an order ends (R1.9)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.registration.ordering import UNTIL, officers
from tests.registration.resident import Resident
from tests.support.service import MORNING


async def test_a_single_yellow_by_hand_holds_at_once_with_its_officer_reason_and_end(service: MakeService) -> None:
    here = await officers(service)
    answer = await here.propose(colour="yellow")
    order = answer.json()
    assert (answer.status_code, order["state"], order["takes_two"], order["applied"]) == (201, "approved", False, 1)
    standing = await here.standing()
    assert (standing["colour"], standing["rule"], standing["evidence"]) == ("yellow", "manual", order["order_id"])
    assert (standing["officer"], standing["reason"], standing["isolated"]) == ("office-liu", "contact of a case", False)
    falls_back = MORNING + timedelta(hours=24)  # unless a second person approves
    assert datetime.fromisoformat(standing["until"]) == falls_back
    (event,) = await here.published()
    assert (event.colour, event.rule, event.officer, event.until) == ("yellow", "manual", "office-liu", falls_back)


async def test_red_by_hand_turns_no_code_until_a_second_person_approves(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed(colour="red")
    await here.here.service.due()
    order = await here.read_order(order_id)
    assert (order["state"], order["applied"], order["waiting"]) == ("proposed", 0, 1)
    assert await here.colours() == ["green"]
    here.here.service.clock.advance(timedelta(hours=1))
    approved = (await here.decide(order_id)).json()
    assert (approved["state"], approved["applied"], approved["waiting"]) == ("approved", 1, 0)
    assert (approved["proposed_by"], approved["decided_by"]) == ("office-liu", "doctor-chen")
    assert datetime.fromisoformat(approved["decided_at"]) == MORNING + timedelta(hours=1)
    assert await here.colours() == ["red"]
    assert (await here.standing())["officer"] == "office-liu"


async def test_officers_do_not_approve_an_order_of_their_own_whatever_their_roles(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed()
    for roles in (("community",), ("city", "doctor")):
        same_person = here.here.service.client(*roles, subject="office-liu")
        refused = await here.decide(order_id, client=same_person)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.own_order")
    assert await here.colours() == ["green"]


async def test_the_colour_ends_by_itself_at_the_moment_that_the_order_states(service: MakeService) -> None:
    here = await officers(service)
    await here.in_force()
    await here.after(days=6, hours=23, minutes=59)
    assert await here.colours() == ["red"]
    await here.after(minutes=1)
    assert await here.colours() == ["green"]
    assert [event.colour for event in await here.published()] == ["red", "green"]


async def test_a_rejected_order_turns_no_code_and_states_who_rejected_it_and_why(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed()
    rejected = (await here.decide(order_id, "reject")).json()
    assert (rejected["state"], rejected["decided_by"]) == ("rejected", "doctor-chen")
    assert rejected["decision"] == "no contact after all"
    refused = await here.decide(order_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.order_decided")
    assert await here.colours() == ["green"]


async def test_the_officer_who_proposed_an_order_may_withdraw_it(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed()
    assert (await here.decide(order_id, "reject", here.liu)).json()["state"] == "rejected"


async def test_an_order_without_an_approval_expires_after_a_day(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed()
    await here.after(hours=23, minutes=59)
    assert (await here.read_order(order_id))["state"] == "proposed"
    here.here.service.clock.advance(timedelta(minutes=1))
    late = await here.decide(order_id)  # before any process let it expire
    assert (late.status_code, late.json()["code"]) == (409, "registration.order_expired")
    await here.after()
    order = await here.read_order(order_id)
    assert (order["state"], order["decided_by"]) == ("expired", None)
    assert await here.colours() == ["green"]


async def test_an_approved_order_does_not_expire(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.in_force()
    await here.after(days=2)
    assert (await here.read_order(order_id))["state"] == "approved"
    assert await here.colours() == ["red"]


async def test_an_order_whose_end_has_passed_is_no_longer_approved(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed(until=MORNING + timedelta(hours=2))
    here.here.service.clock.advance(timedelta(hours=2))
    refused = await here.decide(order_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.order_over")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"colour": "green"}, "registration.order_green"),
        ({"until": MORNING}, "registration.order_until"),
        ({"until": MORNING + timedelta(days=30, seconds=1)}, "registration.order_until"),
    ],
)
async def test_what_cannot_be_ordered_by_hand_is_refused(
    service: MakeService, changes: dict[str, Any], code: str
) -> None:
    here = await officers(service)
    refused = await here.propose(**changes)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    "changes",
    [
        {"until": "2026-02-17T09:00:00"},  # without a zone
        {"reason": "  "},
        {"resident_ids": []},
        {"resident_ids": ["nobody"]},
        {"resident_ids": [new_id()] * 5001},
        {"order_id": "1"},
        {"colour": "black"},
        {"approved_by": "somebody"},
    ],
)
async def test_a_body_that_is_no_order_is_refused(service: MakeService, changes: dict[str, Any]) -> None:
    here = await officers(service)
    body = {"order_id": new_id(), "colour": "red", "reason": "contact of a case", "until": UNTIL.isoformat()}
    refused = await here.liu.post("/v1/colour-orders", json=body | {"resident_ids": here.residents} | changes)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_the_same_order_again_is_the_same_order_and_another_under_its_id_is_refused(service: MakeService) -> None:
    here = await officers(service, 2)
    order_id = new_id()
    answers = await asyncio.gather(*(here.propose(order_id=order_id, colour="yellow") for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(await here.published()) == 1
    usual: dict[str, Any] = {"order_id": order_id, "colour": "yellow"}
    for other in ({"reason": "another reason"}, {"resident_ids": here.residents[1:]}, {"colour": "red"}):
        refused = await here.propose(**usual | other)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.order_taken")


async def test_two_who_decide_at_the_same_moment_leave_one_decision(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed()
    city = here.here.service.client("city", area="/", subject="city-wu")
    answers = await asyncio.gather(here.decide(order_id), here.decide(order_id, "reject", city))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    state = (await here.read_order(order_id))["state"]
    assert await here.colours() == ["red" if state == "approved" else "green"]


async def test_approving_again_changes_nothing(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.proposed()
    first = (await here.decide(order_id)).json()
    here.here.service.clock.advance(timedelta(hours=1))
    assert (await here.decide(order_id)).json() == first
    assert len(await here.published()) == 1


async def test_a_red_order_is_lifted_by_two_people_before_its_time(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.in_force()
    lifting = (await here.lift(order_id)).json()
    assert (lifting["state"], lifting["lifts"], lifting["takes_two"]) == ("proposed", order_id, True)
    assert await here.colours() == ["red"]
    own = await here.decide(lifting["order_id"], client=here.liu)
    assert (own.status_code, own.json()["code"]) == (409, "registration.own_order")
    assert (await here.decide(lifting["order_id"])).json()["state"] == "approved"
    assert await here.colours() == ["green"]
    lifted = await here.read_order(order_id)
    assert (lifted["state"], lifted["lifted_by"]) == ("lifted", lifting["order_id"])
    await here.after(days=8)
    assert [event.colour for event in await here.published()] == ["red", "green"]


async def test_a_single_yellow_is_lifted_by_one_person_at_once(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.in_force(colour="yellow")
    assert (await here.lift(order_id)).json()["state"] == "approved"
    assert await here.colours() == ["green"]


async def test_only_an_order_that_holds_is_lifted_and_only_once(service: MakeService) -> None:
    here = await officers(service)
    proposed = await here.proposed()
    in_force = await here.in_force(colour="yellow")
    lifting = (await here.lift(in_force)).json()["order_id"]
    for order_id in (proposed, in_force, lifting):
        refused = await here.lift(order_id)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.order_not_in_force"), order_id
    again = await here.lift(in_force, order_id=lifting)
    assert (again.status_code, again.json()["order_id"]) == (201, lifting)
    refused = await here.lift(in_force, order_id=lifting, reason="another reason")
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.order_taken")


async def test_of_two_lifts_that_wait_only_the_first_is_approved(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.in_force()
    first, second = [(await here.lift(order_id)).json()["order_id"] for _ in range(2)]
    assert (await here.decide(second)).status_code == 200
    refused = await here.decide(first)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.order_not_in_force")


async def test_medical_evidence_outlives_an_order_and_an_order_never_makes_it_milder(service: MakeService) -> None:
    here = await officers(service)
    one = Resident(here.here, await here.here.find_resident(1))
    await here.here.service.receive(one.open_case())
    yellow = await here.in_force(colour="yellow")
    assert (await here.standing())["rule"] == "isolation"
    red = await here.in_force(colour="red")
    await here.here.service.receive(one.released())
    standing = await here.standing()
    assert (standing["colour"], standing["evidence"]) == ("red", red)
    assert (await here.decide((await here.lift(red)).json()["order_id"])).status_code == 200
    standing = await here.standing()
    assert (standing["colour"], standing["evidence"]) == ("yellow", yellow)


async def test_every_change_by_hand_is_in_the_trace_with_its_officer(service: MakeService) -> None:
    here = await officers(service)
    order_id = await here.in_force()
    trace = (await here.liu.get(f"/v1/residents/{here.residents[0]}/standing/history")).json()["items"]
    assert [(line["colour"], line["evidence"], line["officer"]) for line in trace] == [("red", order_id, "office-liu")]
