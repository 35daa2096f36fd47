"""The newest event of every key of a service's compacted topics, kept in its store for ever: the bus may lose them.

A key that changes has a document of its own in `latest`, which is replaced. The first events of keys that one unit of
work made in bulk share documents in `first`, which never change: a roster costs one document where each key would need
one. So of a key with both, the one in `latest` is the newest.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple

from shared.store.mongo import ASCENDING, Database, Document, IndexModel, Session, UpdateOne
from shared.store.queries import find_each

FIRST, LATEST = "first", "latest"
INDEXES = {
    FIRST: [IndexModel([("keys", ASCENDING)]), IndexModel([("topic", ASCENDING)])],
    LATEST: [IndexModel([("topic", ASCENDING)])],
}


class Known(NamedTuple):
    """Ids of the newest stored events, by topic and key: of keys in `latest`, and of those in `first` alone."""

    own: Mapping[str, str]
    first: Mapping[str, str]

    @property
    def newest(self) -> str:
        """The largest of the ids, or an empty text."""
        return max((*self.own.values(), *self.first.values()), default="")


class Latest:
    """The newest events in the store of one service. Events are documents with `id`, `topic`, `key`."""

    def __init__(self, database: Database) -> None:
        self._first, self._latest = database[FIRST], database[LATEST]

    async def find_known(self, keys: Iterable[tuple[str, str]], session: Session) -> Known:
        """Return the ids of the newest stored events of those topics and keys of which there are any."""
        wanted = {name_of(*key) for key in keys}
        rows = await find_each(self._latest, sorted(wanted), ["_id", "id"], session=session)
        own = {row["_id"]: row["id"] for row in rows}
        wanted -= own.keys()
        bulks = await find_each(self._first, sorted(wanted), ["keys", "ids"], by="keys", session=session)
        first = {key: event_id for bulk in bulks for key, event_id in zip(bulk["keys"], bulk["ids"], strict=True)}
        return Known(own, {key: event_id for key, event_id in first.items() if key in wanted})

    async def put(self, events: Sequence[Document], known: Known, session: Session) -> None:
        """Store the events, in their order, as the newest of their keys."""
        newest = {name_of(event["topic"], event["key"]): event for event in events}
        new = [{"_id": key} | event for key, event in newest.items() if key not in known.own]
        if new:
            await self._latest.insert_many(new, session=session)
        changed = [UpdateOne({"_id": key}, {"$set": newest[key]}) for key in sorted(known.own)]
        if changed:
            await self._latest.bulk_write(changed, session=session)

    async def put_first(self, bulks: Sequence[Document], session: Session) -> None:
        """Store bulks of first events: documents with `_id`, `topic` and `events`, whose keys are new."""
        indexed = [
            bulk
            | {
                "keys": [name_of(event["topic"], event["key"]) for event in bulk["events"]],
                "ids": [event["id"] for event in bulk["events"]],
            }
            for bulk in bulks
        ]
        if indexed:
            await self._first.insert_many(indexed, session=session)

    async def of(self, topic: str) -> AsyncIterator[Document]:
        """Yield the newest event of every key of a topic; before it, of some keys, the first one."""
        async for bulk in self._first.find({"topic": topic}):
            for event in bulk["events"]:
                yield event
        async for event in self._latest.find({"topic": topic}):
            yield event

    async def ids(self) -> dict[str, set[str]]:
        """Return the ids of the newest events of all keys, by topic."""
        newest: dict[str, tuple[str, str]] = {}
        async for bulk in self._first.find({}, {"topic": 1, "keys": 1, "ids": 1}):
            newest |= {key: (bulk["topic"], id_) for key, id_ in zip(bulk["keys"], bulk["ids"], strict=True)}
        async for event in self._latest.find({}, {"topic": 1, "id": 1}):
            newest[event["_id"]] = event["topic"], event["id"]
        ids_by_topic: dict[str, set[str]] = {}
        for topic, event_id in newest.values():
            ids_by_topic.setdefault(topic, set()).add(event_id)
        return ids_by_topic

    async def any_before(self, topic: str, event_id: str | None) -> bool:
        """Whether an event of the topic is stored that is older than `event_id`; without one, whether any is."""
        older: Document = {"$lt": event_id} if event_id else {"$gt": ""}
        if await self._latest.find_one({"topic": topic, "id": older}, {"_id": 1}):
            return True
        return await self._first.find_one({"topic": topic, "_id": older}, {"_id": 1}) is not None


def name_of(topic: str, key: str) -> str:
    """Return under which name the newest event of a key is kept."""
    return f"{topic}/{key}"
