"""The list of exceptions in memory: small, exact, and able to say what changed since when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from services.checkpoint.domain.standings import NAMES, STANDINGS, Digest, short_id
from services.checkpoint.replicas import Exceptions, exceptions
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.envelope import markers
from shared.envelope.event import Meta, encode
from shared.envelope.markers import Marker
from shared.events.registration import Colour
from tests.bench.memory import growth
from tests.checkpoint.gate import NOW, standing

CITY_MB = 250


class Record:
    """A standing as the replica reads it."""

    def __init__(self, event: Any, offset: int, identity: str = "") -> None:
        wire = encode(event.stamped(Meta(identity or new_id(), NOW, "registration", "")))
        self.headers, self.key, self.value, self.offset = wire.headers, wire.key, wire.value, offset


@dataclass
class List:
    """A list of exceptions that reads what a test says, on two partitions."""

    held: Exceptions = field(default_factory=lambda: Exceptions(FixedClock(NOW)))
    offsets: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})

    def hears(self, *events: Any, partition: int = 0) -> None:
        self.held.replica.read(partition, [Record(event, self._next(partition)) for event in events])

    def is_complete(self) -> None:
        self.held.replica.expect({0, 1})
        for partition in (0, 1):
            marker: Any = Record(standing("nobody", Colour.GREEN), self._next(partition))
            marker.headers = markers.headers(Marker(NOW, -1))
            self.held.replica.read(partition, [marker])

    def _next(self, partition: int) -> int:
        self.offsets[partition] += 1
        return self.offsets[partition]

    def changed(self, **since: int) -> set[int] | None:
        shorts = self.held.changed_since({int(name[1:]): offset for name, offset in since.items()})
        return None if shorts is None else set(shorts)


def test_exceptions_take_so_little_that_a_million_fit_into_a_small_process() -> None:
    """`make bench` holds the million; here the growth from few to many says what it would take."""
    (few, few_mb), (many, many_mb) = growth(20_000, 80_000)
    assert (few, many) == (20_000, 80_000)
    assert few_mb + (many_mb - few_mb) / (many - few) * 1_000_000 <= CITY_MB


@pytest.mark.parametrize("colour", Colour)
@pytest.mark.parametrize("isolated", [False, True])
def test_every_standing_is_held_as_it_was_published(colour: Colour, isolated: bool) -> None:
    known = List()
    known.is_complete()
    resident = new_id()
    known.hears(standing(resident, colour, isolated=isolated))
    current = known.held.standing(resident)
    assert current is not None
    assert (current.colour, current.isolated) == (colour, isolated)


@pytest.mark.parametrize("resident", ["r1", "R1", "", "0190f6d0000070008000000000000000", "张三", "0" * 36])
def test_an_id_that_is_no_uuid_is_known_all_the_same(resident: str) -> None:
    known = List()
    known.is_complete()
    known.hears(standing(resident, Colour.RED))
    current = known.held.standing(resident)
    assert current is not None
    assert current.colour is Colour.RED
    green = known.held.standing(resident.swapcase() + "x")
    assert green is not None
    assert green.colour is Colour.GREEN


_TOP = "0190f6d0-1234-7abc-bdef-0123456789ab"


@pytest.mark.parametrize(
    "older",
    [
        "0190f6d0-1234-7abc-bdef-0123456789aa",
        "0190f6d0-1234-7abc-8def-ffffffffffff",
        "0190f6d0-1234-7abb-bfff-ffffffffffff",
        "0190f6d0-1233-7fff-bfff-ffffffffffff",
        "0190f6cf-ffff-7fff-bfff-ffffffffffff",
        "0190f6d0-1234-5abc-bdef-0123456789ab",  # no UUIDv7
        "00000000",
    ],
)
def test_which_event_is_newer_is_decided_to_the_last_bit(older: str) -> None:
    red, yellow = standing("r1", Colour.RED), standing("r1", Colour.YELLOW)
    for order in ([(yellow, older), (red, _TOP)], [(red, _TOP), (yellow, older)], [(red, _TOP), (yellow, _TOP)]):
        known = List()
        known.held.replica.read(0, [Record(event, n, identity) for n, (event, identity) in enumerate(order)])
        current = known.held.standing("r1")
        assert current is not None
        assert current.colour is Colour.RED


@pytest.mark.parametrize("since", [datetime(1, 1, 1, tzinfo=UTC), NOW, datetime(9999, 12, 31, tzinfo=UTC)])
def test_what_held_before_counts_until_the_newer_begins(since: datetime) -> None:
    known = List()
    known.hears(standing("r1", Colour.YELLOW, since=datetime(1, 1, 1, tzinfo=UTC)))
    known.hears(standing("r1", Colour.RED, since=since))
    now, then = known.held.standing("r1", since), known.held.standing("r1", NOW - timedelta(milliseconds=1))
    assert now is not None
    assert now.colour is Colour.RED
    assert then is not None
    assert then.colour is (Colour.YELLOW if since >= NOW else Colour.RED)


def counted(known: List, residents: Sequence[str]) -> Digest:
    digest = Digest()
    for resident in residents:
        current = known.held.standing(resident)
        assert current is not None
        digest.add(STANDINGS.index(current), short_id(resident))
    return digest


def test_the_digest_is_that_of_the_whole_list_whatever_came_in_whatever_order() -> None:
    chance, known = Random(7), List()
    known.is_complete()
    residents = [new_id() for _ in range(50)] + ["r1", "r2"]
    for _ in range(500):
        event = standing(chance.choice(residents), chance.choice(list(Colour)), isolated=chance.random() < 0.5)
        known.hears(event, partition=chance.randrange(2))
    listed = [resident for resident in residents if known.held.known.get(short_id(resident))]
    assert known.held.digest.by_name() == counted(known, listed).by_name()
    assert list(known.held.digest.by_name()) == list(NAMES[1:])


def test_only_what_changed_behind_an_offset_is_returned() -> None:
    known = List()
    known.hears(standing("r1", Colour.RED), standing("r2", Colour.RED))
    known.hears(standing("r3", Colour.RED), partition=1)
    known.hears(standing("r1", Colour.GREEN))
    one, two, three = map(short_id, ("r1", "r2", "r3"))
    assert known.changed() == {one, two, three}
    assert known.changed(p0=1, p1=0) == {one, two, three}
    assert known.changed(p0=1, p1=1) == {one, two}
    assert known.changed(p0=2, p1=1) == {one}
    assert known.changed(p0=3, p1=1) == set()


def test_a_device_that_is_too_far_behind_gets_no_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "KEPT_CHANGES", 10)
    known = List()
    known.hears(*[standing(f"r{n}", Colour.RED) for n in range(30)])
    assert known.changed(p0=5) is None
    kept = known.changed(p0=25)
    assert kept == {short_id(f"r{n}") for n in range(25, 30)}


def test_after_the_bus_was_lost_changes_are_counted_by_the_new_offsets() -> None:
    known = List()
    known.hears(*[standing(f"r{n}", Colour.RED) for n in range(5)])
    known.offsets[0] = 0
    known.hears(standing("r9", Colour.RED))
    assert known.changed(p0=0) == {short_id("r9")}
    assert known.held.replica.positions == {0: 1}
