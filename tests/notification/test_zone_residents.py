"""Every resident of a zone gets one message when it is ordered, in force, changed and lifted, written in steps (N1)."""

import pytest

from services.notification.usecases import zone_steps
from shared.events import registration
from shared.events.registration_zones import ZoneBegan, ZoneChanged, ZoneEvent, ZoneLifted, ZoneOrdered
from tests.conftest import MakeService
from tests.notification.scene import COMPOUND, MORNING, notification, zone
from tests.support.service import AREA, ServiceUnderTest

FLAT = f"{COMPOUND}/1/1/101"


async def settle(town: ServiceUnderTest, persons: int = 3) -> list[str]:
    """Have persons live in the compound, and one in another; return the ids of the first."""
    ids = [f"r{number}" for number in range(persons)]
    doors = {one: f"{COMPOUND}/1/1/{number // 2}" for number, one in enumerate(ids)} | {"far": f"{AREA}/a1/g01/p02/1"}
    rows = [
        registration.ResidentRegistered(resident_id=one, household_id=f"h-{path}", area_path=path)
        for one, path in doors.items()
    ]
    await town.receive(*rows)
    return ids


async def inbox(town: ServiceUnderTest, person_id: str) -> list[str]:
    async with town.client("resident", area=FLAT, subject=person_id) as client:
        return [row["title"] for row in (await client.get("/v1/messages")).json()["items"]]


async def write_all(town: ServiceUnderTest) -> None:
    while await town.due():
        pass


@pytest.mark.parametrize(
    ("event", "title"),
    [
        (ZoneOrdered, "您所在区域将实行管控"),
        (ZoneBegan, "您所在区域实行管控"),
        (ZoneChanged, "您所在区域的管控有变化"),
        (ZoneLifted, "您所在区域解除管控"),
    ],
)
async def test_each_resident_of_the_zone_gets_the_message_once(
    service: MakeService, monkeypatch: pytest.MonkeyPatch, event: type[ZoneEvent], title: str
) -> None:
    monkeypatch.setattr(zone_steps, "AT_ONCE", 2)
    town = await notification(service)
    residents = await settle(town)
    (begun,) = await town.receive(zone(event, until=MORNING))
    await write_all(town)
    await town.receive(begun)
    await write_all(town)
    assert [await inbox(town, one) for one in residents] == [[title]] * 3
    assert await inbox(town, "far") == []


async def test_a_resident_who_moves_within_the_zone_under_way_gets_no_second_message(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_steps, "AT_ONCE", 1)
    town = await notification(service)
    residents = await settle(town)
    await town.receive(zone(ZoneBegan))
    deadlines, handlers = town.deps.deadlines, town.parts.handlers
    assert await deadlines.handle_one(handlers, town.deps)
    moved = registration.ResidentMoved(resident_id="r0", household_id="h9", area_path=f"{COMPOUND}/9/9/999")
    await town.receive(moved)
    await write_all(town)
    assert [len(await inbox(town, one)) for one in residents] == [1, 1, 1]
