"""Aggregates of an earlier version's store, brought along to a topic that has become compacted.

The newest event of every key of a compacted topic is kept in `latest` from the moment its contract is compacted. What
an earlier version has published stands in the outbox for some days; older aggregates are stated by the service itself.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from shared.base.clock import machine_time
from shared.base.ids import new_id
from shared.envelope.event import Event, Meta, encode
from shared.outbox.refill import request_republishing
from shared.store.deps import ServiceDeps
from shared.store.latest import Known, Latest, name_of
from shared.store.mongo import Database, Document, DuplicateKeyError, write_conflict
from shared.store.unit_of_work import OUTBOX, UnitOfWorkFactory, carried, retry_conflicts

BROUGHT = "brought_along"
BATCH = 200
# Pods of the version before may publish until they are gone: what they say is looked for once more.
LATER = timedelta(minutes=15)

D = TypeVar("D", bound=ServiceDeps)

logger = logging.getLogger(__name__)


class Stated(NamedTuple):
    """An event that states an aggregate as it is, and when the aggregate last changed."""

    event: Event
    at: datetime


@dataclass(frozen=True)
class BroughtAlong(Generic[D]):
    """A compacted topic, and what states each aggregate of the store for it."""

    topic: str
    states: Callable[[D], AsyncIterator[Stated]]


class BringAlong(Generic[D]):
    """Fills `latest` for the topics of one service, once in its store's life; repeating it changes nothing."""

    def __init__(
        self, database: Database, source: str, unit_of_work: UnitOfWorkFactory, topics: Sequence[BroughtAlong[D]]
    ) -> None:
        self._outbox, self._brought = database[OUTBOX], database[BROUGHT]
        self._database, self._latest = database, Latest(database)
        self._source = source
        self._unit_of_work = unit_of_work
        self._topics = topics

    async def run(self, deps: D) -> None:
        """Bring the topics along, each once, and a while later what pods of the version before have published since."""
        begun = {row["_id"]: row async for row in self._brought.find({"_id": {"$in": [t.topic for t in self._topics]}})}
        for one in self._topics:
            if one.topic not in begun:
                await self.bring(one, deps)
        waiting = [one.topic for one in self._topics if not begun.get(one.topic, {}).get("whole")]
        if waiting:
            await asyncio.sleep(LATER.total_seconds())
        for topic in waiting:
            await self.take_published(topic)
            await self._brought.update_one({"_id": topic}, {"$set": {"whole": True}})

    async def bring(self, one: BroughtAlong[D], deps: D) -> None:
        """Bring one topic along and have it published as a whole."""
        taken = await self.take_published(one.topic)
        batch: list[Document] = []
        async for stated in one.states(deps):
            batch.append(self._carried(stated))
            if len(batch) == BATCH:
                taken += await self._take(batch, newer=False)
                batch = []
        taken += await self._take(batch, newer=False)
        await request_republishing(self._database, [one.topic])
        await self._brought.update_one({"_id": one.topic}, {"$set": {"at": machine_time()}}, upsert=True)
        logger.info("aggregates of an earlier version were brought along: %s, %d", one.topic, taken)

    async def take_published(self, topic: str) -> int:
        """Take the newest event of each key that the outbox still holds; return how many were taken."""
        newest: dict[str, Document] = {}
        async for row in self._outbox.find({"topic": topic}, {"events": 1}):
            for event in row["events"]:
                if event["topic"] == topic and event["id"] > newest.get(event["key"], {"id": ""})["id"]:
                    newest[event["key"]] = event
        events = list(newest.values())
        return sum([await self._take(events[at : at + BATCH], newer=True) for at in range(0, len(events), BATCH)])

    def _carried(self, stated: Stated) -> Document:
        event = stated.event.stamped(Meta(new_id(), stated.at, self._source, ""))
        return carried(event, encode(event))

    async def _take(self, events: Sequence[Document], *, newer: bool) -> int:
        return await _take(self._unit_of_work, self._latest, events, newer)


@retry_conflicts
async def _take(unit_of_work: UnitOfWorkFactory, latest: Latest, events: Sequence[Document], newer: bool) -> int:
    """Keep the events whose keys are not known yet, or are known by an older event where `newer` is wanted."""
    if not events:
        return 0
    async with unit_of_work() as work:
        known = await latest.find_known([(event["topic"], event["key"]) for event in events], work.session)
        ids = {**known.first, **known.own}
        before = [ids.get(name_of(event["topic"], event["key"])) for event in events]
        pairs = zip(events, before, strict=True)
        wanted = [event for event, other in pairs if other is None or (newer and other < event["id"])]
        names = {name_of(event["topic"], event["key"]) for event in wanted}
        own = {name: event_id for name, event_id in known.own.items() if name in names}
        try:
            await latest.put(wanted, Known(own, {}), work.session)
        except DuplicateKeyError:
            raise write_conflict("another process brings the same along") from None
    return len(wanted)
