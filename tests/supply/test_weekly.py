"""The weekly delivery (一周一送) on a real store, over weeks, with the clock moved."""

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.supply import main
from services.supply.settings import Settings
from shared.base.ids import new_id
from shared.events import registration
from shared.events import supply as events
from shared.store.mongo import PyMongoError, is_transient
from tests.conftest import MakeService
from tests.supply.town import PLENTY, deliveries, hand_over, resident, stock, supply, take_in
from tests.support.service import AREA, ServiceUnderTest

ZONE = ZoneInfo("Asia/Shanghai")
MONDAYS = [date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2)]
NEXT_DOOR = f"{AREA}/a1/g01/p01/1/1/102"


async def come(town: ServiceUnderTest, day: date, hour: int = 8, minute: int = 0) -> None:
    """Move the clock to that time in the city, and do what falls due."""
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    town.clock.advance(at - town.clock.now())
    await town.due()


async def weeks(town: ServiceUnderTest) -> list[date]:
    """Return the days that weekly deliveries were due on."""
    return [event.due_on for event in await town.emitted(events.DeliveryPlanned)]


async def test_a_household_in_special_care_gets_one_delivery_each_monday_at_eight(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    elder = resident(new_id(), "elderly_alone", keeper_id="keeper-07")
    await town.receive(elder)
    for number, monday in enumerate(MONDAYS, start=1):
        await come(town, monday, 7, 59)
        assert len(await weeks(town)) == number - 1
        await come(town, monday)
        assert await weeks(town) == MONDAYS[:number]
        (planned,) = await deliveries(town, state="planned")
        await hand_over(town, planned["delivery_id"])
    event = (await town.emitted(events.DeliveryPlanned))[0]
    assert (event.kind, event.keeper_id) == (events.DeliveryKind.WEEKLY_CARE, "keeper-07")
    assert event.resident_ids == (elder.resident_id,)
    assert [(line.item, line.quantity) for line in event.lines] == [("vegetables", 1), ("milk", 1)]
    assert await stock(town) == PLENTY_OF | {"vegetables": (57, 0), "milk": (57, 0)}


PLENTY_OF = {item: (quantity, 0) for item, quantity in PLENTY.items()}


async def test_two_people_in_special_care_share_one_delivery_a_week(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    home = new_id()
    await town.receive(resident(home, "elderly_alone"), resident(home, "disabled"), resident(home))
    for monday in MONDAYS:
        await come(town, monday)
    assert await weeks(town) == MONDAYS
    assert all(len(event.resident_ids) == 2 for event in await town.emitted(events.DeliveryPlanned))


async def test_events_that_are_repeated_change_nothing(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    published = await town.receive(resident(new_id(), "disabled"))
    await town.receive(*published)
    await come(town, MONDAYS[0])
    await town.receive(*published)
    await come(town, MONDAYS[1])
    assert await weeks(town) == MONDAYS[:2]


async def test_a_resident_without_special_care_gets_no_weekly_delivery(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(resident(new_id()))
    await come(town, MONDAYS[0])
    assert await deliveries(town) == []


async def test_a_household_newly_in_special_care_begins_on_the_next_monday(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id())
    await town.receive(person)
    await come(town, MONDAYS[0], 8, 1)
    await town.receive(changed(person, "hardship"))
    await come(town, MONDAYS[0], 23)
    assert await weeks(town) == []
    await come(town, MONDAYS[1])
    assert await weeks(town) == [MONDAYS[1]]


async def test_special_care_that_ends_ends_the_deliveries_and_frees_the_one_on_its_way(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id(), "hardship")
    await town.receive(person)
    await come(town, MONDAYS[0])
    await town.receive(changed(person))
    (event,) = await town.emitted(events.DeliveryCancelled)
    assert event.reason is events.CancelReason.CARE_ENDED
    await come(town, MONDAYS[1])
    assert await weeks(town) == MONDAYS[:1]
    assert await stock(town) == PLENTY_OF


async def test_special_care_that_ends_for_one_of_two_goes_on_for_the_other(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    home = new_id()
    first, second = resident(home, "hardship"), resident(home, "disabled")
    await town.receive(first, second)
    await come(town, MONDAYS[0])
    await town.receive(changed(first))
    await come(town, MONDAYS[1])
    assert [event.resident_ids for event in await town.emitted(events.DeliveryPlanned)][1] == (second.resident_id,)
    assert await town.emitted(events.DeliveryCancelled) == []


async def test_special_care_that_is_lost_and_regained_in_a_week_gives_one_delivery(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id(), "hardship")
    await town.receive(person)
    await town.receive(changed(person), changed(person, "hardship"))
    await town.receive(changed(person))
    await town.receive(changed(person, "hardship"))
    await come(town, MONDAYS[0])
    assert await weeks(town) == MONDAYS[:1]


async def test_special_care_that_is_regained_later_begins_again(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id(), "hardship")
    await town.receive(person, changed(person))
    await come(town, MONDAYS[0])
    await come(town, MONDAYS[1])
    await town.receive(changed(person, "hardship"))
    await come(town, MONDAYS[2])
    assert await weeks(town) == MONDAYS[2:]


async def test_who_has_left_gets_nothing_more(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id(), "bereaved")
    await town.receive(person)
    await come(town, MONDAYS[0])
    await town.receive(registration.ResidentMoved.of(person, left=True))
    await come(town, MONDAYS[1])
    assert [row["state"] for row in await deliveries(town)] == ["cancelled"]


async def test_the_delivery_moves_with_the_person(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id(), "disabled")
    await town.receive(person)
    await come(town, MONDAYS[0])
    place = {"household_id": new_id(), "area_path": NEXT_DOOR}
    await town.receive(registration.ResidentMoved(**person.model_dump() | place))
    await come(town, MONDAYS[1])
    old, new = await deliveries(town)
    assert (old["household_id"], old["state"]) == (person.household_id, "cancelled")
    assert (new["household_id"], new["area_path"], new["state"]) == (place["household_id"], NEXT_DOOR, "planned")
    await come(town, MONDAYS[2])
    assert len(await deliveries(town)) == 3


async def test_an_older_event_that_comes_later_changes_nothing(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    registered = town.stamp(resident(new_id(), "disabled"))
    left = town.stamp(registration.ResidentMoved.of(registered, left=True))
    await town.receive(left)
    await town.receive(registered)
    await come(town, MONDAYS[0])
    assert await deliveries(town) == []


async def test_after_an_outage_of_weeks_a_household_gets_the_present_weeks_delivery_alone(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(resident(new_id(), "disabled"))
    await come(town, MONDAYS[2], 7)
    assert await weeks(town) == [MONDAYS[2]]
    await come(town, MONDAYS[2])
    assert await weeks(town) == [MONDAYS[2]]
    await come(town, MONDAYS[2] + timedelta(days=7))
    assert len(await weeks(town)) == 2


async def test_a_weekly_delivery_waits_for_goods_like_any_other(service: MakeService) -> None:
    town = await supply(service, milk=60)
    await town.receive(resident(new_id(), "disabled"))
    await come(town, MONDAYS[0])
    assert [row["state"] for row in await deliveries(town)] == ["waiting"]
    town.clock.advance(timedelta(days=1))
    await take_in(town, "vegetables", 1)
    assert await weeks(town) == [MONDAYS[0] + timedelta(days=1)]


async def test_changes_of_one_household_at_the_same_moment_leave_one_chain(service: MakeService) -> None:
    towns = [await supply(service, **PLENTY), *[await service(main.build, Settings) for _ in range(2)]]
    homes = [new_id() for _ in range(4)]
    people = [resident(home, "disabled") for home in homes for _ in range(3)]
    await asyncio.gather(*[towns[n % 3].receive(person) for n, person in enumerate(people)])
    leaving = [changed(person) for n, person in enumerate(people) if n % 3]
    await asyncio.gather(*[towns[n % 3].receive(event) for n, event in enumerate(leaving)])
    for monday in MONDAYS[:2]:
        await come(towns[0], monday)
    assert sorted(await weeks(towns[0])) == sorted(MONDAYS[:2] * 4)


@pytest.mark.parametrize("gained", [True, False])
async def test_a_change_of_care_meets_the_planning_of_the_delivery_at_that_moment(
    service: MakeService, gained: bool
) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id(), "hardship")
    await town.receive(person)
    store = town.deps.store

    async def plan() -> None:
        async with town.deps.unit_of_work() as planning:
            care = await store.care.get(person.household_id, planning)
            await town.receive(changed(person, *["disabled"] * gained))
            await store.care.put(care, planning)

    with pytest.raises(PyMongoError) as met:
        await plan()
    assert is_transient(met.value)


def changed(person: registration.ResidentRegistered, *categories: str) -> registration.SpecialCareChanged:
    """Return the event of other categories for the person."""
    return registration.SpecialCareChanged(**person.model_dump() | {"categories": categories})
