"""A bus in memory: partitions that only grow, a producer with appends of unknown outcome, and consumers."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError, RequestTimedOutError
from aiokafka.structs import RecordMetadata

from shared.envelope.letters import Record
from tests.faults.simulation.wire import Wire

LONGEST_PRODUCE_S = 5.0  # a third of the product's, as are the leases here: time is what a seed costs
TWICE = 0.02  # how often a producer's own second try writes a record a second time
_Content = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]  # key, value, headers


class Bus:
    """The topics. `appended` is called with each record as it is written."""

    def __init__(self, topics: Mapping[str, int], wire: Wire, appended: Callable[[Record], None]) -> None:
        self.topics = dict(topics)
        self.wire = wire
        self.logs: dict[TopicPartition, list[Record]] = {
            TopicPartition(topic, number): [] for topic, count in topics.items() for number in range(count)
        }
        self._appended = appended
        self._waiting: list[asyncio.Future[None]] = []

    def append(self, partition: TopicPartition, contents: Sequence[_Content]) -> int:
        """Write records, acknowledged by every replica; return the first one's offset."""
        log = self.logs[partition]
        first = len(log)
        for key, value, headers in contents:
            record = ConsumerRecord(
                topic=partition.topic,
                partition=partition.partition,
                offset=len(log),
                timestamp=0,
                timestamp_type=0,
                key=key,
                value=value,
                checksum=None,
                serialized_key_size=0,
                serialized_value_size=0,
                headers=tuple(headers),
            )
            log.append(record)
            self._appended(record)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)
        return first

    async def more(self, within_s: float) -> None:
        """Wait until something is written somewhere, or so long."""
        self.wire.check()
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._waiting.append(written)
        timer = loop.call_later(within_s, _wake, written)
        await written
        timer.cancel()

    def partitions(self, topic: str) -> list[TopicPartition]:
        """Return the partitions of a topic."""
        return [TopicPartition(topic, number) for number in range(self.topics[topic])]

    def records(self, topic: str) -> list[Record]:
        """Return all records of a topic, by partition in order."""
        return [record for partition in self.partitions(topic) for record in self.logs[partition]]


class Written(NamedTuple):
    """A batch as the scan log builds one."""

    contents: list[_Content]

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        """Put a record in."""
        self.contents.append((key, value, headers))

    def close(self) -> None:
        """Nothing more goes in."""


class Producer:
    """What the plumbing calls of aiokafka's producer, acks=all and not idempotent."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._sent: set[asyncio.Future[RecordMetadata]] = set()

    async def partitions_for(self, topic: str) -> set[int]:
        """Return the numbers of the topic's partitions."""
        self._bus.wire.check()
        return set(range(self._bus.topics[topic]))

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> "asyncio.Future[RecordMetadata]":
        """Hand a record over; the future tells where it was written."""
        number = crc32(key or b"") % self._bus.topics[topic] if partition is None else partition
        return self._hand_over(TopicPartition(topic, number), [(key, value, headers)])

    async def send_and_wait(self, topic: str, value: bytes | None = None, **more: Any) -> RecordMetadata:
        """Hand a record over and wait until it is written."""
        return await (await self.send(topic, value, **more))

    def create_batch(self) -> Written:
        """Return an empty batch."""
        return Written([])

    async def send_batch(self, batch: Written, topic: str, *, partition: int) -> "asyncio.Future[RecordMetadata]":
        """Hand a batch over."""
        return self._hand_over(TopicPartition(topic, partition), batch.contents)

    async def flush(self) -> None:
        """Wait until nothing is on its way."""
        while self._sent:
            await asyncio.wait(list(self._sent))

    def _hand_over(self, partition: TopicPartition, contents: list[_Content]) -> "asyncio.Future[RecordMetadata]":
        wire = self._bus.wire

        def effect(share: float) -> RecordMetadata | None:
            if share <= 0.5:
                return None
            if wire.faulty and wire.chance.random() < TWICE:
                self._bus.append(partition, contents)
            return RecordMetadata(
                partition.topic, partition.partition, partition, self._bus.append(partition, contents), 0, 0, 0
            )

        sent: asyncio.Future[RecordMetadata] = wire.ask(
            f"produce {partition.topic}", effect, _unwritten, LONGEST_PRODUCE_S
        )
        self._sent.add(sent)
        sent.add_done_callback(self._sent.discard)
        return sent


def _unwritten(fate: str) -> Exception:
    return KafkaTimeoutError() if fate == "lost" else RequestTimedOutError()


def _wake(written: "asyncio.Future[None]") -> None:
    if not written.done():
        written.set_result(None)
