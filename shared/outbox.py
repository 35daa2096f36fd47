"""The outbox's relay: publishes what units of work stored, in order per key, and keeps compacted topics whole.

One replica of a service at a time relays, under a lease. What was published stays for a while, so that a bus that was
lost (the embedded one is, at every stop) is filled again. Readers know a repeat by its id.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared import metrics
from shared.clock import Clock
from shared.envelope import MARKER_TYPE, SPEC_VERSION, Event
from shared.ids import new_id
from shared.leases import Lease
from shared.mongo import Database, Document, PyMongoError
from shared.unit_of_work import LATEST, OUTBOX

BATCH = 500
POLL_S = 0.5
# Longer than a produce can take, so that a relay that lost its lease has nothing on its way any more.
LEASE = timedelta(seconds=30)
MARKER_EVERY_S = 2.0
LOSS_CHECK_EVERY_S = 5.0
PAUSE_AFTER_FAULT_S = 1.0
MARKER_KEY = b"\x00complete"

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
        self._marked_at = self._checked_at = float("-inf")

    async def run(self) -> None:
        """Relay until cancelled; faults of the store or the bus are waited out."""
        try:
            while True:
                try:
                    await self._turn()
                except (PyMongoError, KafkaError, OSError) as error:
                    logger.warning("the relay waits: %s", error)
                    await asyncio.sleep(PAUSE_AFTER_FAULT_S)
        finally:
            await self._lease.release()

    async def _turn(self) -> None:
        self._wake.clear()
        if await self._lease.hold():
            await self._restore_lost_topics()
            while await self.flush():
                await self._lease.hold()
            await self._mark_complete()
        metrics.OUTBOX.set(await self._outbox.count_documents({"published_at": None}))
        try:
            await asyncio.wait_for(self._wake.wait(), POLL_S)
        except TimeoutError:
            return

    async def flush(self) -> int:
        """Publish one batch of what is pending, in order per key; return how many records the bus took."""
        rows = await self._outbox.find({"published_at": None}).sort("_id", 1).limit(BATCH).to_list(BATCH)
        if not rows:
            return 0
        outcomes = await self._publish(rows)
        failed: set[tuple[str, str]] = set()
        sent = []
        for row, outcome in zip(rows, outcomes, strict=True):
            place = (row["topic"], row["key"])
            if isinstance(outcome, BaseException):
                failed.add(place)
            elif place not in failed:  # what follows a failure of its key goes again, after it
                sent.append(row)
        await self._outbox.update_many(
            {"_id": {"$in": [row["_id"] for row in sent]}}, {"$set": {"published_at": datetime.now(UTC)}}
        )
        for row in sent:
            metrics.PUBLISHED.labels(row["type"]).inc()
        if failed:
            raise KafkaError(f"{len(failed)} keys could not be published")
        return len(sent)

    async def _publish(self, rows: Iterable[Document]) -> list[Any]:
        handed = []
        for row in rows:
            headers = [(name, bytes(value)) for name, value in row["headers"]]
            key = row["key"].encode()
            handed.append(await self._producer.send(row["topic"], bytes(row["value"]), key=key, headers=headers))
        return list(await asyncio.gather(*handed, return_exceptions=True))

    async def _mark_complete(self) -> None:
        """Tell replicas, on every partition, that the compacted topics hold all that the store holds, as of now."""
        now = asyncio.get_running_loop().time()
        if not self._compacted or now - self._marked_at < MARKER_EVERY_S:
            return
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

    async def _restore_lost_topics(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._checked_at < LOSS_CHECK_EVERY_S:
            return
        for topic in await self._empty_topics():
            if topic in self._compacted:
                await self._republish_latest(topic)
            # The rest of what was said there is said again; whoever has handled it knows it.
            await self._outbox.update_many({"topic": topic}, {"$set": {"published_at": None}})
        self._checked_at = now

    async def _empty_topics(self) -> list[str]:
        """Return the topics that hold nothing although this service published there."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
        await consumer.start()
        try:
            partitions = [TopicPartition(t, p) for t in self._topics for p in await self._producer.partitions_for(t)]
            ends = await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()
        used = {partition.topic for partition, end in ends.items() if end > 0}
        empty = [topic for topic in self._topics if topic not in used]
        spoken = [t for t in empty if await self._outbox.find_one({"topic": t, "published_at": {"$ne": None}})]
        kept = [t for t in empty if t in self._compacted and await self._latest.find_one({"topic": t})]
        return sorted({*spoken, *kept})

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
        for outcome in await self._publish(rows):
            if isinstance(outcome, BaseException):
                raise outcome
        return len(rows)
