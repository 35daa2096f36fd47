"""Events of later versions and old events: no person gets a message, and nothing is dead-lettered."""

from datetime import timedelta
from typing import Any

import pytest

from services.notification import domain
from shared.envelope.event import Event, encode
from shared.events import checkpoint, isolation, supply
from shared.events.isolation import CaseKind, CaseState
from shared.events.notification import MessageSent
from tests.conftest import MakeService
from tests.notification import scene
from tests.notification.scene import notification
from tests.support.dead import dead_letters
from tests.support.service import ServiceUnderTest


async def receive_as(town: ServiceUnderTest, event: Event, name: str) -> None:
    """Handle an event under the name of a type that this version does not know."""
    wire = encode(town.stamp(event))
    kind = event.type.replace(type(event).__name__, name).encode()
    headers: list[tuple[str, Any]] = [(n, kind if n == "ce_type" else value) for n, value in wire.headers]
    await town.receive_records([town._record(wire.topic, wire.key, wire.value, headers)])


@pytest.mark.parametrize(
    "event",
    [
        scene.case(isolation.CaseOpened),
        scene.measurement(isolation.FeverReported, temperature_c=38.2),
        scene.delivery(supply.DeliveryPlanned),
        scene.stock_low(),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_an_event_of_an_unknown_type_makes_no_message(service: MakeService, event: Event) -> None:
    town = await notification(service)
    with dead_letters() as dead:
        await receive_as(town, event, "OfALaterVersion")
    assert (dead.count, await scene.read_messages(town)) == (0, [])
    await town.receive(scene.standing())
    assert len(await scene.read_messages(town)) == 1


@pytest.mark.parametrize(
    "event",
    [
        scene.case(isolation.CaseOpened, kind=CaseKind("on_board_a_ship")),
        scene.case(isolation.CaseExtended, state=CaseState("transferred")),
        scene.alert(checkpoint.AlertRule("drone"), resident_id="r"),
        scene.delivery(supply.DeliveryPlanned, kind=supply.DeliveryKind("parcel")),
        scene.delivery(supply.DeliveryPlanned, state=supply.DeliveryState("on_the_road")),
    ],
    ids=["CaseKind", "CaseState", "AlertRule", "DeliveryKind", "DeliveryState"],
)
async def test_an_event_with_an_unknown_member_makes_no_message(service: MakeService, event: Event) -> None:
    town = await notification(service)
    with dead_letters() as dead:
        await town.receive(event)
    assert (dead.count, await scene.read_messages(town)) == (0, [])


async def test_a_service_that_begins_late_sends_no_old_news(service: MakeService) -> None:
    town = await notification(service)
    old = [town.stamp(event) for event in scene.every_event()]
    town.clock.advance(domain.NEWS_FOR + timedelta(days=1))
    await town.receive(*old, scene.standing(resident_id="r"))
    assert await scene.read_messages(town) == [("r", "standing_changed")]
    assert len(await town.emitted(MessageSent)) == 1
