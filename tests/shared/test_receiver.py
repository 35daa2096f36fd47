"""Batches from the bus: every record on its own, in order, retried, refused or left for later, never lost."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from shared.base.clock import FixedClock
from shared.base.errors import Conflict, NotYet, Unavailable
from shared.base.ids import new_id
from shared.base.logs import correlation_id
from shared.bus.consumer import EventConsumer
from shared.bus.dead_letters import DeadLetters
from shared.bus.receiver import Receiver
from shared.envelope.event import encode
from shared.envelope.letters import DeadLetter, read, topic_of
from shared.envelope.markers import KEY, Marker, headers
from shared.events.isolation import CASES, CaseExtended, CaseOpened
from shared.events.registration import STANDINGS, StandingChanged
from shared.store.mongo import ConnectionFailure, DuplicateKeyError
from shared.store.unit_of_work import AlreadyHandled
from tests.shared.samples import NOON, case_opened, record_of, records_of, stamped, standing

pytestmark = pytest.mark.broker

SERVICE = "supply"
Raise = Callable[[], Exception]


class Desk:
    """A consumer that notes what it is called with, and fails where a test says so."""

    def __init__(self, producer: AIOKafkaProducer, backoff_s: Sequence[float] = ()) -> None:
        self.handled: list[str] = []
        self.calls: list[list[str]] = []
        self.correlations: list[str] = []
        self.fails: dict[str, list[Raise]] = {}
        consumer = EventConsumer[None]("desk")
        consumer.on(CaseOpened)(self._one)
        consumer.on_many(StandingChanged)(self._many)
        self.receiver = Receiver(consumer, DeadLetters(producer, SERVICE), FixedClock(NOON), None, backoff_s)

    async def _one(self, deps: None, event: Any) -> None:
        await self._many(deps, [event])

    async def _many(self, _: None, events: Sequence[Any]) -> None:
        self.calls.append([event.key for event in events])
        self.correlations.append(correlation_id.get())
        for event in events:
            if waiting := self.fails.get(event.key):
                raise (waiting.pop(0) if len(waiting) > 1 else waiting[0])()
        self.handled += [event.key for event in events]

    def fail(self, key: str, *errors: Raise) -> None:
        """Raise these one after the other for that key, the last for ever."""
        self.fails[key] = list(errors)


@pytest.fixture
def desk(producer: AIOKafkaProducer) -> Desk:
    """A desk that does not pause between attempts, nor try twice."""
    return Desk(producer)


async def buried(bootstrap: str, keys: set[bytes | None]) -> list[DeadLetter]:
    """Return the dead letters of these keys."""
    return [read(record) for record in await records_of(bootstrap, topic_of(SERVICE)) if record.key in keys]


def _without(name: str, event: Any) -> tuple[tuple[str, bytes], ...]:
    return tuple(header for header in encode(event).headers if header[0] != name)


def _with(name: str, value: bytes | None, event: Any) -> tuple[tuple[str, bytes | None], ...]:
    return (*_without(name, event), (name, value))


POISON: dict[str, tuple[Callable[[Any], dict[str, Any]], str]] = {
    "broken JSON": (lambda e: {"value": b'{"case_id": '}, "invalid"),
    "JSON of another shape": (lambda e: {"value": b'{"case_id": 7}'}, "invalid"),
    "no value": (lambda e: {"value": None}, "invalid"),
    "another key": (lambda e: {"key": b"somebody-else"}, "wrong_key"),
    "no key": (lambda e: {"key": None}, "wrong_key"),
    "an unknown version": (lambda e: {"headers": _with("ce_type", b"isolation.CaseOpened.v9", e)}, "unknown_version"),
    "an unknown type": (lambda e: {"headers": _with("ce_type", b"isolation.CaseForgotten.v1", e)}, "unknown_type"),
    "no headers": (lambda e: {"headers": ()}, "not_an_event"),
    "no id": (lambda e: {"headers": _without("ce_id", e)}, "not_an_event"),
    "another CloudEvents version": (lambda e: {"headers": _with("ce_specversion", b"0.3", e)}, "not_an_event"),
    "a type that is no text": (lambda e: {"headers": _with("ce_type", b"\xff\xfe\x00", e)}, "unknown_type"),
    "a type that is null": (lambda e: {"headers": _with("ce_type", None, e)}, "not_an_event"),
    "a time without a zone": (lambda e: {"headers": _with("ce_time", b"2026-02-10T04:00:00", e)}, "invalid"),
    "a time that is none": (lambda e: {"headers": _with("ce_time", b"noon", e)}, "invalid"),
    "2 MB": (lambda e: {"value": b"x" * (2 << 20)}, "invalid"),
}


@pytest.mark.parametrize(("poison", "reason"), POISON.values(), ids=POISON.keys())
async def test_a_poison_message_between_two_good_ones_becomes_one_dead_letter_and_harms_neither(
    desk: Desk, kafka_bootstrap: str, poison: Callable[[Any], dict[str, Any]], reason: str
) -> None:
    before, bad, behind = (stamped(case_opened()) for _ in range(3))
    broken = record_of(bad, 8, partition=2, **poison(bad))
    mark = new_id().encode()
    broken.headers = (*broken.headers, ("test", mark))
    stopped = await desk.receiver.handle([record_of(before, 7, 2), broken, record_of(behind, 9, 2)])
    assert stopped == {}
    assert desk.handled == [before.key, behind.key]
    (letter,) = [
        letter for letter in await buried(kafka_bootstrap, {broken.key}) if ("test", mark) in letter.record.headers
    ]
    assert (letter.topic, letter.partition, letter.offset, letter.handler) == (CASES, 2, 8, "decode")
    assert (letter.reason, letter.group) == (reason, "desk")
    assert (letter.original.value, letter.original.headers) == (broken.value, broken.headers)


async def test_a_refused_message_is_dead_lettered_at_once_with_code_and_advice(
    producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    desk = Desk(producer, backoff_s=(60,))
    event = stamped(case_opened())
    desk.fail(event.key, lambda: Conflict("supply.no_depot", "Open a depot there, then replay"))
    await desk.receiver.handle([record_of(event)])
    (letter,) = await buried(kafka_bootstrap, {event.key.encode()})
    assert (letter.reason, letter.message, letter.handler) == (
        "supply.no_depot",
        "Open a depot there, then replay",
        "_one",
    )
    assert len(desk.calls) == 1


async def test_a_mistake_is_dead_lettered_after_the_retries_without_a_word_of_its_text(
    producer: AIOKafkaProducer, kafka_bootstrap: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(producer, backoff_s=(0, 0))
    event, behind = stamped(case_opened()), stamped(case_opened())
    desk.fail(event.key, lambda: KeyError("王芳 13800000000"))
    with caplog.at_level(logging.WARNING):
        await desk.receiver.handle([record_of(event), record_of(behind, 1)])
    assert desk.calls == [[event.key]] * 3 + [[behind.key]]
    (letter,) = await buried(kafka_bootstrap, {event.key.encode()})
    assert letter.reason == "failed"
    assert letter.message.startswith("KeyError in _one")
    assert "王芳" not in letter.message + "".join(record.getMessage() for record in caplog.records)


async def test_what_the_store_refuses_for_good_is_a_mistake_and_does_not_hold_up_its_partition(
    desk: Desk, kafka_bootstrap: str
) -> None:
    event, behind = stamped(case_opened()), stamped(case_opened())
    desk.fail(event.key, lambda: DuplicateKeyError("twice"))
    assert await desk.receiver.handle([record_of(event), record_of(behind, 1)]) == {}
    assert desk.handled == [behind.key]
    assert len(await buried(kafka_bootstrap, {event.key.encode()})) == 1


FAULTS: dict[str, Raise] = {
    "the store is away": lambda: ConnectionFailure("away"),
    "a connection breaks": lambda: ConnectionResetError(),
    "something has not come": lambda: NotYet("the place tree"),
    "somebody is full": lambda: Unavailable("test.busy", "later"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_stops_its_partition_there_and_no_other_and_buries_nothing(
    desk: Desk, kafka_bootstrap: str, fault: Raise
) -> None:
    first, stuck, behind, elsewhere = (stamped(case_opened()) for _ in range(4))
    desk.fail(stuck.key, fault)
    records = [record_of(first, 4), record_of(stuck, 5), record_of(behind, 6), record_of(elsewhere, 9, partition=1)]
    assert await desk.receiver.handle(records) == {TopicPartition(CASES, 0): 5}
    assert sorted(desk.handled) == sorted([first.key, elsewhere.key])
    assert await buried(kafka_bootstrap, {stuck.key.encode(), behind.key.encode()}) == []


async def test_a_short_fault_is_outlasted_by_the_retries(producer: AIOKafkaProducer) -> None:
    desk = Desk(producer, backoff_s=(0, 0))
    event = stamped(case_opened())
    desk.fail(event.key, lambda: ConnectionFailure("away"), lambda: AlreadyHandled())
    assert await desk.receiver.handle([record_of(event)]) == {}
    assert len(desk.calls) == 2


async def test_a_poison_message_behind_a_fault_is_not_buried_before_its_turn(desk: Desk, kafka_bootstrap: str) -> None:
    stuck, bad = stamped(case_opened()), stamped(case_opened())
    desk.fail(stuck.key, FAULTS["the store is away"])
    records = [record_of(stuck, 0), record_of(bad, 1, value=b"{")]
    for _ in range(2):
        await desk.receiver.handle(records)
    desk.fails.clear()
    await desk.receiver.handle(records)
    assert len(await buried(kafka_bootstrap, {bad.key.encode()})) == 1


async def test_bulk_work_is_called_with_runs_of_one_event_in_their_order(desk: Desk) -> None:
    a, b, c, d = stamped(standing()), stamped(standing()), stamped(standing()), stamped(standing())
    await desk.receiver.handle([record_of(c, 2), record_of(a, 0), record_of(b, 1), record_of(d, 0, partition=1)])
    assert sorted(desk.calls) == sorted([[a.key, b.key, c.key], [d.key]])


async def test_in_bulk_work_the_one_that_cannot_be_handled_is_buried_and_its_neighbours_go_on(
    desk: Desk, kafka_bootstrap: str
) -> None:
    good, bad, behind = (stamped(standing()) for _ in range(3))
    desk.fail(bad.key, lambda: ValueError("no"))
    assert await desk.receiver.handle([record_of(e, n) for n, e in enumerate((good, bad, behind))]) == {}
    assert desk.handled == [good.key, behind.key]
    (letter,) = await buried(kafka_bootstrap, {bad.key.encode()})
    assert (letter.topic, letter.offset, letter.reason) == (STANDINGS, 1, "failed")


async def test_a_fault_amid_taken_apart_bulk_work_stops_there_and_buries_no_event_twice(
    desk: Desk, kafka_bootstrap: str
) -> None:
    bad, stuck, behind = (stamped(standing()) for _ in range(3))
    desk.fail(bad.key, lambda: ValueError("no"))
    desk.fail(stuck.key, FAULTS["the store is away"])
    records = [record_of(event, number) for number, event in enumerate((bad, stuck, behind))]
    assert await desk.receiver.handle(records) == {TopicPartition(STANDINGS, 0): 1}
    desk.fails.pop(stuck.key)
    assert await desk.receiver.handle(records[1:]) == {}
    assert desk.handled == [stuck.key, behind.key]
    assert len(await buried(kafka_bootstrap, {bad.key.encode()})) == 1


async def test_markers_and_events_of_no_interest_are_passed_over(desk: Desk) -> None:
    marker = record_of(stamped(standing()), 0, key=KEY, value=b"", headers=tuple(headers(Marker(NOON, -1))))
    other = stamped(CaseExtended(**case_opened().model_dump()))
    assert await desk.receiver.handle([marker, record_of(other, 1)]) == {}
    assert desk.calls == []


async def test_each_message_is_handled_under_its_own_correlation_id_and_bulk_work_under_none(desk: Desk) -> None:
    first, second = stamped(case_opened(), "c1"), stamped(case_opened(), "c2")
    bulk = [stamped(standing(), "c3"), stamped(standing(), "c4")]
    await desk.receiver.handle([record_of(first, 0), record_of(second, 1)])
    await desk.receiver.handle([record_of(event, number) for number, event in enumerate(bulk)])
    assert desk.correlations == ["c1", "c2", ""]


async def test_who_leaves_begins_nothing_more(desk: Desk) -> None:
    desk.receiver.leave()
    event = stamped(case_opened())
    assert await desk.receiver.handle([record_of(event, 3)]) == {TopicPartition(CASES, 0): 3}
    assert desk.calls == []


async def test_a_batch_that_takes_too_long_is_cut_so_that_the_group_does_not_lose_its_member(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.receiver.BATCH_S", -1.0)
    assert await desk.receiver.handle([record_of(stamped(case_opened()), 3)]) == {TopicPartition(CASES, 0): 3}


async def test_what_is_in_hand_counts_as_not_handled(producer: AIOKafkaProducer) -> None:
    seen = []

    async def look(deps: None, event: Any) -> None:
        seen.append(dict(receiver._positions._next))

    consumer = EventConsumer[None]("desk")
    consumer.on(CaseOpened)(look)
    receiver = Receiver(consumer, DeadLetters(producer, SERVICE), FixedClock(NOON), None)
    place = TopicPartition(CASES, 0)
    await receiver.handle([record_of(stamped(case_opened()), 4), record_of(stamped(case_opened()), 5)])
    assert seen == [{place: 4}] * 2
    assert receiver._positions._next == {place: 6}
