"""A replica of a compacted topic, in memory: every process reads all partitions, without a group.

It is ready once it has read each partition to its end and met there the owner's word that the topic is complete, so an
empty topic is never taken for an empty city; from then on it says how old its data is.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.base import metrics
from shared.base.clock import Clock
from shared.bus.kafka import ANSWER_MS, FETCH_WAIT_MS, POLL_MS, connection
from shared.envelope import markers
from shared.envelope.event import FORGED, MARKER_TYPE, BrokenMessage, Event, attributes_of, decode, type_of
from shared.envelope.letters import Record
from shared.envelope.macs import OFF, Macs, Unsigned

PAUSE_AFTER_FAULT_S = 1.0
RECORDS = 2000
LETTERS = 100  # so many forged records of a topic become dead letters of a process; all are counted

Bury = Callable[[Record, str, str], Awaitable[bool]]

logger = logging.getLogger(__name__)


async def follow(replicas: Sequence["Replica"], bootstrap: str, macs: Macs = OFF, bury: Bury | None = None) -> None:
    """Follow the topics until cancelled; a bus that is away is waited for, and what is known is kept.

    `bury` makes a dead letter of a forged record, of its reason and its message; it returns False to be asked again.
    One consumer reads them all: the questions of seven in every process, ten times a second each, slowed down what the
    gates wait for.
    """
    for replica in replicas:
        metrics.REPLICA_AGE.labels(replica.topic).set_function(replica.age_s)
        replica.macs = macs
    by_topic = {replica.topic: replica for replica in replicas}
    while True:
        try:
            await _follow(by_topic, bootstrap, bury)
        except (KafkaError, OSError) as error:
            logger.warning("the replicas of %s wait: %s", ", ".join(by_topic), error)
            await asyncio.sleep(PAUSE_AFTER_FAULT_S)


async def _follow(by_topic: Mapping[str, "Replica"], bootstrap: str, bury: Bury | None) -> None:
    consumer = AIOKafkaConsumer(
        *by_topic,
        **connection(bootstrap),
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        request_timeout_ms=ANSWER_MS,
    )
    try:
        await consumer.start()
        while True:
            for topic, replica in by_topic.items():
                replica.expect({p.partition for p in consumer.assignment() if p.topic == topic})
            batch = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS)
            for place, records in batch.items():
                by_topic[place.topic].read(place.partition, records, at_end=False)
            if bury is not None:
                for replica in by_topic.values():
                    await replica.bury_forged(bury)
            for place in consumer.assignment():
                await by_topic[place.topic].look_at_end(consumer, place)
    finally:
        await consumer.stop()


class Replica:
    """Feeds every event of `topic` to `apply`; an event may come more than once and an older one after a newer."""

    def __init__(self, topic: str, apply: Callable[[Event], None], clock: Clock) -> None:
        self.topic = topic
        self.place = (0, -1)  # partition and offset of the event that `apply` is given
        self.positions: dict[int, int] = {}  # the offset read last, by partition
        self.macs = OFF
        self._forged: deque[tuple[Record, str]] = deque()  # not buried yet, with what is wrong
        self._letters_left = LETTERS
        self._unsigned: dict[tuple[int, bytes], list[tuple[Record, str]]] = {}  # by partition and key
        self._clock = clock
        self._apply = apply
        self._complete: dict[int, datetime] = {}
        self._caught_up: set[int] = set()
        self._losses: dict[int, int] = {}  # how often the owner had found the topic lost, by partition
        self._missed: set[int] = set()  # partitions that were lost and filled again behind our back
        self._partitions: set[int] = set()
        # Asked for with every scan, and worked out when something is read: the instant up to which the replica is known
        # to be complete, or None before it has read everything the owner's store held.
        self.as_of: datetime | None = None

    @property
    def ready(self) -> bool:
        """Whether everything the owner's store held has been read."""
        return self.as_of is not None

    def _work_out(self) -> None:
        complete = bool(self._partitions) and self._partitions <= self._complete.keys() & self._caught_up
        self.as_of = min(self._complete[partition] for partition in self._partitions) if complete else None

    def age_s(self) -> float:
        """How old what is known is, in seconds."""
        # Worked out when it is asked for: it goes on growing while the bus is away.
        return (self._clock.now() - self.as_of).total_seconds() if self.as_of else math.nan

    async def look_at_end(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """Note that a partition was read to its end; read one again that the bus has lost."""
        position = await consumer.position(partition)
        end = consumer.highwater(partition) if partition in consumer.assignment() else None
        if end is None:  # not asked yet
            return
        if end < position or partition.partition in self._missed:  # it is filled again from its start
            logger.warning("%s/%d was lost and is read again", partition.topic, partition.partition)
            await consumer.seek_to_beginning(partition)
            self._missed.discard(partition.partition)
        elif end == position:
            self._reached_end(partition.partition)
            self._work_out()

    def expect(self, partitions: set[int]) -> None:
        """Say which partitions the topic has; none are what is not known yet, and then nothing is ready."""
        self._partitions = partitions or self._partitions
        self._work_out()

    def read(self, partition: int, records: Iterable[Record], *, at_end: bool = True) -> None:
        """Apply records of a partition, and note the owner's word that it is complete."""
        for record in records:
            self.place = (partition, record.offset)
            self.positions[partition] = record.offset
            try:
                self.macs.check(self.topic, record.key, record.value, record.headers)
                self._dismiss_before(partition, record)
                if type_of(record.headers) == MARKER_TYPE:
                    self._note(partition, record)
                else:
                    self._apply(decode(record.headers, record.value, self.topic))
            except Unsigned as error:
                self._unsigned.setdefault((partition, record.key or b""), []).append((record, str(error)))
            except BrokenMessage as error:
                # No replay reaches a replica: it must go on without the record; the metric and the log tell operators.
                self._refuse(partition, record, error.reason, str(error))
        if at_end:
            self._reached_end(partition)
        self._work_out()

    def _dismiss_before(self, partition: int, signed: Record) -> None:
        """Forget the records without a MAC that a signed one of their key has overtaken: of an earlier version.

        One with a larger id than the signed one is not, and would have had an effect.
        """
        place = (partition, signed.key or b"")
        if self._unsigned and (waiting := self._unsigned.pop(place, None)):
            newest = _id_of(signed)
            if left := [one for one in waiting if _id_of(one[0]) > newest]:
                self._unsigned[place] = left

    def _reached_end(self, partition: int) -> None:
        """Note that the partition was read to its end: what no signed record has overtaken by now is forged."""
        self._caught_up.add(partition)
        for place in [place for place in self._unsigned if place[0] == partition]:
            for record, what in self._unsigned.pop(place):
                self._refuse(partition, record, FORGED, what)

    def _refuse(self, partition: int, record: Record, reason: str, what: str) -> None:
        metrics.DEAD.labels(self.topic, reason).inc()
        logger.error("unreadable record in %s/%d@%d: %s", self.topic, partition, record.offset, what)
        if reason != FORGED:
            return
        metrics.FORGED.labels(self.topic).inc()
        if self._letters_left:
            self._letters_left -= 1
            self._forged.append((record, what))

    async def bury_forged(self, bury: Bury) -> None:
        """Make dead letters of the forged records, as far as the bus takes them."""
        while self._forged and await bury(self._forged[0][0], FORGED, self._forged[0][1]):
            self._forged.popleft()

    def _note(self, partition: int, record: Record) -> None:
        marker = markers.read(record.headers)
        if marker is None or not marker.holds_at(record.offset):
            return
        if marker.losses > self._losses.setdefault(partition, marker.losses):
            self._losses[partition] = marker.losses
            self._missed.add(partition)
        if partition not in self._missed:
            self._complete[partition] = max(marker.as_of, self._complete.get(partition, marker.as_of))


def _id_of(record: Record) -> str:
    return attributes_of(record.headers).get("ce_id", "")
