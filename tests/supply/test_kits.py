"""Isolation kits on a real store: one a household, whatever is repeated, late or out of order."""

import asyncio
from datetime import timedelta

import pytest

from services.supply import main
from services.supply.settings import Settings
from shared.base.ids import new_id
from shared.events import supply as events
from shared.events.isolation import CaseKind
from tests.conftest import MakeService
from tests.supply.town import (
    DOOR,
    PLENTY,
    TODAY,
    cancelled,
    deliveries,
    hand_over,
    open_case,
    planned,
    released,
    stock,
    supply,
)

KIT = ("flour", "milk", "disinfectant")
FREE = dict.fromkeys(PLENTY, (60, 0))
ONE_KEPT = FREE | dict.fromkeys(KIT, (60, 1))


async def test_a_case_at_home_gets_a_kit_the_same_day(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id())
    await town.receive(case)
    (event,) = await town.emitted(events.DeliveryPlanned)
    assert (event.kind, event.due_on, event.keeper_id) == (events.DeliveryKind.ISOLATION_KIT, TODAY, "keeper-01")
    assert (event.case_id, event.case_ids, event.resident_ids) == (case.case_id, (case.case_id,), (case.resident_id,))
    assert (event.household_id, event.area_path) == (case.household_id, DOOR)
    assert [(line.item, line.quantity) for line in event.lines] == [(item, 1) for item in KIT]
    assert await stock(town) == ONE_KEPT


async def test_a_kit_for_an_isolation_ordered_ahead_is_due_when_it_starts(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(open_case(new_id(), starts_on=TODAY + timedelta(days=3)))
    (event,) = await town.emitted(events.DeliveryPlanned)
    assert event.due_on == TODAY + timedelta(days=3)


async def test_a_planned_case_gets_its_kit_when_it_begins(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = planned(new_id())
    await town.receive(case)
    assert (await deliveries(town), await stock(town)) == ([], FREE)
    await town.receive(open_case(case.household_id, case_id=case.case_id))
    assert await stock(town) == ONE_KEPT


async def test_a_household_gets_one_kit_for_all_its_cases_however_often_they_are_published(
    service: MakeService,
) -> None:
    town = await supply(service, **PLENTY)
    home = new_id()
    published = await town.receive(*[open_case(home) for _ in range(4)])
    await town.receive(*published)
    (kit,) = await deliveries(town)
    assert kit["case_ids"] == [case.key for case in published]
    assert len(kit["resident_ids"]) == 4
    assert await stock(town) == ONE_KEPT
    assert len(await town.emitted(events.DeliveryPlanned)) == 1


@pytest.mark.parametrize("door", [DOOR, "/jinhe/hexi/no/depot/serves/this/door"])
async def test_cases_of_a_household_that_open_at_the_same_moment_share_one_kit(service: MakeService, door: str) -> None:
    towns = [await supply(service, **PLENTY), *[await service(main.build, Settings) for _ in range(2)]]
    homes = [new_id() for _ in range(4)]
    cases = [open_case(home, area_path=door) for home in homes for _ in range(3)]
    await asyncio.gather(*[towns[n % 3].receive(case) for n, case in enumerate(cases)])
    kits = await deliveries(towns[0])
    assert sorted(kit["household_id"] for kit in kits) == sorted(homes)
    assert all(len(kit["case_ids"]) == 3 for kit in kits)


async def test_central_isolation_needs_no_kit_at_home(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id(), CaseKind.CENTRAL)
    await town.receive(case, released(case))
    assert (await deliveries(town), await stock(town)) == ([], FREE)


@pytest.mark.parametrize("ended", [released, cancelled])
async def test_a_kit_is_freed_when_the_last_case_ends_before_the_hand_over(service: MakeService, ended: object) -> None:
    assert callable(ended)
    town = await supply(service, **PLENTY)
    home = new_id()
    first, second = open_case(home), open_case(home)
    await town.receive(first, second)
    await town.receive(ended(first))
    assert await stock(town) == ONE_KEPT
    assert await town.emitted(events.DeliveryCancelled) == []
    last = await town.receive(ended(second))
    await town.receive(*last)
    (event,) = await town.emitted(events.DeliveryCancelled)
    assert (event.reason, event.case_ids) == (events.CancelReason.ISOLATION_ENDED, (first.case_id, second.case_id))
    assert sorted(event.item for event in await town.emitted(events.StockReleased)) == sorted(KIT)
    assert await stock(town) == FREE


async def test_the_last_two_cases_that_end_at_the_same_moment_free_the_kit(service: MakeService) -> None:
    towns = [await supply(service, **PLENTY), await service(main.build, Settings)]
    pairs = []
    for home in [new_id() for _ in range(6)]:
        pairs.append((open_case(home), open_case(home)))
    await towns[0].receive(*[case for pair in pairs for case in pair])
    await asyncio.gather(*[towns[n].receive(released(pair[n])) for pair in pairs for n in range(2)])
    assert {kit["state"] for kit in await deliveries(towns[0])} == {"cancelled"}
    assert await stock(towns[0]) == FREE


async def test_a_case_whose_end_comes_before_its_opening_gets_no_kit(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id())
    await town.receive(released(case))
    await town.receive(case)
    assert (await deliveries(town), await stock(town)) == ([], FREE)


async def test_a_kit_that_waits_is_cancelled_without_anything_to_free(service: MakeService) -> None:
    town = await supply(service)
    case = open_case(new_id())
    await town.receive(case, cancelled(case))
    assert [kit["state"] for kit in await deliveries(town)] == ["cancelled"]
    assert await town.emitted(events.StockReleased) == []


async def test_a_kit_that_was_brought_stays_brought_when_the_isolation_ends(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id())
    await town.receive(case)
    (kit,) = await deliveries(town)
    await hand_over(town, kit["delivery_id"])
    await town.receive(released(case))
    assert [kit["state"] for kit in await deliveries(town)] == ["handed_over"]
    assert await stock(town) == FREE | dict.fromkeys(KIT, (59, 0))


async def test_a_case_that_opens_while_the_isolation_lasts_joins_the_kit_that_was_brought(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    home = new_id()
    await town.receive(open_case(home))
    (kit,) = await deliveries(town)
    await hand_over(town, kit["delivery_id"])
    town.clock.advance(timedelta(days=5))
    await town.receive(open_case(home))
    (joined,) = await deliveries(town)
    assert (joined["state"], len(joined["case_ids"])) == ("handed_over", 2)


@pytest.mark.parametrize(("first_ended", "days"), [(True, 20), (True, 2), (False, 14)])
async def test_a_household_isolated_again_gets_another_kit(service: MakeService, first_ended: bool, days: int) -> None:
    town = await supply(service, **PLENTY)
    first = open_case(new_id())
    await town.receive(first)
    (kit,) = await deliveries(town)
    await hand_over(town, kit["delivery_id"])
    if first_ended:
        await town.receive(released(first))
    town.clock.advance(timedelta(days=days))
    await town.receive(open_case(first.household_id))
    old, new = await deliveries(town)
    assert (old["state"], new["state"]) == ("handed_over", "planned")
    assert new["due_on"] == str(TODAY + timedelta(days=days))


async def test_a_household_isolated_again_after_a_cancelled_kit_gets_one(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    mistake = open_case(new_id())
    await town.receive(mistake, cancelled(mistake), open_case(mistake.household_id))
    assert sorted(kit["state"] for kit in await deliveries(town)) == ["cancelled", "planned"]
    await town.receive(open_case(mistake.household_id))
    assert len(await deliveries(town)) == 2
    assert await stock(town) == ONE_KEPT
