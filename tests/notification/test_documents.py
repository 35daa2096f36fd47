"""Documents that a later or an earlier version has written are read, and what this version does not know stays."""

from collections.abc import Awaitable, Callable
from dataclasses import fields

import pytest

from services.notification.domain import Message
from services.notification.domain.copies import Copy
from shared.events import registration
from tests.conftest import MakeService
from tests.notification import scene
from tests.notification.receiver import Receiver
from tests.notification.scene import DOOR, notification
from tests.support.later_version import add_field, add_to_parts, ids, lacking, lost_from_parts, readers
from tests.support.service import ServiceUnderTest


async def reads_the_message(town: ServiceUnderTest) -> None:
    async with town.client("resident", subject="r") as client:
        (message,) = (await client.get("/v1/messages")).json()["items"]
        assert (await client.post(f"/v1/messages/{message['message_id']}/read")).json()["read_at"]


async def sends_the_copy(town: ServiceUnderTest) -> None:
    before = (await scene.copy_of(town))["attempts"]
    await scene.tried(town, 2)
    assert (await scene.copy_of(town))["attempts"] > before


async def states_a_contact(town: ServiceUnderTest) -> None:
    await town.receive(scene.contact(town, "r", language="en"))
    assert await town.deps.store.languages(["r"]) == {"r": "en"}


async def moves(town: ServiceUnderTest) -> None:
    await town.receive(registration.ResidentMoved(resident_id="r", household_id="h2", area_path=DOOR))
    assert [member.resident_id for member in await town.deps.residents.of_household("h2")] == ["r"]


SAVED_BY: dict[str, Callable[[ServiceUnderTest], Awaitable[None]]] = {
    "messages": reads_the_message,
    "copies": sends_the_copy,
    "contacts": states_a_contact,
    "residents": moves,
}


async def test_the_table_has_every_reader(service: MakeService) -> None:
    town = await notification(service)
    assert readers(town.deps.store) | {"residents"} == SAVED_BY.keys()


@pytest.mark.parametrize("collection", SAVED_BY)
async def test_a_field_of_a_later_version_is_read_over_and_stays(
    service: MakeService, receiver: Receiver, collection: str
) -> None:
    town = await notification(service)
    receiver.answers = [503] * 3
    await town.receive(registration.ResidentRegistered(resident_id="r", household_id="h1", area_path=DOOR))
    await scene.notify_one(town, receiver)
    await town.due()
    there = await ids(town.database, collection)
    assert await add_field(town.database, collection) == len(there) > 0
    parts = await add_to_parts(town.database, town.deps.store, collection)
    await SAVED_BY[collection](town)
    assert await lacking(town.database, collection, there) == 0
    assert await lost_from_parts(town.database, collection, parts) == []


@pytest.mark.parametrize(
    ("collection", "aggregate", "known"),
    [("messages", Message, {"_id", "unread"}), ("copies", Copy, {"_id"})],
)
async def test_the_version_before_reads_what_this_one_writes(
    service: MakeService, receiver: Receiver, collection: str, aggregate: type[Message | Copy], known: set[str]
) -> None:
    town = await notification(service)
    await scene.notify_one(town, receiver)
    await town.due()
    row = await town.database[collection].find_one({})
    assert row is not None
    assert row.keys() - known <= {field.name for field in fields(aggregate)}  # it refuses any other field
