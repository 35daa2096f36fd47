"""Notification's store: messages, their copies on the way by other channels, and the sealed contacts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notification.domain import Contact, Message
from services.notification.domain.copies import Copy, State, copy_id
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.events.notification import Channel
from shared.events.registration import ContactPointsChanged
from shared.replicas.newest import Newest
from shared.replicas.residents import INDEXES as OF_RESIDENTS
from shared.replicas.residents import RESIDENTS, Resident, ResidentReplica
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Collection, Database, Document, IndexModel
from shared.store.queries import change_one, find_each, in_order, page, stages
from shared.store.unit_of_work import UnitOfWork

RETENTION_S = 180 * 86_400

INDEXES = {
    # Who lives in a zone: they are asked for by their doors.
    RESIDENTS: [
        *OF_RESIDENTS[RESIDENTS],
        IndexModel([("left", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
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


@dataclass(frozen=True)
class Chosen:
    """Which messages of an area: to recipients, by the state and the channel of a copy, opened or not; None: all."""

    recipients: Sequence[str] = ()
    state: State | None = None
    channel: Channel | None = None
    unread: bool | None = None

    @property
    def of_copies(self) -> Document:
        """The condition on copies, empty where any will do."""
        wanted = {"state": self.state, "channel": self.channel}
        return {name: value.value for name, value in wanted.items() if value is not None}

    def holds(self, copy: Copy) -> bool:
        """Whether a copy meets the condition."""
        return self.state in (None, copy.state) and self.channel in (None, copy.channel)


def _behind(after: str) -> Document:
    return {"order": {"$gt": ""} | ({"$lt": after} if after else {})}


async def _newest(collection: Collection, conditions: Sequence[Document], limit: int) -> list[Document]:
    steps = [*stages(conditions), {"$sort": {"order": -1}}, {"$limit": limit}]
    return await collection.aggregate(steps).to_list(limit)


MESSAGES = Mapper(Message, key="message_id", derived=lambda message: {"unread": message.read_at is None})
COPIES = Mapper(Copy, derived=lambda copy: {"_id": copy.copy_id})
CONTACTS = Mapper(Contact, key="person_id")


class Store:
    """The named queries of notification."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self.messages = Documents(database["messages"], MESSAGES, revised=False, sealer=sealer)
        self.copies = Documents(database["copies"], COPIES, revised=False)
        self.contacts = Documents(database["contacts"], CONTACTS, revised=False)
        self._residents = database[RESIDENTS]
        self._newest_contacts = Newest(self.contacts.collection, _contact)

    async def add_messages(self, messages: Sequence[Message], work: UnitOfWork) -> list[Message]:
        """Store those that are not there yet and return them."""
        ids = [message.message_id for message in messages]
        rows = await find_each(self.messages.collection, ids, ["_id"], session=work.session)
        known = {row["_id"] for row in rows}
        new = [message for message in messages if message.message_id not in known]
        await self.messages.insert(new, work)
        return new

    async def residents_within(self, path: str, after: str, limit: int) -> tuple[list[Resident], str | None]:
        """Return up to `limit` residents within a path, by their doors, and what names the last of them."""
        rows, following = await page(self._residents, path, after, limit, {"left": False})
        return ResidentReplica.mapper.read_each(rows), following

    async def mark_read(self, message_id: str, at: datetime, work: UnitOfWork) -> bool:
        """Note that the recipient opened the message; whether it was unread."""
        condition, change = {"_id": message_id, "unread": True}, {"$set": {"read_at": at, "unread": False}}
        marked = await self.messages.collection.update_one(condition, change, session=work.session)
        return bool(marked.modified_count)

    async def inbox(
        self, recipient_ids: Sequence[str], only_unread: bool, newest_first: bool, after: str, limit: int
    ) -> list[Message]:
        """Return up to `limit` messages to the person of these ids by their times, those behind `after`."""
        mine: Document = _to(recipient_ids) | ({"unread": True} if only_unread else {})
        return await self._page(mine, "/", after, limit, newest_first)

    async def unread(self, recipient_ids: Sequence[str]) -> int:
        """Return how many messages the person of these ids has not opened."""
        return await self.messages.collection.count_documents(_to(recipient_ids) | {"unread": True})

    async def messages_of(self, cause: str, within: str, after: str, limit: int) -> list[Message]:
        """Return a page of the messages that an event made, to any recipient, within the area, newest first."""
        return await self._page({"cause": cause}, within, after, limit)

    async def messages_about(self, subject: str, within: str, after: str, limit: int) -> list[Message]:
        """Return a page of the messages about an aggregate, to any recipient, within the area, newest first."""
        return await self._page({"subject": subject}, within, after, limit)

    async def sent(
        self, within: str, chosen: Chosen, since: datetime, after: str, limit: int
    ) -> tuple[list[Message], str | None]:
        """Return up to `limit` messages of the area since a time, the newest first, and what names the last of them.

        A page may be shorter than `limit` although more follow.
        """
        if chosen.of_copies and not chosen.recipients:
            return await self._by_copies(within, chosen, since, after, limit)
        rows: list[Document] = []
        unread: Document = {} if chosen.unread is None else {"unread": chosen.unread}
        recent: Document = {"created_at": {"$gte": since}}
        starts: list[Document] = [{"recipient_id": one} for one in chosen.recipients] or [recent]
        for start in starts:
            further = [query(within), unread, recent, _behind(after)]
            rows += await _newest(self.messages.collection, [start, *further], limit)
        rows = sorted(rows, key=lambda row: str(row["order"]), reverse=True)[:limit]
        messages = self.messages.mapper.read_each(rows)
        following = messages[-1].order if len(messages) == limit else None
        if chosen.of_copies:
            copies = await self.copies_of(messages)
            messages = [one for one in messages if any(map(chosen.holds, copies[one.message_id]))]
        return messages, following

    async def _by_copies(
        self, within: str, chosen: Chosen, since: datetime, after: str, limit: int
    ) -> tuple[list[Message], str | None]:
        steps = [{"created_at": {"$gte": since}}, query(within), chosen.of_copies, _behind(after)]
        rows = await _newest(self.copies.collection, steps, limit)
        ids = list(dict.fromkeys(row["message_id"] for row in rows))
        messages = sorted(await self.messages.each(ids), key=lambda one: one.order, reverse=True)
        return messages, rows[-1]["order"] if len(rows) == limit else None

    async def count(self, within: str, since: datetime, state: State) -> int:
        """Return how many copies of the area's messages since a time are in a state."""
        steps = stages([{"created_at": {"$gte": since}}, query(within), {"state": state.value}])
        counted = self.copies.collection.aggregate([*steps, {"$group": {"_id": None, "rows": {"$sum": 1}}}])
        return sum([row["rows"] async for row in counted])

    async def _page(
        self, only: Document, within: str, after: str, limit: int, newest_first: bool = True
    ) -> list[Message]:
        behind = only | ({"order": {"$lt" if newest_first else "$gt": after}} if after else {})
        rows = await in_order(self.messages.collection, within, behind, ["order"], limit, newest_first=newest_first)
        return self.messages.mapper.read_each(rows)

    async def copy(self, message_id: str, channel: Channel, work: UnitOfWork) -> Copy | None:
        """Return the copy of a message by a channel."""
        return await self.copies.get(copy_id(message_id, channel), work)

    async def begin_attempt(self, message_id: str, channel: Channel, settled: int) -> Copy | None:
        """Record that an attempt begins and return the copy; None where not just `settled` earlier ones have ended."""
        wanted = {"_id": copy_id(message_id, channel), "settled": settled}
        row = await change_one(self.copies.collection, wanted, {"$inc": {"attempts": 1}})
        return COPIES.read(row) if row else None

    async def put_copy(self, copy: Copy, work: UnitOfWork) -> None:
        """Store a copy that changed; its attempts stay as they were counted, for another attempt may have begun."""
        stored = await self.copies.collection.find_one({"_id": copy.copy_id}, session=work.session)
        facts = COPIES.document(copy, stored)  # parts keep what a later version has in them
        change = {"$set": {name: value for name, value in facts.items() if name not in ("_id", "attempts")}}
        await self.copies.collection.update_one({"_id": facts["_id"]}, change, session=work.session)

    async def copies_of(self, messages: Sequence[Message]) -> dict[str, list[Copy]]:
        """Return the copies of the messages, by message."""
        by_message: dict[str, list[Copy]] = {message.message_id: [] for message in messages}
        copies = await self.copies.each(by_message, by="message_id")
        for copy in sorted(copies, key=lambda copy: copy.copy_id):
            by_message[copy.message_id].append(copy)
        return by_message

    async def languages(self, person_ids: Iterable[str]) -> dict[str, str]:
        """Return the language of each of those persons whose contact is known."""
        return {contact.person_id: contact.language for contact in await self.contacts.each(person_ids)}

    async def keep_contacts(self, events: Sequence[ContactPointsChanged]) -> None:
        """Keep the contacts of the events; an older event never undoes a newer one."""
        await self._newest_contacts.keep(events)


def _to(recipient_ids: Sequence[str]) -> Document:
    """Return the condition on messages to the person of these ids; nearly every person has one."""
    return {"recipient_id": recipient_ids[0] if len(recipient_ids) == 1 else {"$in": list(recipient_ids)}}


def _contact(event: ContactPointsChanged) -> Document:
    return CONTACTS.document(CONTACTS.read(event.model_dump() | {"_id": event.person_id}))
