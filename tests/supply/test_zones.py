"""The households of a locked-down zone are supplied while it holds, however many they are (N1)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.registration.domain.zone_policies import rules_from
from services.supply.usecases import zones
from shared.base.ids import new_id
from shared.events import supply as events
from shared.events.registration_zones import ZoneBegan, ZoneEvent, ZoneKind, ZoneLifted, ZoneState
from tests.conftest import MakeService
from tests.supply.town import DOOR, PLENTY, TODAY, deliveries, hand_over, resident, supply
from tests.support.service import AREA, MORNING, ServiceUnderTest

COMPOUND = f"{AREA}/a1/g01/p01"


def zone(kind: str = "lockdown", **more: Any) -> ZoneEvent:
    facts: dict[str, Any] = {
        "zone_id": new_id(),
        "kind": ZoneKind(kind),
        "state": ZoneState.IN_FORCE,
        "area_path": COMPOUND,
        "paths": (COMPOUND,),
        "households": 3,
        "since": MORNING,
        "review_on": TODAY,
        "source": "津河疫防指〔2026〕8号",
        "rules": rules_from(ZoneKind(kind), TODAY, MORNING.tzinfo),  # type: ignore[arg-type]
    }
    return ZoneBegan(**facts | more)


def lifted(began: ZoneEvent) -> ZoneLifted:
    return ZoneLifted(**began.model_dump() | {"state": ZoneState.LIFTED, "until": MORNING + timedelta(days=5)})


async def households(town: ServiceUnderTest, count: int) -> list[str]:
    """Register as many households of two, each behind a door of its own; return their ids."""
    ids = [new_id() for _ in range(count)]
    for number, home in enumerate(ids):
        door = f"{COMPOUND}/1/1/{100 + number}"
        await town.receive(*(resident(home, area_path=door, keeper_id="keeper-07") for _ in range(2)))
    return ids


async def due(town: ServiceUnderTest) -> None:
    """Do what falls due until nothing does: each step has the next one fall due."""
    while await town.due():
        pass


async def days(town: ServiceUnderTest) -> list[tuple[str, date]]:
    planned = await town.emitted(events.DeliveryPlanned)
    return sorted((event.household_id, event.due_on) for event in planned)


async def test_each_household_of_a_lockdown_gets_one_delivery_a_week_in_steps(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "AT_ONCE", 3)  # so that a step ends within a household
    town = await supply(service, **PLENTY)
    homes = await households(town, 4)
    await town.receive(resident(new_id(), area_path=f"{AREA}/a1/g01/p011/1/1/101"))  # a neighbour's compound
    began = zone()
    (event,) = await town.receive(began)
    await due(town)
    assert await days(town) == sorted((home, TODAY) for home in homes)
    await town.receive(event)  # delivered again
    await due(town)
    assert len(await days(town)) == 4
    one = (await town.emitted(events.DeliveryPlanned))[0]
    assert (one.kind, one.keeper_id, len(one.resident_ids)) == ("zone_supply", "keeper-07", 2)
    town.clock.advance(timedelta(days=7))
    await due(town)
    assert len(await days(town)) == 8


async def test_with_the_zone_its_supply_ends_and_what_was_not_handed_over_is_withdrawn(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await households(town, 2)
    began = zone()
    await town.receive(began)
    await due(town)
    first, _ = await deliveries(town, state="planned")
    await hand_over(town, first["delivery_id"])
    await town.receive(lifted(began))
    await due(town)
    assert sorted(one["state"] for one in await deliveries(town)) == ["cancelled", "handed_over"]
    town.clock.advance(timedelta(days=7))
    await due(town)
    assert len(await deliveries(town)) == 2


async def test_a_zone_whose_residents_leave_is_not_supplied_nor_one_that_was_lifted_before(
    service: MakeService,
) -> None:
    town = await supply(service, **PLENTY)
    await households(town, 1)
    began = zone()
    end = town.stamp(lifted(began))
    old = began.stamped(end.meta)
    await town.receive(zone("control"), end)
    await town.receive(old)  # an older event that comes late
    await due(town)
    assert await deliveries(town) == []
    assert DOOR.startswith(COMPOUND)
