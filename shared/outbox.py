"""The outbox's relay: publishes what units of work stored, in order per key, and keeps compacted topics whole.

One replica of a service at a time relays, under a lease. What was published stays for a while, so that a bus that was
lost (the embedded one is, at every stop) is filled again. Readers know a repeat by its id.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared import metrics
from shared.clock import Clock
from shared.envelope import MARKER_TYPE, SPEC_VERSION, Event
from shared.ids import new_id
from shared.kafka import connection
from shared.leases import Lease
from shared.mongo import Database, Document, PyMongoError
from shared.unit_of_work import LATEST, OUTBOX

ROWS = 50
BATCH = 500
POLL_S = 0.5
# Longer than a produce can take, so that a relay that lost its lease has nothing on its way any more.
LEASE = timedelta(seconds=30)
MARKER_EVERY_S = 2.0
LOSS_CHECK_EVERY_S = 5.0
PAUSE_AFTER_FAULT_S = 1.0
MARKER_KEY = b"\x00complete"

Place = tuple[str, str]  # topic and key

logger = logging.getLogger(__name__)


class Relay:
    """Publishes a service's outbox until it is cancelled; `wake` tells that there is something new."""

    def __init__(
        self,
        database: Database,
        producer: AIOKafkaProducer,
        bootstrap: str,
        publishes: Iterable[type[Event]],
        wake: asyncio.Event,
        clock: Clock,
    ) -> None:
        contracts = list(publishes)
        self._outbox = database[OUTBOX]
        self._latest = database[LATEST]
        self._producer = producer
        self._bootstrap = bootstrap
        self._topics = sorted({c.topic for c in contracts})
        self._compacted = sorted({c.topic for c in contracts if c.compacted})
        self._wake = wake
        self._clock = clock
        self._lease = Lease(database, "outbox", LEASE)
        self._consumer: AIOKafkaConsumer | None = None  # asks for the ends of topics
        self._marked_at = self._checked_at = float("-inf")

    async def run(self) -> None:
        """Relay until cancelled; faults of the store or the bus are waited out."""
        try:
            while True:
                try:
                    await self._turn()
                except (PyMongoError, KafkaError, OSError) as error:
                    logger.warning("the relay waits: %s", error)
                    await self._drop_reader()
                    await asyncio.sleep(PAUSE_AFTER_FAULT_S)
        finally:
            await self._drop_reader()
            await self._lease.release()

    async def _turn(self) -> None:
        self._wake.clear()
        await self._count_pending()  # before the bus is asked for anything: this grows while it is away
        if await self._lease.hold():
            if asyncio.get_running_loop().time() - self._checked_at > LOSS_CHECK_EVERY_S:
                await self._restore_lost_topics()
            while await self.flush():
                await self._lease.hold()
            await self._mark_complete()
            await self._count_pending()
        try:
            await asyncio.wait_for(self._wake.wait(), POLL_S)
        except TimeoutError:
            return

    async def _count_pending(self) -> None:
        metrics.OUTBOX.set(await self._outbox.count_documents({"published_at": None}))

    async def flush(self) -> int:
        """Publish one batch of pending rows, in order per key; return how many events the bus took."""
        rows = await self._outbox.find({"published_at": None}).sort("_id", 1).limit(ROWS).to_list(ROWS)
        if not rows:
            return 0
        events = [event for row in rows for event in row["events"]]
        failed = await self._publish(events)
        sent = [row for row in rows if not any(_place(event) in failed for event in row["events"])]
        await self._outbox.update_many(
            {"_id": {"$in": [row["_id"] for row in sent]}}, {"$set": {"published_at": datetime.now(UTC)}}
        )
        for event in (event for row in sent for event in row["events"]):
            metrics.PUBLISHED.labels(event["type"]).inc()
        if failed:
            raise KafkaError(f"{len(failed)} keys could not be published")
        return len(events)

    async def _publish(self, events: Iterable[Document]) -> set[Place]:
        """Publish the events and return the topics and keys for which that failed.

        An event goes only when the one before it of its key has arrived: a failure never changes their order.
        """
        failed: set[Place] = set()
        for wave in _waves(events):
            going = [event for event in wave if _place(event) not in failed]
            handed = [await self._send(event) for event in going]
            outcomes = await asyncio.gather(*handed, return_exceptions=True)
            for event, outcome in zip(going, outcomes, strict=True):
                if isinstance(outcome, BaseException):
                    failed.add(_place(event))
        return failed

    async def _send(self, event: Document) -> "asyncio.Future[object]":
        headers = [(name, bytes(value)) for name, value in event["headers"]]
        key = event["key"].encode()
        handed: asyncio.Future[object] = await self._producer.send(
            event["topic"], bytes(event["value"]), key=key, headers=headers
        )
        return handed

    async def _mark_complete(self) -> None:
        """Tell replicas, on every partition, that the compacted topics hold all that the store holds, as of now."""
        now = asyncio.get_running_loop().time()
        if not self._compacted or now - self._marked_at < MARKER_EVERY_S:
            return
        if await self._restore_lost_topics():
            return  # whoever starts now must not take the topic for complete before it is filled again
        attributes = {"ce_specversion": SPEC_VERSION, "ce_type": MARKER_TYPE, "ce_time": self._clock.now().isoformat()}
        handed = []
        for topic in self._compacted:
            headers = [(n, v.encode()) for n, v in (attributes | {"ce_id": new_id()}).items()]
            for partition in await self._producer.partitions_for(topic):
                handed.append(
                    await self._producer.send(topic, b"", key=MARKER_KEY, headers=headers, partition=partition)
                )
        await asyncio.gather(*handed)
        self._marked_at = now

    async def _restore_lost_topics(self) -> list[str]:
        """Fill again the topics that the bus has lost; return their names."""
        lost = await self._empty_topics()
        for topic in lost:
            if topic in self._compacted:
                await self._republish_latest(topic)
            # The rest of what was said there is said again; whoever has handled it knows it.
            await self._outbox.update_many({"topics": topic}, {"$set": {"published_at": None}})
        self._checked_at = asyncio.get_running_loop().time()
        return lost

    async def _empty_topics(self) -> list[str]:
        """Return the topics that hold nothing although this service published there."""
        partitions = [TopicPartition(t, p) for t in self._topics for p in await self._producer.partitions_for(t)]
        ends = await (await self._reader()).end_offsets(partitions)
        used = {partition.topic for partition, end in ends.items() if end > 0}
        empty = [topic for topic in self._topics if topic not in used]
        spoken = [t for t in empty if await self._outbox.find_one({"topics": t, "published_at": {"$ne": None}})]
        kept = [t for t in empty if t in self._compacted and await self._latest.find_one({"topic": t})]
        return sorted({*spoken, *kept})

    async def _reader(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(**connection(self._bootstrap))  # `run` drops one that does not start
            await self._consumer.start()
        return self._consumer

    async def _drop_reader(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def _republish_latest(self, topic: str) -> None:
        count = 0
        batch: list[Document] = []
        async for row in self._latest.find({"topic": topic}):
            batch.append(row)
            if len(batch) == BATCH:
                count += await self._publish_all(batch)
                batch = []
        count += await self._publish_all(batch)
        logger.info("a compacted topic was empty and has been filled from the store: %s, %d keys", topic, count)

    async def _publish_all(self, rows: list[Document]) -> int:
        if failed := await self._publish(rows):
            raise KafkaError(f"{len(failed)} keys could not be published")
        return len(rows)


def _place(event: Document) -> Place:
    return event["topic"], event["key"]


def _waves(events: Iterable[Document]) -> list[list[Document]]:
    """Return the events in their order, each key at most once in a wave."""
    waves: list[list[Document]] = []
    seen: Counter[Place] = Counter()
    for event in events:
        at = seen[_place(event)]
        seen[_place(event)] += 1
        if at == len(waves):
            waves.append([])
        waves[at].append(event)
    return waves
