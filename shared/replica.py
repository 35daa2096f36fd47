"""A replica of a compacted topic, in memory: every process reads all partitions, without a group.

It is ready once each partition has shown the owner's word that the topic is complete, so an empty topic is never taken
for an empty city; from then on it says how old its data is.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared import metrics
from shared.clock import Clock
from shared.envelope import MARKER_TYPE, BrokenMessage, Event, decode, type_of
from shared.kafka import connection

CHECK_EVERY_S = 5.0
PAUSE_AFTER_FAULT_S = 1.0

logger = logging.getLogger(__name__)


class Replica:
    """Feeds every event of `topic` to `apply`; an event may come more than once and an older one after a newer."""

    def __init__(self, topic: str, apply: Callable[[Event], None], clock: Clock) -> None:
        self.topic = topic
        self._clock = clock
        self._apply = apply
        self._complete: dict[int, datetime] = {}
        self._partitions: set[int] = set()
        self._checked_at = 0.0

    @property
    def ready(self) -> bool:
        """Whether everything the owner's store held has been read."""
        return bool(self._partitions) and self._partitions <= self._complete.keys()

    @property
    def as_of(self) -> datetime | None:
        """The instant up to which the replica is known to be complete, or None before it is ready."""
        return min(self._complete.values()) if self.ready else None

    def _age_s(self) -> float:
        # Worked out when it is asked for: it goes on growing while the bus is away.
        return (self._clock.now() - self.as_of).total_seconds() if self.as_of else math.nan

    async def run(self, bootstrap: str) -> None:
        """Follow the topic until cancelled; a bus that is away is waited for, and what is known is kept."""
        metrics.REPLICA_AGE.labels(self.topic).set_function(self._age_s)
        while True:
            try:
                await self._follow(bootstrap)
            except (KafkaError, OSError) as error:
                logger.warning("the replica of %s waits: %s", self.topic, error)
                await asyncio.sleep(PAUSE_AFTER_FAULT_S)

    async def _follow(self, bootstrap: str) -> None:
        consumer = AIOKafkaConsumer(
            self.topic, **connection(bootstrap), auto_offset_reset="earliest", fetch_max_wait_ms=100
        )
        try:
            await consumer.start()
            while True:
                # An assignment that is not there yet is empty, and then nothing is ready.
                self.expect({p.partition for p in consumer.assignment()} or self._partitions)
                for partition, records in (await consumer.getmany(timeout_ms=500, max_records=2000)).items():
                    self.read(partition.partition, records)
                await self._rewind_if_lost(consumer)
        finally:
            await consumer.stop()

    def expect(self, partitions: set[int]) -> None:
        """Say which partitions the topic has."""
        self._partitions = partitions

    def read(self, partition: int, records: Iterable[Any]) -> None:
        """Apply records of a partition, and note the owner's word that it is complete."""
        for record in records:
            if type_of(record.headers) == MARKER_TYPE:
                said = {name: value for name, value in record.headers}
                self._complete[partition] = datetime.fromisoformat(said["ce_time"].decode())
                continue
            try:
                self._apply(decode(record.headers, record.value))
            except BrokenMessage as error:
                # The owner dead-letters nothing here: a replica must go on, and the age of its data tells.
                logger.error("unreadable record in %s/%d@%d: %s", self.topic, partition, record.offset, error)

    async def _rewind_if_lost(self, consumer: AIOKafkaConsumer) -> None:
        """Read a topic again from its start when the bus has lost it: its end lies before what was read."""
        now = asyncio.get_running_loop().time()
        if now - self._checked_at < CHECK_EVERY_S:
            return
        self._checked_at = now
        positions = {p: await consumer.position(p) for p in consumer.assignment()}
        starts: dict[TopicPartition, int] = await consumer.end_offsets(list(positions))
        # The embedded broker tells the start of the last batch as the end: only an empty partition is proof.
        if any(positions[p] > 0 and end == 0 for p, end in starts.items()):
            await consumer.seek_to_beginning(*positions)
