"""Events for tests of the plumbing, which reads topics, keys and compaction, not the meaning of events."""

from datetime import UTC, date, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from shared.base.ids import new_id
from shared.bus.kafka import partitions
from shared.envelope.event import Event, Meta, decode, encode, type_of
from shared.events.isolation import CaseKind, CaseOpened, HalfDay, MeasurementReported
from shared.events.registration import Colour, StandingChanged

NOON = datetime(2026, 2, 10, 4, 0, tzinfo=UTC)
AREA = "/jinhe/hedong/chunhua/c01"


def measured(case_id: str | None = None, by: str = "person") -> MeasurementReported:
    """Return an event on a topic that is not compacted."""
    return MeasurementReported(
        case_id=case_id or new_id(),
        resident_id=new_id(),
        area_path=AREA,
        day=date(2026, 2, 10),
        half_day=HalfDay.MORNING,
        temperature_c=36.6,
        reported_by=by,
    )


def case_opened(case_id: str | None = None, reason: str = "doctors_order") -> CaseOpened:
    """Return an event of an aggregate."""
    return CaseOpened(
        case_id=case_id or new_id(),
        resident_id=new_id(),
        household_id=new_id(),
        area_path=AREA,
        kind=CaseKind.HOME,
        reason=reason,
        starts_on=date(2026, 2, 10),
        ends_on=date(2026, 2, 24),
    )


def standing(resident_id: str | None = None, colour: Colour = Colour.RED) -> StandingChanged:
    """Return an event on a compacted topic."""
    return StandingChanged(
        resident_id=resident_id or new_id(), area_path=AREA, colour=colour, rule="test", evidence=new_id(), since=NOON
    )


def stamped(event: Any, correlation_id: str = "") -> Any:
    """Return the event with an envelope."""
    return event.stamped(Meta(new_id(), NOON, "test", correlation_id or new_id()))


def record_of(event: Event, offset: int = 0, partition: int = 0, **other: Any) -> Any:
    """Return the event as Kafka would hand it over; `key`, `value`, `headers` replace what it says."""
    wire = encode(event)
    fields = {"key": wire.key, "value": wire.value, "headers": tuple(wire.headers)} | other
    size = len(fields["value"] or b"")
    return ConsumerRecord(
        wire.topic, partition, offset, 0, 0, fields["key"], fields["value"], None, 0, size, fields["headers"]
    )


async def records_of(bootstrap: str, topic: str) -> list[Any]:
    """Return everything a topic holds now, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        places = await partitions(bootstrap, topic)
        consumer.assign(places)
        records_by_partition: dict[Any, list[Any]] = {place: [] for place in places}
        while [p for p in places if consumer.highwater(p) != await consumer.position(p)]:
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                records_by_partition[place] += records
        return [record for records in records_by_partition.values() for record in records]
    finally:
        await consumer.stop()


async def events_of(bootstrap: str, topic: str) -> list[Any]:
    """Return the events that a topic holds now, without its owner's markers."""
    records = await records_of(bootstrap, topic)
    return [decode(r.headers, r.value) for r in records if not type_of(r.headers).startswith("shared.")]


async def committed(bootstrap: str, topic: str, group: str = "isolation") -> int:
    """Return how many records of the topic a group has acknowledged."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return sum([await consumer.committed(p) or 0 for p in await partitions(bootstrap, topic)])
    finally:
        await consumer.stop()
