"""The checkers: compare acknowledged scans with stored ones, and deliveries with their effects."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer

from deploy.audit.bus import to_end
from shared.bus.kafka import connection, partitions
from shared.envelope.event import MARKER_TYPE, attributes_of
from shared.events.checkpoint import PASSAGES
from tests.faults.gates import ScanBook
from tests.faults.trial import Outcome
from tests.faults.world import World


async def records_of(world: World, topic: str) -> list[Any]:
    """Return every event's record on the topic, by partition in order; markers are left out."""
    events: list[Any] = []
    consumer = AIOKafkaConsumer(
        **connection(world.kafka.bootstrap), auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(await partitions(world.kafka.bootstrap, topic))
        async for _, records in to_end(consumer):
            events += [one for one in records if attributes_of(one.headers).get("ce_type") != MARKER_TYPE]
    finally:
        await consumer.stop()
    return sorted(events, key=lambda one: (one.partition, one.offset))


def id_of(record: Any) -> str:
    """Return the id of a record's event."""
    return attributes_of(record.headers).get("ce_id", "")


def repeated(ids: Iterable[str]) -> int:
    """Return how many of them are there once more than needed."""
    return sum(count - 1 for count in Counter(ids).values())


async def check_scans(world: World, book: ScanBook, outcome: Outcome) -> None:
    """Compare the answers to devices with the store: every acknowledged scan is stored, and none twice.

    Call it once all is quiet. A passage is known by its device and number, so that it does not depend on ids.
    """
    rows = await world.database("checkpoint")["passages"].find().to_list(None)
    stored = Counter((row["device_id"], row["seq"]) for row in rows)
    by_device = {scan_id: (f"device-{s['gate_id']}", s["seq"]) for scan_id, s in book.sent.items()}
    absent = [scan_id for scan_id in book.acknowledged if by_device[scan_id] not in stored]
    never_sent = stored.keys() - set(by_device.values())
    verdicts = {(row["device_id"], row["seq"]): {row["verdict"], *row.get("also_told", ())} for row in rows}
    otherwise = [
        scan_id
        for scan_id, verdict in book.acknowledged.items()
        if verdict not in verdicts.get(by_device[scan_id], {verdict})
    ]
    outcome.acknowledged += len(book.acknowledged)
    outcome.stored += len(rows)
    outcome.lost += len(absent)
    outcome.duplicate_effects += repeated(stored.elements())
    outcome.duplicate_deliveries += repeated(id_of(one) for one in await records_of(world, PASSAGES))
    outcome.details |= {"sent": len(book.sent), "unknown at first": book.were_unknown, "not durable": book.not_durable}
    outcome.expect(not absent, f"{len(absent)} acknowledged scans are not stored, the first {absent[:3]}")
    outcome.expect(len(rows) == len(stored), f"{len(rows) - len(stored)} scans are stored more than once")
    outcome.expect(not never_sent, f"{len(never_sent)} passages are stored that no device sent")
    outcome.expect(not otherwise, f"{len(otherwise)} verdicts were told otherwise than they are stored")
    outcome.expect(not book.refused, f"{len(book.refused)} scans were refused: {list(book.refused.values())[:2]}")
    outcome.expect(bool(book.acknowledged), "no scan was acknowledged at all")


def effects_twice(records: Iterable[Any]) -> int:
    """Return how many events were published more than once for one cause, among those that name a cause."""
    effects: Counter[tuple[str, str, bytes]] = Counter()
    ids: set[str] = set()
    for record in records:
        about = attributes_of(record.headers)
        if about.get("ce_causationid") and about["ce_id"] not in ids:  # the same event published twice is one effect
            effects[about["ce_causationid"], about["ce_type"], record.key] += 1
        ids.add(about["ce_id"])
    return sum(count - 1 for count in effects.values())
