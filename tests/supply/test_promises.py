"""Promises on a real store: nothing twice, nothing below zero, first come, first served."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.supply import main
from services.supply.domain.goods import Depot
from services.supply.settings import Settings
from services.supply.usecases import promises
from shared.base.ids import new_id
from shared.events import supply as events
from shared.store.mongo import PyMongoError, is_transient
from tests.conftest import MakeService
from tests.supply.town import (
    AREA,
    DEPOT,
    DOOR,
    PLENTY,
    cancelled,
    define_depot,
    deliveries,
    open_case,
    resident,
    stock,
    supply,
    take_in,
)
from tests.support.service import ServiceUnderTest

KIT = ("flour", "milk", "disinfectant")
STEP = timedelta(minutes=1)


async def need(
    town: ServiceUnderTest, household_id: str, item: str, quantity: int, need_id: str = ""
) -> dict[str, Any]:
    async with town.client("community") as office:
        body = {"need_id": new_id(), "household_id": household_id, "item": item, "quantity": quantity}
        answer = await office.post("/v1/needs", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


async def households(town: ServiceUnderTest, count: int) -> list[str]:
    homes = [new_id() for _ in range(count)]
    await town.receive(*[resident(home) for home in homes])
    return homes


async def replicas(service: MakeService, **goods: int) -> tuple[ServiceUnderTest, ...]:
    """Return three processes' worth of supply over one store."""
    return (await supply(service, **goods), *[await service(main.build, Settings) for _ in range(2)])


async def test_exactly_as_much_is_promised_as_there_is_however_many_ask_at_once(service: MakeService) -> None:
    towns = await replicas(service, milk=17)
    homes = await households(towns[0], 40)
    await asyncio.gather(*[need(towns[n % 3], home, "milk", 1) for n, home in enumerate(homes)])
    rows = await deliveries(towns[0])
    assert [row["state"] for row in rows].count("planned") == 17
    assert [row["state"] for row in rows].count("waiting") == 23
    assert await stock(towns[0]) == {"milk": (17, 17)}
    assert len(await towns[0].emitted(events.DeliveryPlanned)) == 17
    assert sorted(event.reserved for event in await towns[0].emitted(events.StockReserved)) == list(range(1, 18))


async def test_goods_that_come_in_while_others_ask_leave_no_household_waiting_for_what_is_free(
    service: MakeService,
) -> None:
    towns = await replicas(service, milk=1)
    homes = await households(towns[0], 20)
    work = [need(towns[n % 3], home, "milk", 1) for n, home in enumerate(homes)]
    work += [take_in(towns[n % 3], "milk", 2) for n in range(8)]
    random.Random(7).shuffle(work)
    await asyncio.gather(*work)
    assert await stock(towns[0]) == {"milk": (17, 17)}
    assert len(await deliveries(towns[0], state="waiting")) == 3


async def test_kits_that_are_brought_and_cancelled_at_once_leave_the_books_right(service: MakeService) -> None:
    towns = await replicas(service, **dict.fromkeys(KIT, 9))
    cases = [open_case(new_id()) for _ in range(12)]
    await asyncio.gather(*[towns[n % 3].receive(case) for n, case in enumerate(cases)])
    planned = await deliveries(towns[0], state="planned")
    assert len(planned) == 9
    calls = [brought(towns[n % 3], row["delivery_id"]) for n, row in enumerate(planned[:5])]
    calls += [towns[n % 3].receive(cancelled(case)) for n, case in enumerate(cases[:6])]
    await asyncio.gather(*calls)
    states = Counter(row["state"] for row in await deliveries(towns[0]))
    assert states["waiting"] == 0 or states["handed_over"] + states["planned"] == 9
    assert await stock(towns[0]) == dict.fromkeys(KIT, (9 - states["handed_over"], states["planned"]))


async def brought(town: ServiceUnderTest, delivery_id: str) -> None:
    """Hand the delivery over, unless it was cancelled a moment before."""
    async with town.client("grid_worker") as keeper:
        answer = await keeper.post(f"/v1/deliveries/{delivery_id}/handover", json={})
    assert answer.status_code in (200, 409), answer.text


async def test_a_need_that_finds_nothing_free_meets_a_receipt_of_goods_at_that_moment(service: MakeService) -> None:
    town = await supply(service, milk=1)
    (home,) = await households(town, 1)
    await need(town, home, "milk", 2)  # from now on a need that cannot be met leaves the stock as it is
    store, depot = town.deps.store, Depot(DEPOT, "物资站", AREA)

    async def ask() -> None:
        async with town.deps.unit_of_work() as asking:
            milk = await store.stock_at(depot, "milk", asking)
            async with town.deps.unit_of_work() as another:
                await store.stock.put(await store.stock_at(depot, "milk", another), another)
            await store.stock.put(milk, asking)

    with pytest.raises(PyMongoError) as met:
        await ask()
    assert is_transient(met.value)


async def test_a_door_is_served_from_the_nearest_depot_that_has_the_goods(service: MakeService) -> None:
    town = await supply(service, milk=5, masks=5)
    await define_depot(town, "depot-city", "/jinhe")
    await define_depot(town, "depot-g01", f"{AREA}/a1/g01")
    await define_depot(town, "depot-g02", f"{AREA}/a1/g02")
    for depot in ("depot-city", "depot-g01", "depot-g02"):
        await take_in(town, "milk", 2, depot)
    (home,) = await households(town, 1)
    first = await need(town, home, "milk", 2)
    second = await need(town, home, "milk", 2)
    third = await need(town, home, "milk", 4)
    assert [row["depot_id"] for row in first["allotted"]] == ["depot-g01"]
    assert [row["depot_id"] for row in second["allotted"]] == ["depot-c01"]
    assert [(row["depot_id"], row["quantity"]) for row in third["allotted"]] == [
        ("depot-c01", 3),
        ("depot-city", 1),
    ]
    assert (await stock(town, "depot-g02"))["milk"] == (2, 0)  # a neighbour's


async def test_a_kit_that_is_short_of_one_thing_waits_and_is_planned_when_that_comes_in(service: MakeService) -> None:
    town = await supply(service, flour=20, milk=20)
    (case,) = await town.receive(open_case(new_id()))
    (waiting,) = await deliveries(town)
    assert (waiting["state"], waiting["lacks"]) == ("waiting", [{"item": "disinfectant", "quantity": 1}])
    assert await town.emitted(events.DeliveryPlanned) == []
    await take_in(town, "disinfectant", 1)
    (planned,) = await deliveries(town)
    assert (planned["state"], planned["lacks"]) == ("planned", [])
    (event,) = await town.emitted(events.DeliveryPlanned)
    assert (event.delivery_id, event.case_id) == (planned["delivery_id"], case.key)


async def test_who_asked_first_is_served_first_and_is_not_overtaken(service: MakeService) -> None:
    town = await supply(service, milk=2)
    large, small = await households(town, 2)
    first = await need(town, large, "milk", 5)
    town.clock.advance(STEP)
    second = await need(town, small, "milk", 1)
    assert (first["state"], second["state"]) == ("waiting", "waiting")
    await take_in(town, "milk", 3)
    assert [row["state"] for row in await deliveries(town)] == ["planned", "waiting"]
    await take_in(town, "milk", 1)
    assert [row["state"] for row in await deliveries(town)] == ["planned", "planned"]


async def test_what_a_cancelled_kit_frees_goes_to_the_household_that_waits(service: MakeService) -> None:
    town = await supply(service, **dict.fromkeys(KIT, 1))
    first, second = open_case(new_id()), open_case(new_id())
    await town.receive(first)
    town.clock.advance(STEP)
    await town.receive(second)
    assert [row["state"] for row in await deliveries(town)] == ["planned", "waiting"]
    await town.receive(cancelled(first))
    assert [row["state"] for row in await deliveries(town)] == ["cancelled", "planned"]
    assert await stock(town) == dict.fromkeys(KIT, (1, 1))
    assert len(await town.emitted(events.StockReleased)) == 3


async def test_a_shortage_is_published_once_until_goods_come_in(service: MakeService) -> None:
    town = await supply(service, milk=1)
    homes = await households(town, 4)
    await need(town, homes[0], "milk", 3)
    await need(town, homes[1], "milk", 1)
    (low,) = await town.emitted(events.StockLow)
    assert (low.item, low.quantity, low.on_hand, low.reserved, low.area_path) == ("milk", 2, 1, 1, AREA)
    await take_in(town, "milk", 40)
    await need(town, homes[2], "milk", 20)
    assert len(await town.emitted(events.StockLow)) == 1
    await need(town, homes[3], "milk", 10)
    quantities = [event.quantity for event in await town.emitted(events.StockLow)]
    assert quantities == [2, 3]  # 7 are free, 10 is the threshold


async def test_a_shortage_of_goods_that_never_came_in_is_published_too(service: MakeService) -> None:
    town = await supply(service)
    await town.receive(open_case(new_id()), open_case(new_id()))
    assert sorted(event.item for event in await town.emitted(events.StockLow)) == sorted(KIT)
    assert await stock(town) == dict.fromkeys(KIT, (0, 0))


async def test_where_no_depot_serves_the_door_the_kit_waits_for_one(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(open_case(new_id(), area_path="/jinhe/hexi/x/c09/a1/g01/p01/1"))
    (waiting,) = await deliveries(town)
    assert waiting["state"] == "waiting"
    await define_depot(town, "depot-hexi", "/jinhe/hexi")
    for item in KIT:
        await take_in(town, item, 1, "depot-hexi")
    (planned,) = await deliveries(town)
    assert (planned["state"], {row["depot_id"] for row in planned["allotted"]}) == ("planned", {"depot-hexi"})


async def test_a_depot_that_moves_serves_those_who_wait_where_it_is_now(service: MakeService) -> None:
    town = await supply(service)
    await define_depot(town, "depot-x", "/jinhe/hexi")
    for item in KIT:
        await take_in(town, item, 1, "depot-x")
    await town.receive(open_case(new_id()))
    assert [row["state"] for row in await deliveries(town)] == ["waiting"]
    await define_depot(town, "depot-x", DOOR)
    assert [row["state"] for row in await deliveries(town)] == ["planned"]


async def test_many_who_wait_are_served_in_several_transactions(service: MakeService) -> None:
    town = await supply(service)
    count = promises.OFFERED_AT_ONCE + 30
    await town.receive(*[open_case(new_id()) for _ in range(count)])
    for item in KIT:
        await take_in(town, item, count)
    while await town.due():
        pass
    assert {row["state"] for row in await deliveries(town)} == {"planned"}
    assert await stock(town) == dict.fromkeys(KIT, (count, count))
