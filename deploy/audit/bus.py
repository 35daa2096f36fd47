"""The bus: it holds every published event, every consumer has handled it, no row waits and no letter is dead."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.audit.books import Books, Finding, compare
from shared.bus.consumer import EventConsumer
from shared.bus.dead_letters import waiting
from shared.bus.kafka import asking, partitions, start
from shared.envelope.event import MARKER_TYPE, contracts, type_of
from shared.store.latest import Latest
from shared.store.unit_of_work import OUTBOX

POLL_MS = 200


class Reader(NamedTuple):
    """A consumer of a service: its group and the topics it reads."""

    group: str
    topics: tuple[str, ...]

    @classmethod
    def of(cls, consumer: EventConsumer[Any]) -> "Reader":
        """Return the group and the topics of a service's consumer."""
        return cls(consumer.group, tuple(consumer.topics))


async def published(books: Books) -> list[Finding]:
    """Compare the outboxes with the topics; of a compacted topic the newest event of each key must be there."""
    compacted = {contract.topic for contract in contracts().values() if contract.compacted}
    published_ids: dict[str, set[str]] = {}
    waiting_rows = []
    for service in books.databases:
        async for row in books.of(service)[OUTBOX].find():
            if row["published_at"] is None:
                waiting_rows.append(f"{service}'s outbox holds {row['_id']} unpublished")
                continue
            for event in row["events"]:
                if event["topic"] not in compacted and not event.get("as_is"):  # another service's event, or none
                    published_ids.setdefault(event["topic"], set()).add(event["id"])
        for topic, ids in (await Latest(books.of(service)).ids()).items():
            published_ids.setdefault(topic, set()).update(ids)
    there = await ids_on(books.kafka, sorted(published_ids))
    return [
        Finding.of("outboxes empty", 0, len(waiting_rows), waiting_rows),
        *(
            compare(f"published = on the bus: {t}", ids, there[t] & ids, "is missing")
            for t, ids in published_ids.items()
        ),
    ]


async def ids_on(bootstrap: str, topics: Sequence[str]) -> dict[str, set[str]]:
    """Return the ids of all events that each of the topics holds."""
    ids: dict[str, set[str]] = {topic: set() for topic in topics}
    if not ids:  # the bus takes no name for every name
        return ids
    consumer = AIOKafkaConsumer(**asking(bootstrap), auto_offset_reset="earliest", enable_auto_commit=False)
    await start(consumer, bootstrap)
    try:
        consumer.assign(await partitions(bootstrap, *topics))
        async for partition, records in to_end(consumer):
            headers = (header for record in records for header in record.headers)
            ids[partition.topic] |= {value.decode() for name, value in headers if name == "ce_id"}
    finally:
        await consumer.stop()
    return ids


async def to_end(consumer: AIOKafkaConsumer) -> AsyncIterator[tuple[TopicPartition, list[Any]]]:
    """Yield the records of the assigned partitions, up to the ends that they had at the first fetch."""
    ends: dict[TopicPartition, int] = {}
    while True:
        for partition, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            yield partition, records
        unseen = consumer.assignment() - ends.keys()
        ends |= {partition: end for partition in unseen if (end := consumer.highwater(partition)) is not None}
        behind = [partition for partition, end in ends.items() if await consumer.position(partition) < end]
        if not behind and ends.keys() == consumer.assignment():
            return


async def consumed(books: Books, readers: Iterable[Reader]) -> list[Finding]:
    """Check that every consumer has committed all records."""
    return list(await asyncio.gather(*(_read(books.kafka, reader) for reader in readers)))


async def _read(bootstrap: str, reader: Reader) -> Finding:
    left = await _left(bootstrap, reader)
    differences = [f"{count} records of {topic} are not handled" for topic, count in left.items() if count]
    return Finding.of(f"read by {reader.group}, left", 0, sum(left.values()), differences)


async def _left(bootstrap: str, reader: Reader) -> Mapping[str, int]:
    """Count the records after the committed offsets by reading them: some brokers report a wrong end of a topic."""
    left = dict.fromkeys(reader.topics, 0)
    consumer = AIOKafkaConsumer(
        **asking(bootstrap), group_id=reader.group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await start(consumer, bootstrap)
    try:
        consumer.assign(await partitions(bootstrap, *reader.topics))
        async for partition, records in to_end(consumer):
            # The owner writes a marker every ten seconds; consumers do not handle markers.
            left[partition.topic] += sum(type_of(record.headers) != MARKER_TYPE for record in records)
    finally:
        await consumer.stop()
    return left


async def dead(books: Books) -> Finding:
    """Check that no dead letter waits and no due work has failed."""
    problems = [
        one for of_service in await asyncio.gather(*(_dead(books, s) for s in books.databases)) for one in of_service
    ]
    return Finding.of("dead letters and failed due work", 0, len(problems), problems)


async def _dead(books: Books, service: str) -> list[str]:
    letters = [
        f"{service}: {letter.topic}/{letter.partition}@{letter.offset} {letter.reason}"
        async for letter, _ in waiting(books.kafka, service)
    ]
    given_up = books.of(service)["deadlines"].find({"state": "failed"})
    return letters + [f"{service}: due work {row['kind']} of {row['subject']} was given up" async for row in given_up]
