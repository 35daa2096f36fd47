"""Publishes events as other services would, and checks the effects."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from shared.base.ids import new_id
from shared.bus.kafka import MAX_MESSAGE_BYTES, connection
from shared.envelope import letters
from shared.envelope.event import Event, Meta, Wire, attributes_of, encode
from shared.events.checkpoint import ALERTS, AlertRule, CredentialKind, Direction, PassageRecorded, Verdict
from shared.events.isolation import CaseKind, CaseOpened, FeverReported, HalfDay
from shared.events.notification import OUTCOMES
from tests.faults.books import effects_twice, id_of, records_of, repeated
from tests.faults.trial import Outcome
from tests.faults.world import World
from tests.support.signing import signed

AREA = "/jinhe/hedong/chunhua/c01"
PATIENCE_MS = 60_000
FEVER_C, FEVERISH = 38.4, 0.1
# Outcomes of each event if no person answers for the place: of person, keeper and doctor.
OUTCOMES_OF = {CaseOpened.type: 3, FeverReported.type: 2}
MESSAGES_OF = {CaseOpened.type: 1, FeverReported.type: 0}


class Position(NamedTuple):
    """The position of a record."""

    topic: str
    partition: int
    offset: int


class Feed(AbstractAsyncContextManager["Feed"]):
    """Publishes events and broken records, and keeps the acknowledged ones with their positions."""

    def __init__(self, world: World) -> None:
        self.events: dict[str, Event] = {}
        self.positions: dict[str, Position] = {}  # of the events, by their ids
        self.broken: set[Position] = set()
        self._world = world
        # A long time limit, because the outcome of a produce that times out is unknown.
        patience = {"request_timeout_ms": PATIENCE_MS, "max_request_size": MAX_MESSAGE_BYTES, "acks": "all"}
        self._sender = AIOKafkaProducer(**connection(world.kafka.bootstrap), **patience)

    async def __aenter__(self) -> Self:
        await self._sender.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sender.stop()

    async def say(self, *events: Event) -> list[Event]:
        """Publish the events in order; return them with their envelopes once the bus has them."""
        published = [self.stamped(event) for event in events]
        wires = [signed(encode(event), self._world.keys) for event in published]
        handed = [await self._sender.send(w.topic, w.value, key=w.key, headers=w.headers) for w in wires]
        written = await asyncio.gather(*handed)
        self.events |= {event.id: event for event in published}
        self.positions |= {
            e.id: Position(w.topic, w.partition, w.offset) for e, w in zip(published, written, strict=True)
        }
        return published

    async def say_broken(self, wire: Wire) -> Position:
        """Publish a record that no consumer can decode."""
        position = await self._send(wire)
        self.broken.add(position)
        return position

    async def say_large(self, event: Event, size: int) -> None:
        """Publish an event whose record has more than `size` bytes, most of them in an unknown field."""
        published = self.stamped(event)
        wire = encode(published)
        padding = b',"padding":"' + b"x" * size + b'"}'
        await self._send(wire._replace(value=wire.value.removesuffix(b"}") + padding))
        self.events[published.id] = published

    async def _send(self, wire: Wire) -> Position:
        wire = signed(wire, self._world.keys)
        written = await self._sender.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
        return Position(wire.topic, written.partition, written.offset)

    def stamped(self, event: Event) -> Event:
        """Return the event with an envelope, as a service gives it one."""
        return event.stamped(Meta(new_id(), self._world.clock.now(), "test", new_id()))

    async def play(self, until: asyncio.Event, make: Callable[[], Event], rate: float, broken: float = 0.0) -> None:
        """Publish `rate` events a second until `until` is set; the share `broken` of them cannot be decoded."""
        due, chance = time.monotonic(), random.Random(self._world.chance.random())
        while not until.is_set():
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1)
            event = make()
            if chance.random() < broken:
                await self.say_broken(encode(self.stamped(event))._replace(value=b'{"half'))
            else:
                await self.say(event)

    def of(self, *contracts: type[Event]) -> list[Event]:
        """Return the acknowledged events of these kinds."""
        return [event for event in self.events.values() if isinstance(event, contracts)]


def news(world: World) -> Event:
    """Return news of a case: it was opened, or its person has a fever."""
    day = world.clock.now().date()
    whose = {"case_id": new_id(), "resident_id": new_id(), "area_path": f"{AREA}/p01/1/1/101"}
    if world.chance.random() < 0.5:
        half = HalfDay.MORNING
        return FeverReported(**whose, day=day, half_day=half, temperature_c=FEVER_C)
    until = day + timedelta(days=14)
    home = {"household_id": new_id(), "kind": CaseKind.HOME, "reason": "doctors_order"}
    return CaseOpened(**whose, **home, starts_on=day, ends_on=until)


def passages(world: World, feverish: float = FEVERISH) -> Callable[[], PassageRecorded]:
    """Return a maker of passages of one device, each of another resident; the share `feverish` has a fever."""
    seq = 0

    def make() -> PassageRecorded:
        nonlocal seq
        seq += 1
        fever = world.chance.random() < feverish
        resident, now = new_id(), world.clock.now()
        return PassageRecorded(
            subject=resident,
            scan_id=new_id(),
            gate_id="gate-01",
            area_path=f"{AREA}/p01",
            device_id="device-gate-01",
            seq=seq,
            at=now,
            received_at=now,
            direction=Direction.IN,
            credential_kind=CredentialKind.CODE,
            resident_id=resident,
            verdict=Verdict.RECHECK if fever else Verdict.ALLOW,
            reasons=("fever",) if fever else (),
            temperature_c=FEVER_C if fever else 36.5,
        )

    return make


async def check_messages(world: World, published: Sequence[Event], outcome: Outcome) -> None:
    """Compare the published news with notification's messages: each recipient has one for each event."""
    records = await records_of(world, OUTCOMES)
    answers: defaultdict[str, set[tuple[str, bytes]]] = defaultdict(set)
    for record in records:
        about = attributes_of(record.headers)
        answers[about.get("ce_causationid", "")].add((about["ce_type"], record.key))
    rows = await world.database("notification")["messages"].find({}, {"cause": 1}).to_list(None)
    messages = Counter(row["cause"] for row in rows)
    absent = [event.id for event in published if len(answers[event.id]) != OUTCOMES_OF[event.type]]
    otherwise = [event.id for event in published if messages[event.id] != MESSAGES_OF[event.type]]
    twice = effects_twice(records)
    _add(outcome, len(published), absent, twice)
    outcome.expect(not absent, f"{len(absent)} acknowledged news were not told, the first {absent[:3]}")
    outcome.expect(not otherwise, f"{len(otherwise)} news have more or fewer messages stored than they should")
    outcome.expect(not twice, f"{twice} outcomes were said twice in answer to one event")
    outcome.expect(bool(published), "no news was acknowledged at all")


async def check_recorded(world: World, published: Sequence[Any], outcome: Outcome) -> None:
    """Compare the published passages with the recorder's results: each is stored once, each fever has an alert."""
    rows = await world.database("checkpoint")["passages"].find({}, {"device_id": 1, "seq": 1}).to_list(None)
    stored = Counter((row["device_id"], row["seq"]) for row in rows)
    absent = [event.scan_id for event in published if (event.device_id, event.seq) not in stored]
    feverish = {event.resident_id for event in published if event.reasons}
    alerts = {id_of(one): one.key.decode() for one in await records_of(world, ALERTS)}
    alerted = Counter(alerts.values())
    without_alert = feverish - alerted.keys()
    twice = repeated(stored.elements()) + repeated(alerted.elements())
    _add(outcome, len(published), absent, twice)
    outcome.expect(not absent, f"{len(absent)} acknowledged passages are not stored, the first {absent[:3]}")
    outcome.expect(not without_alert, f"{len(without_alert)} fevers raised no {AlertRule.FEVER} alert")
    outcome.expect(not twice, f"{twice} passages are stored, or alerts raised, more than once")
    outcome.expect(bool(published), "no passage was acknowledged at all")


async def check_letters(world: World, services: Iterable[str], broken: set[Position], outcome: Outcome) -> None:
    """See that every broken record has a dead letter; a second one of the same position is a repeated delivery."""
    letters = [one for service in services for one in await letters_of(world, service)]
    kept = Counter(Position(one.topic, one.partition, one.offset) for one in letters)
    absent, more = broken - kept.keys(), kept.keys() - broken
    _add(outcome, len(broken), sorted(absent), 0)
    outcome.duplicate_deliveries += repeated(kept.elements())
    outcome.expect(not absent, f"{len(absent)} broken records have no dead letter, the first {sorted(absent)[:3]}")
    reasons = sorted({one.reason for one in letters if Position(one.topic, one.partition, one.offset) in more})
    outcome.expect(not more, f"{len(more)} records that are well have a dead letter: {', '.join(reasons)}")
    outcome.expect(bool(broken), "no broken record was acknowledged at all")


async def letters_of(world: World, service: str) -> list[letters.DeadLetter]:
    """Return every dead letter that a service has written, without those that were sent back to it."""
    all_letters = map(letters.read, await records_of(world, letters.topic_of(service)))
    return [letter for letter in all_letters if not letter.replayed]


def _add(outcome: Outcome, published: int, absent: Sequence[Any], twice: int) -> None:
    outcome.acknowledged += published
    outcome.stored += published - len(absent)
    outcome.lost += len(absent)
    outcome.duplicate_effects += twice
