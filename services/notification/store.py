"""Notification's store: messages, their copies on the way by other channels, and the sealed contacts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.notification.domain import Copy, Message, State
from shared.base import area
from shared.events.notification import Channel
from shared.events.registration import ContactPointsChanged
from shared.replicas.newest import Newest
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork

RETENTION_S = 180 * 86_400

INDEXES = {
    "messages": [
        IndexModel([("recipient_id", ASCENDING), ("order", DESCENDING)]),
        IndexModel([("recipient_id", ASCENDING), ("unread", ASCENDING), ("order", DESCENDING)]),
        IndexModel([("cause", ASCENDING), ("order", DESCENDING)]),
        IndexModel([("subject", ASCENDING), ("order", DESCENDING)]),
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ],
    "copies": [
        IndexModel([("message_id", ASCENDING)]),
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ],
}


class Store:
    """The named queries of notification."""

    def __init__(self, database: Database) -> None:
        self._messages = database["messages"]
        self._copies = database["copies"]
        self._contacts = database["contacts"]
        self._newest_contacts = Newest(self._contacts, _contact)

    async def add_messages(self, messages: Sequence[Message], work: UnitOfWork) -> list[Message]:
        """Store those that are not there yet and return them."""
        ids = [message.message_id for message in messages]
        known = {row["_id"] for row in await find_each(self._messages, ids, ["_id"], session=work.session)}
        new = [message for message in messages if message.message_id not in known]
        if new:
            await self._messages.insert_many([_document(message) for message in new], session=work.session)
        return new

    async def message(self, message_id: str, work: UnitOfWork | None = None) -> Message | None:
        """Return a message."""
        found = await self._messages.find_one({"_id": message_id}, session=work and work.session)
        return _message(found) if found else None

    async def mark_read(self, message_id: str, at: datetime, work: UnitOfWork) -> bool:
        """Note that the recipient opened the message; whether it was unread."""
        change = {"$set": {"read_at": at, "unread": False}}
        found = await self._messages.update_one({"_id": message_id, "unread": True}, change, session=work.session)
        return bool(found.modified_count)

    async def inbox(self, recipient_id: str, only_unread: bool, before: str, limit: int) -> list[Message]:
        """Return up to `limit` messages to that person, newest first, that are older than `before`."""
        mine: Document = {"recipient_id": recipient_id} | ({"unread": True} if only_unread else {})
        return await self._page([mine | _older(before)], limit)

    async def unread(self, recipient_id: str) -> int:
        """Return how many messages that person has not opened."""
        return await self._messages.count_documents({"recipient_id": recipient_id, "unread": True})

    async def told_of(self, topic: Document, within: str, before: str, limit: int) -> list[Message]:
        """Return a page of the messages of a `cause` or about a `subject`, to whomever, within the area."""
        return await self._page([topic | _older(before), area.query(within)], limit)

    async def _page(self, conditions: Sequence[Document], limit: int) -> list[Message]:
        # Apart, since the embedded server finds an index for the first condition alone, and for none that holds an $or.
        stages: list[Document] = [{"$match": condition} for condition in conditions if condition]
        stages += [{"$sort": {"order": -1}}, {"$limit": limit}]
        return [_message(row) async for row in self._messages.aggregate(stages)]

    async def add_copies(self, copies: Iterable[Copy], work: UnitOfWork) -> None:
        """Store new copies."""
        rows = [_document_of_copy(copy) for copy in copies]
        if rows:
            await self._copies.insert_many(rows, session=work.session)

    async def copy(self, message_id: str, channel: Channel, work: UnitOfWork) -> Copy | None:
        """Return the copy of a message by a channel."""
        found = await self._copies.find_one({"_id": _copy_id(message_id, channel)}, session=work.session)
        return _copy(found) if found else None

    async def begin_attempt(self, message_id: str, channel: Channel, settled: int) -> Copy | None:
        """Record that an attempt begins and return the copy; None where not just `settled` earlier ones have ended."""
        # In two calls: the embedded store goes through all copies to find and change one.
        wanted = {"_id": _copy_id(message_id, channel), "settled": settled}
        begun = await self._copies.update_one(wanted, {"$inc": {"attempts": 1}})
        found = await self._copies.find_one(wanted) if begun.modified_count else None
        return _copy(found) if found else None

    async def put_copy(self, copy: Copy, work: UnitOfWork) -> None:
        """Store a copy that changed; its attempts stay as they were counted."""
        row = _document_of_copy(copy)
        changed = {name: row[name] for name in ("state", "settled", "allowed", "failure", "at")}
        await self._copies.update_one({"_id": row["_id"]}, {"$set": changed}, session=work.session)

    async def copies_of(self, messages: Sequence[Message]) -> dict[str, list[Copy]]:
        """Return the copies of the messages, by message."""
        ids = [message.message_id for message in messages]
        found: dict[str, list[Copy]] = {message_id: [] for message_id in ids}
        rows = await find_each(self._copies, ids, by="message_id")
        for row in sorted(rows, key=lambda row: str(row["_id"])):
            found[row["message_id"]].append(_copy(row))
        return found

    async def sealed_contact(self, person_id: str) -> str | None:
        """Return how a person is reached, still sealed."""
        found = await self._contacts.find_one({"_id": person_id}, {"sealed": 1})
        return str(found["sealed"]) if found else None

    async def languages(self, person_ids: Iterable[str]) -> dict[str, str]:
        """Return the language of each of those persons whose contact is known."""
        rows = await find_each(self._contacts, person_ids, ["language"])
        return {row["_id"]: row["language"] for row in rows}

    async def keep_contacts(self, events: Sequence[ContactPointsChanged]) -> None:
        """Keep what the events say; an older one never undoes a newer one."""
        await self._newest_contacts.keep(events)


def _older(before: str) -> Document:
    return {"order": {"$lt": before}} if before else {}


def _contact(event: ContactPointsChanged) -> Document:
    return {"area_path": event.area_path, "language": event.language, "sealed": event.sealed}


def _document(message: Message) -> Document:
    row: Document = asdict(message)
    return row | {"_id": row.pop("message_id"), "link": dict(message.link), "unread": message.read_at is None}


def _message(row: Document) -> Message:
    facts: dict[str, Any] = {name: value for name, value in row.items() if name not in ("_id", "unread")}
    return Message(message_id=row["_id"], **facts)


def _copy_id(message_id: str, channel: Channel) -> str:
    return f"{message_id}/{channel.value}"


def _document_of_copy(copy: Copy) -> Document:
    coded = {"channel": copy.channel.value, "state": copy.state.value}
    return asdict(copy) | coded | {"_id": _copy_id(copy.message_id, copy.channel)}


def _copy(row: Document) -> Copy:
    facts = {name: value for name, value in row.items() if name != "_id"}
    return Copy(**facts | {"channel": Channel(facts["channel"]), "state": State(facts["state"])})
