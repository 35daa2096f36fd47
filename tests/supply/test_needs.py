"""Needs of households over HTTP on a real store (R4.1)."""

import asyncio
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events import registration
from shared.events import supply as events
from tests.conftest import MakeService
from tests.supply.town import OTHER_AREA, PLENTY, TODAY, deliveries, hand_over, resident, stock, supply, take_in
from tests.support.service import ServiceUnderTest


def need(item: str = "milk", quantity: Any = 1, **more: Any) -> dict[str, Any]:
    return {"need_id": new_id(), "item": item, "quantity": quantity} | more


async def person(town: ServiceUnderTest, household_id: str = "", **more: Any) -> registration.ResidentRegistered:
    event = resident(household_id or new_id(), **more)
    await town.receive(event)
    return event


async def test_a_resident_states_a_need_of_the_own_household_and_it_is_planned(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    asker = await person(town, keeper_id="keeper-03")
    stated = need("milk", 2)
    async with town.client("resident", subject=asker.resident_id) as phone:
        answer = await phone.post("/v1/needs", json=stated)
    assert answer.status_code == 201
    row = answer.json()
    assert (row["kind"], row["state"], row["need_id"]) == ("need", "planned", stated["need_id"])
    assert (row["household_id"], row["area_path"]) == (asker.household_id, asker.area_path)
    assert (row["lines"], row["due_on"], row["keeper_id"]) == (
        [{"item": "milk", "quantity": 2}],
        str(TODAY),
        "keeper-03",
    )
    (event,) = await town.emitted(events.NeedStated)
    assert (event.need_id, event.household_id, event.item, event.quantity) == (
        stated["need_id"],
        asker.household_id,
        "milk",
        2,
    )
    assert await stock(town) == {item: (60, 2 if item == "milk" else 0) for item in PLENTY}


async def test_a_need_is_met_when_its_goods_are_handed_over(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    asker = await person(town)
    async with town.client("resident", subject=asker.resident_id) as phone:
        row = (await phone.post("/v1/needs", json=need())).json()
    assert await town.emitted(events.NeedMet) == []
    await hand_over(town, row["delivery_id"])
    assert [event.need_id for event in await town.emitted(events.NeedMet)] == [row["need_id"]]


async def test_a_need_that_is_stated_again_is_planned_once(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    asker = await person(town)
    stated = need()
    async with town.client("resident", subject=asker.resident_id) as phone:
        answers = await asyncio.gather(*[phone.post("/v1/needs", json=stated) for _ in range(5)])
        other = await phone.post("/v1/needs", json=stated | {"quantity": 2})
    assert len({answer.text for answer in answers}) == 1
    assert (other.status_code, other.json()["code"]) == (409, "supply.need_taken")
    assert (len(await deliveries(town)), len(await town.emitted(events.NeedStated))) == (1, 1)


async def test_a_need_that_is_short_waits_and_is_planned_when_goods_come_in(service: MakeService) -> None:
    town = await supply(service)
    asker = await person(town)
    async with town.client("resident", subject=asker.resident_id) as phone:
        row = (await phone.post("/v1/needs", json=need("infant_formula", 3))).json()
        assert (row["state"], row["lacks"]) == ("waiting", [{"item": "infant_formula", "quantity": 3}])
        await take_in(town, "infant_formula", 3)
        assert (await phone.get(f"/v1/deliveries/{row['delivery_id']}")).json()["state"] == "planned"


async def test_staff_state_needs_of_households_in_their_area_alone(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    asker = await person(town)
    stated = need(household_id=asker.household_id)
    async with town.client("grid_worker") as worker, town.client("grid_worker", area=OTHER_AREA) as stranger:
        refused = await stranger.post("/v1/needs", json=stated)
        unnamed = await worker.post("/v1/needs", json=need())
        unknown = await worker.post("/v1/needs", json=need(household_id=new_id()))
        accepted = await worker.post("/v1/needs", json=stated)
    assert {a.status_code for a in (refused, unnamed, unknown)} == {404}
    assert {a.json()["code"] for a in (refused, unnamed, unknown)} == {"supply.no_such_household"}
    assert accepted.status_code == 201


async def test_a_resident_cannot_ask_for_another_household(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    asker, neighbour = await person(town), await person(town)
    async with town.client("resident", subject=asker.resident_id) as phone:
        answer = await phone.post("/v1/needs", json=need(household_id=neighbour.household_id))
    assert (answer.status_code, answer.json()["code"]) == (404, "supply.no_such_household")
    assert await deliveries(town) == []


async def test_who_is_not_known_here_or_has_left_has_no_household(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    gone = await person(town)
    await town.receive(registration.ResidentMoved.of(gone, left=True))
    for subject in (gone.resident_id, new_id()):
        async with town.client("resident", subject=subject) as phone:
            assert (await phone.post("/v1/needs", json=need())).status_code == 404


@pytest.mark.parametrize("role", ["device", "auditor"])
async def test_who_is_neither_resident_nor_staff_states_no_needs(service: MakeService, role: str) -> None:
    town = await supply(service, **PLENTY)
    async with town.client(role) as client:
        assert (await client.post("/v1/needs", json=need())).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"quantity": 0}, 422, "request.invalid"),
        ({"quantity": -1}, 422, "request.invalid"),
        ({"quantity": 1.5}, 422, "request.invalid"),
        ({"quantity": 21}, 400, "supply.need_too_large"),
        ({"item": "gold"}, 400, "supply.unknown_item"),
        ({"item": ""}, 422, "request.invalid"),
        ({"need_id": "mine"}, 422, "request.invalid"),
        ({"urgent": True}, 422, "request.invalid"),
    ],
    ids=str,
)
async def test_a_need_that_cannot_be_meant_is_refused(
    service: MakeService, wrong: dict[str, Any], status: int, code: str
) -> None:
    town = await supply(service, **PLENTY)
    asker = await person(town)
    async with town.client("resident", subject=asker.resident_id) as phone:
        answer = await phone.post("/v1/needs", json=need() | wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await deliveries(town) == []


async def test_a_household_waits_for_ten_needs_at_most(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    asker = await person(town)
    async with town.client("resident", subject=asker.resident_id) as phone:
        rows = [(await phone.post("/v1/needs", json=need())).json() for _ in range(10)]
        refused = await phone.post("/v1/needs", json=need())
        await hand_over(town, rows[0]["delivery_id"])
        accepted = await phone.post("/v1/needs", json=need())
    assert (refused.status_code, refused.json()["code"]) == (409, "supply.too_many_needs")
    assert accepted.status_code == 201
