"""Dead letters: what a service could not read or refused, kept with the reason and the place, listed and replayed."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.base.clock import machine_time
from shared.bus.consumer import producer
from shared.bus.kafka import asking, partitions, start
from shared.envelope.letters import NEVER_ON_BUS, REPLAYED, DeadLetter, Record, about, read, topic_of

REPLAYED_GROUP = "dead-letters.replayed"
_POLL_MS = 500

logger = logging.getLogger(__name__)


Settle = Callable[[str, str], Awaitable[None]]  # the origin of a letter, and what became of its replay


async def _tell_none(_: str, __: str) -> None:
    pass


class DeadLetters:
    """Writes the dead letters of one service; `settle` is called with what became of each replay."""

    def __init__(self, producer: AIOKafkaProducer, service: str, settle: Settle = _tell_none) -> None:
        self._producer = producer
        self.topic = topic_of(service)
        self.settle = settle

    async def bury(self, record: Record, reason: str, message: str, handler: str, group: str = "") -> None:
        """Keep the record as it came, with the reason and its place. Raises `KafkaError` when the bus is away."""
        fields = about(record.topic, record.partition, record.offset, reason, message, handler, group)
        headers = [*record.headers, *fields]
        try:
            await self._producer.send_and_wait(self.topic, record.value, key=record.key, headers=headers)
        except MessageSizeTooLargeError:
            # With its reason it is larger than the bus takes. Without its value it still tells where it stands.
            await self._producer.send_and_wait(self.topic, None, key=record.key, headers=headers)


def bury_later(
    producer: Callable[[], AIOKafkaProducer | None], service: str
) -> Callable[[Record, str, str], Awaitable[bool]]:
    """Return what makes dead letters of records that replicas refuse: it returns False where the bus is away."""

    async def bury(record: Record, reason: str, message: str) -> bool:
        started = producer()
        if started is None:
            return False
        try:
            await DeadLetters(started, service).bury(record, reason, message, "replica")
        except KafkaError as error:
            logger.warning("a refused record waits to become a dead letter: %s", type(error).__name__)
            return False
        return True

    return bury


async def waiting(bootstrap: str, service: str) -> AsyncIterator[tuple[DeadLetter, AIOKafkaConsumer]]:
    """Yield the dead letters of a service that were neither replayed nor given up, oldest first per partition."""
    async with _reader(bootstrap, service) as consumer:
        letters, decided = await _read_all(consumer)
        for letter in letters:
            if not letter.origin or letter.origin not in decided:
                yield letter, consumer


async def _read_all(consumer: AIOKafkaConsumer) -> tuple[list[DeadLetter], set[str]]:
    """Return the letters up to the ends that there were at first, and the origins of those that were decided on."""
    ends: dict[TopicPartition, int] = {}
    letters: list[DeadLetter] = []
    decided: set[str] = set()
    while True:
        batch = await consumer.getmany(timeout_ms=_POLL_MS)
        ends |= {p: end for p in consumer.assignment() - ends.keys() if (end := consumer.highwater(p)) is not None}
        for partition, records in batch.items():
            for record in records:
                letter = read(record)
                if letter.decision:
                    decided.add(letter.origin)
                elif record.offset < ends[partition]:
                    letters.append(letter)
        if ends.keys() == consumer.assignment() and await _behind(consumer, ends) == 0:
            return letters, decided


async def _behind(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> int:
    return sum([max(0, end - await consumer.position(partition)) for partition, end in ends.items()])


@asynccontextmanager
async def _reader(bootstrap: str, service: str) -> AsyncIterator[AIOKafkaConsumer]:
    places = await partitions(bootstrap, topic_of(service))
    consumer = AIOKafkaConsumer(
        **asking(bootstrap),
        group_id=REPLAYED_GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
    )
    try:
        await start(consumer, bootstrap)
        consumer.assign(places)
        yield consumer
    finally:
        await consumer.stop()


async def replay(bootstrap: str, service: str, *, drop: Collection[str] = ()) -> int:
    """Have the waiting dead letters of a service handled again, but for those with a reason in `drop`; return how many.

    A record goes to the service alone, through its dead-letter topic: published at its own place again it would come
    after newer ones of its key, and a compacted topic would keep the old one. One that fails again becomes a new
    dead letter. Work that was given up resumes with the publishing of its event.
    """
    count = 0
    sender = producer(bootstrap)
    try:
        await sender.start()
        async for letter, consumer in waiting(bootstrap, service):
            record = letter.record
            if letter.reason in drop:  # it stays in the topic as long as that keeps its records
                await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
                continue
            topic, headers = topic_of(service), [*record.headers, (REPLAYED, machine_time().isoformat().encode())]
            if letter.offset == NEVER_ON_BUS and letter.topic:
                topic, headers = letter.topic, letter.original_headers
            await sender.send_and_wait(topic, record.value, key=record.key, headers=headers)
            await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
            count += 1
    finally:
        await sender.stop()
    return count
