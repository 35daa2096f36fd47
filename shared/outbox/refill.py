"""Keeping a service's topics whole: what the bus has lost is published again, and markers say what is complete.

A bus can be lost (the embedded one is, at every stop). It shows by an offset that is given twice, or by an empty topic
on which this service has spoken before. That a topic is being filled again is stored until it is done, so that neither
a crash nor a second loss in the middle passes for a whole topic; so is, with each mark, which offsets were given.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from shared.base.clock import loop_time, machine_time
from shared.base.ids import new_id
from shared.bus.kafka import ANSWER_MS, connection
from shared.envelope import markers
from shared.envelope.event import Event
from shared.envelope.macs import OFF, Macs
from shared.envelope.markers import Marker
from shared.outbox.ordered import OrderedPublisher
from shared.outbox.signed import SignedOnce
from shared.store.latest import Latest
from shared.store.mongo import Database, Document
from shared.store.unit_of_work import OUTBOX

REFILLS, LOSSES, MARKS = "refills", "losses", "marks"
BATCH = 500
CHECK_EVERY_S = 5.0
MARKER_EVERY_S = 10.0
_NEWEST = "newest"

logger = logging.getLogger(__name__)


class Refill:
    """Watches the topics on which one service speaks, `also` those that hold no events, for the holder of the lease."""

    def __init__(
        self,
        database: Database,
        producer: AIOKafkaProducer,
        bootstrap: str,
        publisher: OrderedPublisher,
        publishes: Iterable[type[Event]],
        also: Iterable[str],
        macs: Macs = OFF,
    ) -> None:
        contracts = list(publishes)
        self._outbox, self._latest = database[OUTBOX], Latest(database)
        self._refills, self._losses, self._marks = database[REFILLS], database[LOSSES], database[MARKS]
        self._name = self._known_of = new_id()
        self._producer = producer
        self._bootstrap = bootstrap
        self._macs = macs
        self._publisher = publisher
        self._topics = sorted({c.topic for c in contracts}.union(also))
        self._compacted = sorted({c.topic for c in contracts if c.compacted})
        self._signed = SignedOnce(database, macs, partial(request_republishing, database, self._compacted))
        self._consumer: AIOKafkaConsumer | None = None  # asks for the ends of topics
        self._marked_at = self._checked_at = float("-inf")

    @property
    def due(self) -> bool:
        """Whether the topics are to be checked or marked now. It stays true where another process has the lease."""
        return self._check_due or self._mark_due

    @property
    def _check_due(self) -> bool:
        return bool(self._publisher.lost) or loop_time() - self._checked_at > CHECK_EVERY_S

    @property
    def _mark_due(self) -> bool:
        return bool(self._compacted) and not self._publisher.lost and loop_time() - self._marked_at >= MARKER_EVERY_S

    async def refill(self) -> None:
        """Say again what the bus has lost, as far as the store still holds it: for ever where a topic is compacted."""
        if self._check_due:
            await self._find_lost()
            await self._signed.request()
            async for row in self._refills.find():
                await self._fill(row["_id"])

    async def _find_lost(self) -> None:
        await self._learn_of_others()
        for topic in sorted(await self._fallen_silent() | self._publisher.lost):
            await self._losses.update_one({"_id": topic}, {"$inc": {"count": 1}}, upsert=True)
            await self._refills.update_one({"_id": topic}, {"$set": {"since": machine_time()}}, upsert=True)
            self._publisher.forget(topic)
        self._checked_at = loop_time()

    async def _learn_of_others(self) -> None:
        """Take over how far the relay before this one had seen each partition filled.

        They may have died with something on its way that landed on an empty bus: it is lost without being empty.
        """
        marked = await self._marks.find_one({"_id": _NEWEST})
        if not marked or marked["by"] == self._known_of:
            return
        known_lost = {row["_id"] async for row in self._refills.find()}
        for topic, partition, offset in marked["offsets"]:
            if offset >= 0 and topic not in known_lost:
                self._publisher.observe_end(TopicPartition(topic, partition), offset + 1)
        self._known_of = marked["by"]

    async def _fallen_silent(self) -> set[str]:
        """Return the topics that hold nothing although this service has spoken there.

        The bus is asked once more after the store: a relay that was held up may know an end that is older.
        """
        spoken = {topic for topic in sorted(await self._silent()) if await self._has_published(topic)}
        return spoken & await self._silent() if spoken else spoken

    async def _silent(self) -> set[str]:
        """Return the topics that hold nothing."""
        partitions = [TopicPartition(t, p) for t in self._topics for p in await self._producer.partitions_for(t)]
        ends = await (await self._reader()).end_offsets(partitions)
        for partition, end in ends.items():
            self._publisher.observe_end(partition, end)
        return set(self._topics) - {partition.topic for partition, end in ends.items() if end > 0}

    async def _has_published(self, topic: str) -> bool:
        """Whether something was published there before. What waits for its first turn was not, and is no loss."""
        waiting: list[str] = []
        async for row in self._outbox.find({"topic": topic}, {"published_at": 1, "sent": 1}):
            if row.get("published_at") or row.get("sent"):
                return True
            waiting.append(row["_id"])
        if topic not in self._compacted:
            return False
        # The outbox forgets what was published long ago. What is newest of its key and was not stored since then was.
        return await self._latest.any_before(topic, min(waiting, default=None))

    async def _fill(self, topic: str) -> None:
        if topic in self._compacted:
            await self._publish_latest(topic)
        # The relay publishes the rest of the topic again; a consumer that has handled a record knows it.
        await self._outbox.update_many({"topic": topic}, {"$set": {"published_at": None}, "$unset": {"sent": ""}})
        await self._refills.delete_one({"_id": topic})
        self._marked_at = float("-inf")  # a replica may be waiting for the topic to be whole

    async def _publish_latest(self, topic: str) -> None:
        count = 0
        batch: list[Document] = []
        async for event in self._latest.of(topic):
            batch.append(event)
            if len(batch) == BATCH:
                count += await self._publish(batch)
                batch = []
        count += await self._publish(batch)
        logger.info("a compacted topic has been filled from the store: %s, %d events", topic, count)

    async def _publish(self, rows: list[Document]) -> int:
        if not all(await self._publisher.publish(rows, set())):
            raise KafkaError("a lost topic could not be filled again")
        return len(rows)

    async def mark_complete(self, as_of: datetime) -> None:
        """Tell replicas, on every partition, that the compacted topics hold all that the store held at `as_of`."""
        if not self._mark_due:
            return
        places = [TopicPartition(t, p) for t in self._compacted for p in await self._producer.partitions_for(t)]
        losses = {row["_id"]: row["count"] async for row in self._losses.find()}
        marks = (self._mark(place, as_of, losses.get(place.topic, 0)) for place in places)
        await self._remember(places)
        self._publisher.observe(*await asyncio.gather(*marks))
        self._marked_at = loop_time()

    async def _remember(self, places: Iterable[TopicPartition]) -> None:
        """Keep how far each partition is filled for the relay after this one."""
        offsets = [[*place, self._publisher.newest(place)] for place in places]
        await self._marks.update_one({"_id": _NEWEST}, {"$set": {"by": self._name, "offsets": offsets}}, upsert=True)
        self._known_of = self._name

    async def _mark(self, place: TopicPartition, as_of: datetime, losses: int) -> RecordMetadata:
        headers = markers.headers(Marker(as_of, self._publisher.newest(place), losses))
        headers = self._macs.sign(place.topic, markers.KEY, b"", headers)
        return await self._producer.send_and_wait(
            place.topic, b"", key=markers.KEY, headers=headers, partition=place.partition
        )

    async def _reader(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            # The relay drops one that does not start.
            self._consumer = AIOKafkaConsumer(**connection(self._bootstrap), request_timeout_ms=ANSWER_MS)
            await self._consumer.start()
        return self._consumer

    async def drop_reader(self) -> None:
        """Close the connection that asks for the ends of topics; it is opened again when needed."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


async def request_republishing(database: Database, topics: Iterable[str]) -> None:
    """Have the service of that database publish the newest event of every key of compacted topics again."""
    for topic in topics:
        await database[REFILLS].update_one({"_id": topic}, {"$set": {"since": machine_time()}}, upsert=True)
