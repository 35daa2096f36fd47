"""Owners: nothing is on the bus, in a replica or behind an effect that the owner of its topic did not publish."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from deploy.audit.books import Books, Finding
from deploy.audit.bus import to_end
from shared.bus.kafka import asking, partitions, start
from shared.envelope.event import MARKER_TYPE, attributes_of, contracts_of
from shared.events.registration import CONTACTS, RESIDENTS
from shared.replicas.newest import NEWEST
from shared.store.latest import Latest
from shared.store.unit_of_work import INBOX, OUTBOX

# Collections that keep the newest event of each key, with its id, by service.
REPLICAS = (
    ("isolation", "residents", RESIDENTS),
    ("supply", "residents", RESIDENTS),
    ("notification", "residents", RESIDENTS),
    ("notification", "contacts", CONTACTS),
)
# Younger than the outbox's retention of seven days, by the clock of the service that published.
LOOKED_BACK_MS = 6 * 86_400_000


class Stated(NamedTuple):
    """An event of one key: its id and the bytes of its value."""

    id: str
    value: bytes


class Held:
    """What a topic holds of one key: the records in their order."""

    def __init__(self, *records: Stated) -> None:
        self.records = list(records)

    def differences(self, key: str, owner: Stated | None) -> Iterable[str]:
        """Yield what the owner did not publish, as a reader of the topic would take it."""
        newest = max(record.id for record in self.records)
        if owner is None:
            yield f"{key}: the event {newest} is on the bus and its owner never published it"
        elif newest > owner.id:
            yield f"{key}: the event {newest} on the bus is newer than its owner's newest, {owner.id}"
        elif any(record.id == owner.id and record.value != owner.value for record in self.records):
            yield f"{key}: the event {owner.id} is on the bus with another content than its owner's"
        elif self.records[-1].id < owner.id and any(record.id == owner.id for record in self.records):
            yield f"{key}: the old event {self.records[-1].id} was written again behind the newest, {owner.id}"


async def topics(books: Books) -> list[Finding]:
    """Compare every compacted topic with its owner's store: what a gate that starts now would learn."""
    owners = {c.topic: service for service in books.databases for c in contracts_of(service) if c.compacted}
    on_bus = await _by_key(books.kafka, sorted(owners))
    findings = []
    for topic, service in sorted(owners.items()):
        owner, there = await _newest(books, service, topic), on_bus[topic]
        differences = [one for key, held in there.items() for one in held.differences(key, owner.get(key))]
        if owner or there:
            title = f"on the bus = published by {service}: {topic}"
            findings.append(Finding.of(title, len(owner), len(there), differences))
    return findings


async def _newest(books: Books, service: str, topic: str) -> dict[str, Stated]:
    events = Latest(books.of(service)).of(topic)  # of a key with two, the newer one comes later
    return {event["key"]: Stated(event["id"], bytes(event["value"])) async for event in events}


async def _by_key(bootstrap: str, names: Sequence[str]) -> Mapping[str, Mapping[str, Held]]:
    """Return what each topic holds, by key."""
    keys: dict[str, dict[str, Held]] = {name: {} for name in names}
    if not names:
        return keys
    consumer = AIOKafkaConsumer(**asking(bootstrap), auto_offset_reset="earliest", enable_auto_commit=False)
    await start(consumer, bootstrap)
    try:
        consumer.assign(await partitions(bootstrap, *names))
        async for partition, records in to_end(consumer):
            for record in records:
                about = attributes_of(record.headers)
                if about.get("ce_type") != MARKER_TYPE:
                    key = (record.key or b"").decode(errors="replace")
                    held = keys[partition.topic].setdefault(key, Held())
                    held.records.append(Stated(about.get("ce_id", ""), record.value or b""))
    finally:
        await consumer.stop()
    return keys


async def replicas(books: Books) -> list[Finding]:
    """Compare the replicas in stores with their owner, by the id of the event that each row was made of."""
    findings = []
    for service, collection, topic in REPLICAS:
        owner_name = topic.partition(".")[0]
        if not books.has(service, owner_name):
            continue
        owner = await _newest(books, owner_name, topic)
        kept = books.of(service)[collection].find({}, {NEWEST: 1})
        rows = {row["_id"]: row.get(NEWEST, "") async for row in kept}
        newest = {key: owner[key].id if key in owner else "none" for key in rows}
        differences = [
            f"{key}: {service} keeps it by the event {event_id}, its owner's newest is {newest[key]}"
            for key, event_id in rows.items()
            if event_id != newest[key]
        ]
        findings.append(Finding.of(f"{collection} of {service} = published", len(owner), len(rows), differences))
    return findings


async def causes(books: Books) -> list[Finding]:
    """Check that every event that had an effect lately was published by its owner."""
    published = {service: await _published(books, service) for service in books.databases}
    findings = []
    for service in books.databases:
        unknown, count = [], 0
        async for claim in books.of(service)[INBOX].find({"type": {"$exists": True}}):
            known = published.get(claim["type"].partition(".")[0])
            event_id = claim["_id"].partition("/")[0]
            if not known or _ms(event_id) < _ms(max(known)) - LOOKED_BACK_MS:
                continue
            count += 1
            if event_id not in known:
                unknown.append(f"{service} acted on {claim['type']} {event_id}, which its owner never published")
        findings.append(Finding.of(f"causes of {service}'s acts = published", count, count - len(unknown), unknown))
    return findings


async def _published(books: Books, service: str) -> set[str]:
    """Return the ids of the events that a service has published lately, and of the newest of each aggregate."""
    database = books.of(service)
    ids = {event["id"] async for row in database[OUTBOX].find({}, {"events.id": 1}) for event in row["events"]}
    return ids.union(*(await Latest(database).ids()).values())


def _ms(event_id: str) -> int:
    """Return the time of a UUIDv7 in milliseconds; of another text, 0: it is not looked back on."""
    try:
        return UUID(event_id).int >> 80
    except ValueError:
        return 0
