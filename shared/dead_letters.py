"""Dead letters: what a service could not read or refused, kept with the reason and the place, listed and replayed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from shared.bus import producer
from shared.clock import machine_time
from shared.envelope import Event, Headers, Wire, encode
from shared.kafka import connection, partitions

REPLAYED_GROUP = "dead-letters.replayed"
NEVER_ON_BUS = -1
LONGEST_MESSAGE = 1_000
_REPLAYED = "dl_replayed"
_POLL_MS = 500

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


def topic_of(service: str) -> str:
    """Return the dead-letter topic of a service."""
    return f"{service}.dead-letters.v1"


class DeadLetter(NamedTuple):
    """One dead letter: where it stood, whose it was, why it is here, and the record itself."""

    topic: str
    partition: int
    offset: int
    group: str
    handler: str
    reason: str
    message: str
    at: str
    record: Record

    @property
    def original_headers(self) -> Headers:
        """The headers as they were before."""
        return [(name, value) for name, value in self.record.headers if not name.startswith("dl_")]

    @property
    def original(self) -> Record:
        """The record as it stood at its own place."""
        place = {"topic": self.topic, "partition": self.partition, "offset": self.offset}
        return replace(self.record, headers=tuple(self.original_headers), **place)

    @property
    def replayed(self) -> bool:
        """Whether this is the second life of a letter, meant for whoever could not handle the first."""
        return any(name == _REPLAYED for name, _ in self.record.headers)


class DeadLetters:
    """Writes the dead letters of one service."""

    def __init__(self, producer: AIOKafkaProducer, service: str) -> None:
        self._producer = producer
        self.topic = topic_of(service)

    async def bury(self, record: Record, reason: str, message: str, handler: str, group: str = "") -> None:
        """Keep the record as it came, with the reason and its place. Raises `KafkaError` when the bus is away."""
        about = _about(record.topic, record.partition, record.offset, reason, message, handler, group)
        headers = [*record.headers, *about]
        try:
            await self._producer.send_and_wait(self.topic, record.value, key=record.key, headers=headers)
        except MessageSizeTooLargeError:
            # With its reason it is larger than the bus takes. Without its value it still tells where it stands.
            await self._producer.send_and_wait(self.topic, None, key=record.key, headers=headers)


def letter(event: Event, reason: str, message: str, handler: str) -> Wire:
    """Return the dead letter of work that its service has given up: its replay publishes `event`, which resumes it.

    The event has not been on the bus, so its partition and offset are -1.
    """
    wire = encode(event)
    about = _about(wire.topic, NEVER_ON_BUS, NEVER_ON_BUS, reason, message, handler, "")
    return Wire(topic_of(event.meta.source), wire.key, [*wire.headers, *about], wire.value)


def _about(topic: str, partition: int, offset: int, reason: str, message: str, handler: str, group: str) -> Headers:
    about = {
        "dl_topic": topic,
        "dl_partition": str(partition),
        "dl_offset": str(offset),
        "dl_group": group,
        "dl_handler": handler,
        "dl_reason": reason,
        "dl_message": message[:LONGEST_MESSAGE],
        "dl_at": machine_time().isoformat(),
    }
    return [(name, value.encode(errors="replace")) for name, value in about.items()]


def read(record: Record) -> DeadLetter:
    """Return the dead letter that a record of a dead-letter topic is."""
    about = {n: (value or b"").decode(errors="replace") for n, value in record.headers if n.startswith("dl_")}
    return DeadLetter(
        topic=about.get("dl_topic", ""),
        partition=_number(about.get("dl_partition", "")),
        offset=_number(about.get("dl_offset", "")),
        group=about.get("dl_group", ""),
        handler=about.get("dl_handler", ""),
        reason=about.get("dl_reason", ""),
        message=about.get("dl_message", ""),
        at=about.get("dl_at", ""),
        record=record,
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else NEVER_ON_BUS


async def waiting(bootstrap: str, service: str) -> AsyncIterator[tuple[DeadLetter, AIOKafkaConsumer]]:
    """Yield the dead letters of a service that were not replayed yet, oldest first per partition."""
    async with _reader(bootstrap, service) as consumer:
        ends: dict[TopicPartition, int] = {}
        while True:
            batch = await consumer.getmany(timeout_ms=_POLL_MS)
            # What is replayed meanwhile may come back as a new letter: only what was there at first is told.
            ends |= {p: end for p in consumer.assignment() - ends.keys() if (end := consumer.highwater(p)) is not None}
            for partition, records in batch.items():
                for record in records:
                    if record.offset < ends[partition] and not (found := read(record)).replayed:
                        yield found, consumer
            if ends.keys() == consumer.assignment() and await _behind(consumer, ends) == 0:
                return


async def _behind(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> int:
    return sum([max(0, end - await consumer.position(partition)) for partition, end in ends.items()])


@asynccontextmanager
async def _reader(bootstrap: str, service: str) -> AsyncIterator[AIOKafkaConsumer]:
    places = await partitions(bootstrap, topic_of(service))
    consumer = AIOKafkaConsumer(
        **connection(bootstrap),
        group_id=REPLAYED_GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
    )
    try:
        await consumer.start()
        consumer.assign(places)
        yield consumer
    finally:
        await consumer.stop()


async def replay(bootstrap: str, service: str) -> int:
    """Have the waiting dead letters of a service handled again; return how many.

    A record goes to the service alone, through its dead-letter topic: published at its own place again it would come
    after newer ones of its key, and a compacted topic would keep the old one. One that fails again becomes a new
    dead letter. Work that was given up resumes with the publishing of its event.
    """
    count = 0
    sender = producer(bootstrap)
    try:
        await sender.start()
        async for found, consumer in waiting(bootstrap, service):
            record = found.record
            topic, headers = topic_of(service), [*record.headers, (_REPLAYED, machine_time().isoformat().encode())]
            if found.offset == NEVER_ON_BUS and found.topic:
                topic, headers = found.topic, found.original_headers
            await sender.send_and_wait(topic, record.value, key=record.key, headers=headers)
            await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
            count += 1
    finally:
        await sender.stop()
    return count
