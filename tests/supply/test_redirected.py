"""Kits of people who move during their isolation: redirected while they are on their way, stock accounted (R4.2)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.supply import main
from services.supply.domain.deliveries import KIT, Delivery, leave
from services.supply.settings import Settings
from shared.base.ids import new_id
from shared.events import isolation
from shared.events import supply as events
from tests.conftest import MakeService
from tests.supply.test_kits import FREE, ONE_KEPT
from tests.supply.town import (
    DOOR,
    OTHER_AREA,
    PLENTY,
    cancelled,
    define_depot,
    deliveries,
    hand_over,
    moved,
    open_case,
    released,
    stock,
    supply,
    take_in,
)
from tests.support.service import MORNING, ServiceUnderTest

NEXT_DOOR = DOOR.replace("/101", "/202")
ELSEWHERE = f"{OTHER_AREA}/a1/g01/p01/1/1/101"
OTHER_DEPOT = "depot-c02"


async def two_depots(service: MakeService) -> ServiceUnderTest:
    """Supply with a depot for each of two communities and goods in both."""
    town = await supply(service, **PLENTY)
    await define_depot(town, OTHER_DEPOT, OTHER_AREA)
    for item, quantity in PLENTY.items():
        await take_in(town, item, quantity, OTHER_DEPOT)
    return town


async def states(town: ServiceUnderTest) -> list[tuple[str, str]]:
    """Return state and household of each kit, those that were cancelled first."""
    return sorted((kit["state"], kit["household_id"]) for kit in await deliveries(town))


def kit(*case_ids: str) -> Delivery:
    return Delivery(
        "d", events.DeliveryKind.ISOLATION_KIT, "h", DOOR, case_ids, None, MORNING.date(), KIT, MORNING,
        case_ids=case_ids, open_case_ids=case_ids,
    )  # fmt: skip


def test_a_kit_stays_for_those_who_stay_and_names_the_last_who_left() -> None:
    assert leave(kit("a", "b"), "a", "a").case_ids == ("b",)
    assert leave(kit("a", "b"), "a", "a").resident_ids == ("b",)
    assert (leave(kit("a"), "a", "a").case_ids, leave(kit("a"), "a", "a").open_case_ids) == (("a",), ())


async def test_a_kit_on_its_way_goes_to_the_new_door_from_the_depot_that_serves_it(service: MakeService) -> None:
    town = await two_depots(service)
    case, home = open_case(new_id()), new_id()
    await town.receive(case)
    await town.receive(moved(case, home, ELSEWHERE))
    assert await states(town) == sorted([("cancelled", case.household_id), ("planned", home)])
    new = next(row for row in await deliveries(town) if row["state"] == "planned")
    assert (new["area_path"], new["case_ids"], new["keeper_id"]) == (ELSEWHERE, [case.case_id], None)
    assert (await stock(town), await stock(town, OTHER_DEPOT)) == (FREE, ONE_KEPT)
    released_ids = {event.delivery_id for event in await town.emitted(events.StockReleased)}
    assert released_ids == {row["delivery_id"] for row in await deliveries(town) if row["state"] == "cancelled"}


async def test_behind_another_door_of_the_depot_the_goods_stay_promised(service: MakeService) -> None:
    town = await supply(service, flour=1, milk=1, disinfectant=1)
    case, home = open_case(new_id()), new_id()
    await town.receive(case)
    await town.receive(open_case(new_id()))  # waits for the same goods
    await town.receive(moved(case, home, NEXT_DOOR))
    rows = {row["household_id"]: row["state"] for row in await deliveries(town)}
    assert (rows[case.household_id], rows[home]) == ("cancelled", "planned")
    assert list(rows.values()).count("waiting") == 1
    assert await stock(town) == dict.fromkeys(("flour", "milk", "disinfectant"), (1, 1))


async def test_a_kit_that_waits_keeps_its_turn_at_the_new_door(service: MakeService) -> None:
    town = await supply(service)
    first, second, home = open_case(new_id()), open_case(new_id()), new_id()
    for event in (first, second, moved(first, home, NEXT_DOOR)):
        await town.receive(event)
        town.clock.advance(timedelta(hours=1))
    for item in ("flour", "milk", "disinfectant"):
        await take_in(town, item, 1)
    rows = {row["household_id"]: row["state"] for row in await deliveries(town)}
    assert (rows[home], rows[second.household_id]) == ("planned", "waiting")


async def test_a_kit_that_was_handed_over_stays_and_no_second_one_comes(service: MakeService) -> None:
    town = await two_depots(service)
    case = open_case(new_id())
    await town.receive(case)
    (first,) = await deliveries(town)
    await hand_over(town, first["delivery_id"])
    await town.receive(moved(case, new_id(), ELSEWHERE))
    assert await states(town) == [("handed_over", case.household_id)]
    assert await stock(town, OTHER_DEPOT) == FREE


async def test_those_who_stay_keep_their_kit_and_the_one_who_moves_gets_another(service: MakeService) -> None:
    town = await two_depots(service)
    stays, home = open_case(new_id()), new_id()
    moves = open_case(stays.household_id)
    await town.receive(stays, moves)
    await town.receive(moved(moves, home, ELSEWHERE))
    rows = {row["household_id"]: row["case_ids"] for row in await deliveries(town)}
    assert rows == {stays.household_id: [stays.case_id], home: [moves.case_id]}
    assert (await stock(town), await stock(town, OTHER_DEPOT)) == (ONE_KEPT, ONE_KEPT)


async def test_a_household_that_moves_together_has_one_kit_and_joins_one_that_is_there(service: MakeService) -> None:
    town = await two_depots(service)
    there, first = open_case(new_id(), area_path=ELSEWHERE), open_case(new_id())
    second = open_case(first.household_id)
    await town.receive(there, first, second)
    await town.receive(*[moved(case, there.household_id, ELSEWHERE) for case in (first, second)])
    assert await states(town) == sorted([("cancelled", first.household_id), ("planned", there.household_id)])
    assert (await stock(town), await stock(town, OTHER_DEPOT)) == (FREE, ONE_KEPT)


async def test_a_person_who_moves_twice_and_back_has_one_kit_on_its_way(service: MakeService) -> None:
    town = await two_depots(service)
    case, second, third = open_case(new_id()), new_id(), new_id()
    await town.receive(case, moved(case, second, ELSEWHERE), moved(case, third, NEXT_DOOR))
    await town.receive(isolation.CaseHandoverWithdrawn(**case.model_dump()))
    assert [row for row in await states(town) if row[0] != "cancelled"] == [("planned", case.household_id)]
    assert (await stock(town), await stock(town, OTHER_DEPOT)) == (ONE_KEPT, FREE)


async def test_an_older_event_never_brings_the_kit_back(service: MakeService) -> None:
    town = await two_depots(service)
    (case,) = await town.receive(open_case(new_id()))
    assert isinstance(case, isolation.CaseOpened)
    older = town.stamp(isolation.CaseReferred(**case.model_dump()))
    home = new_id()
    await town.receive(moved(case, home, ELSEWHERE))
    await town.receive(older)
    assert [row for row in await states(town) if row[0] == "planned"] == [("planned", home)]


@pytest.mark.parametrize("ended", [released, cancelled])
async def test_a_case_that_ends_during_the_handover_frees_the_redirected_kit(service: MakeService, ended: Any) -> None:
    town = await two_depots(service)
    case = open_case(new_id())
    await town.receive(case, moved(case, new_id(), ELSEWHERE), ended(case))
    assert {state for state, _ in await states(town)} == {"cancelled"}
    assert (await stock(town), await stock(town, OTHER_DEPOT)) == (FREE, FREE)


async def test_where_no_depot_serves_the_new_door_the_kit_waits(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case, home = open_case(new_id()), new_id()
    await town.receive(case, moved(case, home, "/elsewhere/1/101"))
    assert await states(town) == sorted([("cancelled", case.household_id), ("waiting", home)])
    assert await stock(town) == FREE


async def test_moves_in_several_processes_at_the_same_moment_lose_no_goods(service: MakeService) -> None:
    towns = [await two_depots(service), await service(main.build, Settings)]
    cases = [open_case(new_id()) for _ in range(6)]
    await towns[0].receive(*cases)
    moves = [moved(case, new_id(), ELSEWHERE) for case in cases]
    await asyncio.gather(*[towns[n % 2].receive(event) for n, event in enumerate(moves)])
    assert [state for state, _ in await states(towns[0])] == ["cancelled"] * 6 + ["planned"] * 6
    kept = FREE | dict.fromkeys(("flour", "milk", "disinfectant"), (60, 6))
    assert (await stock(towns[0]), await stock(towns[0], OTHER_DEPOT)) == (FREE, kept)
