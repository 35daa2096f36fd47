"""Dead letters: what a service could not read or refused, kept with the reason and the place, listed and replayed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.envelope import Event, Headers, Wire, encode
from shared.kafka import connection

REPLAYED_GROUP = "dead-letters.replayed"
_IDLE_MS = 1500


def topic_of(service: str) -> str:
    """Return the dead-letter topic of a service."""
    return f"{service}.dead-letters.v1"


class DeadLetter(NamedTuple):
    """One dead letter: where it stood, why it is here, and the record itself."""

    topic: str
    partition: int
    offset: int
    handler: str
    reason: str
    message: str
    at: str
    record: "ConsumerRecord[bytes | None, bytes | None]"

    @property
    def original_headers(self) -> list[tuple[str, bytes]]:
        """The headers as they were before."""
        return [(name, value) for name, value in self.record.headers if not name.startswith("dl_")]


class DeadLetters:
    """Writes the dead letters of one service."""

    def __init__(self, producer: AIOKafkaProducer, service: str) -> None:
        self._producer = producer
        self._topic = topic_of(service)

    async def bury(
        self, record: "ConsumerRecord[bytes | None, bytes | None]", reason: str, message: str, handler: str
    ) -> None:
        """Keep the record as it came, with the reason and its place. Raises `KafkaError` when the bus is away."""
        about = _about(record.topic, record.partition, record.offset, reason, message, handler)
        headers = [*record.headers, *about]
        await self._producer.send_and_wait(self._topic, record.value, key=record.key, headers=headers)


def letter(event: Event, reason: str, message: str, handler: str) -> Wire:
    """Return the dead letter of work that its service has given up: its replay publishes `event`, which resumes it.

    The event has not been on the bus, so its partition and offset are -1.
    """
    wire = encode(event)
    about = _about(wire.topic, -1, -1, reason, message, handler)
    return Wire(topic_of(event.meta.source), wire.key, [*wire.headers, *about], wire.value)


def _about(topic: str, partition: int, offset: int, reason: str, message: str, handler: str) -> Headers:
    about = {
        "dl_topic": topic,
        "dl_partition": str(partition),
        "dl_offset": str(offset),
        "dl_handler": handler,
        "dl_reason": reason,
        "dl_message": message,
        "dl_at": datetime.now(UTC).isoformat(),
    }
    return [(name, value.encode()) for name, value in about.items()]


def _read(record: "ConsumerRecord[bytes | None, bytes | None]") -> DeadLetter:
    about = {name: value.decode(errors="replace") for name, value in record.headers if name.startswith("dl_")}
    return DeadLetter(
        topic=about.get("dl_topic", ""),
        partition=int(about.get("dl_partition", -1)),
        offset=int(about.get("dl_offset", -1)),
        handler=about.get("dl_handler", ""),
        reason=about.get("dl_reason", ""),
        message=about.get("dl_message", ""),
        at=about.get("dl_at", ""),
        record=record,
    )


async def waiting(bootstrap: str, service: str) -> AsyncIterator[tuple[DeadLetter, AIOKafkaConsumer]]:
    """Yield the dead letters of a service that were not replayed yet, oldest first per partition."""
    consumer = AIOKafkaConsumer(
        **connection(bootstrap),
        group_id=REPLAYED_GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
    )
    await consumer.start()
    try:
        consumer.assign(await partitions(bootstrap, topic_of(service)))
        while batch := await consumer.getmany(timeout_ms=_IDLE_MS):
            for records in batch.values():
                for record in records:
                    yield _read(record), consumer
    finally:
        await consumer.stop()


async def partitions(bootstrap: str, topic: str) -> list[TopicPartition]:
    """Return the topic's partitions, asking the bus. Raises `LookupError` for a topic that it does not have."""
    admin = AIOKafkaAdminClient(**connection(bootstrap))
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if not found["partitions"]:
        raise LookupError(f"the bus has no topic {topic}: create it with 'lastmetre topics create'")
    return [TopicPartition(topic, p["partition"]) for p in found["partitions"]]


async def replay(bootstrap: str, service: str) -> int:
    """Publish the waiting dead letters of a service to their topics again and return how many.

    Whoever has handled them knows the repeat by its id. One that fails again becomes a new dead letter.
    """
    from shared.bus import producer  # the bus buries, so it imports this module

    count = 0
    sender = producer(bootstrap)
    await sender.start()
    try:
        async for letter, consumer in waiting(bootstrap, service):
            record = letter.record
            await sender.send_and_wait(letter.topic, record.value, key=record.key, headers=letter.original_headers)
            await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
            count += 1
    finally:
        await sender.stop()
    return count
