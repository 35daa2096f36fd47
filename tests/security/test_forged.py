"""Forged events: a record that the owner of its topic did not write has no effect, is kept and is counted."""

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.checkpoint.replicas import Known
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.bus.consumer import EventConsumer
from shared.bus.reading import read_event
from shared.envelope import letters, markers
from shared.envelope.event import BrokenMessage, Headers, encode
from shared.envelope.macs import HEADER, OFF, Macs
from shared.envelope.markers import Marker
from shared.events.isolation import CaseOpened
from shared.events.registration import STANDINGS, Colour
from shared.replicas.replica import Replica
from tests.security.conftest import MakeMacs
from tests.shared.owning import Colours
from tests.shared.samples import NOON, case_opened, record_of, stamped, standing

GREEN_AFTER = NOON + timedelta(days=1)


def signed_record(macs: Macs, event: Any, offset: int = 0, topic: str = "", **other: Any) -> Any:
    """Return the event as a record that a service has signed; `other` replaces parts of it after that."""
    wire = encode(event)
    headers = tuple(macs.sign(topic or wire.topic, wire.key, wire.value, wire.headers))
    return record_of(event, offset, **({"headers": headers} | other))


def altered(headers: Sequence[tuple[str, bytes]], name: str, value: bytes) -> Headers:
    return [(n, value if n == name else v) for n, v in headers]


Forge = Callable[[Macs, Macs, Any], Any]
# By the registration's MACs, those of supply, and an event that turns a red person green.
FORGERIES: dict[str, Forge] = {
    "no MAC": lambda own, other, e: record_of(e, 1),
    "a MAC of zeros": lambda own, other, e: record_of(
        e, 1, headers=(*encode(e).headers, (HEADER, b"\x01" + b"\0" * 16))
    ),
    "an empty MAC": lambda own, other, e: record_of(e, 1, headers=(*encode(e).headers, (HEADER, b""))),
    "a MAC that is null": lambda own, other, e: record_of(e, 1, headers=(*encode(e).headers, (HEADER, None))),
    "a key that no service has": lambda own, other, e: record_of(
        e, 1, headers=(*encode(e).headers, (HEADER, b"\xc8" + b"x" * 16))
    ),
    "the key of another service": lambda own, other, e: signed_record(other, e, 1),
    "the MAC of another topic": lambda own, other, e: signed_record(own, e, 1, topic="registration.places.v1"),
    "another value": lambda own, other, e: signed_record(
        own,
        e.model_copy(update={"colour": Colour.RED}).stamped(e.meta),
        1,
        value=encode(e).value,
    ),
    "another key": lambda own, other, e: signed_record(own, e, 1, key=b"r2"),
    "another MAC beside the true one": lambda own, other, e: (
        lambda true: record_of(e, 1, headers=(*true.headers, (HEADER, b"\x01" + b"x" * 16)))
    )(signed_record(own, e, 1)),
    "no value": lambda own, other, e: record_of(e, 1, value=None, headers=()),
}


def assert_forged(record: Any, consumer: EventConsumer[None], macs: Macs) -> None:
    """Check that the consumer refuses the record as forged."""
    with pytest.raises(BrokenMessage) as refused:
        read_event(record, consumer, macs)
    assert refused.value.reason == "forged"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_standing_turns_no_red_person_green(forge: Forge, macs_of: MakeMacs) -> None:
    colours = Colours(FixedClock(NOON))
    colours.replica.macs, own = macs_of("checkpoint"), macs_of("registration")
    colours.replica.read(0, [signed_record(own, stamped(standing("r1", Colour.RED)))])
    before = forged(STANDINGS)
    colours.replica.read(0, [forge(own, macs_of("supply"), stamped(standing("r1", Colour.GREEN)))])
    assert colours.colour("r1") is Colour.RED
    assert forged(STANDINGS) == before + 1


def test_records_of_an_earlier_version_that_their_owner_has_signed_since_raise_no_alarm_and_others_do(
    macs_of: MakeMacs,
) -> None:
    colours = Colours(FixedClock(NOON))
    colours.replica.macs, own = macs_of("checkpoint"), macs_of("registration")
    first, second, third = (stamped(standing("r1", colour)) for colour in (Colour.GREEN, Colour.RED, Colour.GREEN))
    before = forged(STANDINGS)
    colours.replica.read(0, [record_of(first, 0), record_of(second, 1)], at_end=False)
    colours.replica.read(0, [signed_record(own, second, 2)])
    assert colours.colour("r1") is Colour.RED
    assert forged(STANDINGS) == before
    colours.replica.read(0, [record_of(first, 3)])  # behind the signed one, which has not overtaken it
    assert forged(STANDINGS) == before + 1
    later = Colours(FixedClock(NOON))
    later.replica.macs = macs_of("checkpoint")
    later.replica.read(0, [record_of(third, 0), signed_record(own, second, 1)])  # newer than all that is signed
    assert later.colour("r1") is Colour.RED
    assert forged(STANDINGS) == before + 2


def test_an_old_event_with_a_newer_id_type_or_time_is_forged(macs_of: MakeMacs) -> None:
    colours = Colours(FixedClock(NOON))
    colours.replica.macs, own = macs_of("checkpoint"), macs_of("registration")
    old = signed_record(own, stamped(standing("r1", Colour.GREEN)))
    colours.replica.read(0, [old, signed_record(own, stamped(standing("r1", Colour.RED)), 1)])
    for name, value in (
        ("ce_id", new_id().encode()),
        ("ce_time", GREEN_AFTER.isoformat().encode()),
        ("ce_type", b"registration.StandingChanged.v2"),
        ("ce_source", b"/lastmetre/supply"),
    ):
        before = forged(STANDINGS)
        again = record_of(stamped(standing("r1")), 2, value=old.value, headers=altered(old.headers, name, value))
        colours.replica.read(0, [again])
        assert colours.colour("r1") is Colour.RED, name
        assert forged(STANDINGS) == before + 1, name
    added = record_of(stamped(standing("r1")), 3, value=old.value, headers=(*old.headers, ("ce_id", b"z")))
    colours.replica.read(0, [added])  # of two headers with one name the last counts
    assert colours.colour("r1") is Colour.RED


def test_bytes_cannot_be_moved_between_the_parts_of_a_record(macs_of: MakeMacs) -> None:
    macs = macs_of("registration")
    headers = macs.sign(STANDINGS, b"r1", b"{}", [("ce_id", b"1"), ("ce_type", b"2")])
    macs.check(STANDINGS, b"r1", b"{}", headers)
    mac = headers[-1]
    for key, value, attributes in (
        (b"r", b"1{}", [("ce_id", b"1"), ("ce_type", b"2")]),
        (b"r1{", b"}", [("ce_id", b"1"), ("ce_type", b"2")]),
        (b"r1", b"{}", [("ce_id", b"12"), ("ce_type", b"")]),
        (b"r1", b"{}", [("ce_type", b"2"), ("ce_id", b"1")]),
        (b"r1", b"{}", [("ce_id\0ce_type", b"1"), ("ce_", b"2")]),
    ):
        with pytest.raises(BrokenMessage):
            macs.check(STANDINGS, key, value, [*attributes, mac])


@pytest.mark.parametrize("topic", [replica.topic for replica in Known.on(FixedClock(NOON)).replicas])
def test_every_topic_that_a_gate_acts_on_is_verified_and_so_is_its_completeness(topic: str, macs_of: MakeMacs) -> None:
    (replica,) = (one for one in Known.on(FixedClock(NOON)).replicas if one.topic == topic)
    own, stranger = macs_of(topic.partition(".")[0]), macs_of("notification")
    replica.macs = macs_of("checkpoint")
    replica.expect({0})
    headers = markers.headers(Marker(NOON, -1))
    before = forged(topic)
    for macs in (OFF, stranger):
        made = macs.sign(topic, markers.KEY, b"", headers)
        replica.read(0, [record_of(stamped(standing()), 0, key=markers.KEY, value=b"", headers=made)])
    assert forged(topic) == before + 2
    assert not replica.ready  # an empty list is not complete because a stranger writes that it is
    made = own.sign(topic, markers.KEY, b"", headers)
    replica.read(0, [record_of(stamped(standing()), 2, key=markers.KEY, value=b"", headers=made)])
    assert replica.ready


async def test_a_forged_record_that_a_replica_refuses_becomes_a_dead_letter_once(macs_of: MakeMacs) -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.macs = macs_of("checkpoint")
    buried, bus_is_there = [], False

    async def bury(record: Any, reason: str, message: str) -> bool:
        if bus_is_there:
            buried.append((record.offset, reason, message))
        return bus_is_there

    replica.read(0, [record_of(stamped(standing("r1", Colour.GREEN)), 7)])
    await replica.bury_forged(bury)
    assert not buried
    bus_is_there = True
    await replica.bury_forged(bury)
    await replica.bury_forged(bury)
    ((offset, reason, message),) = buried
    assert (offset, reason) == (7, "forged")
    assert STANDINGS in message


def test_a_consumer_reads_only_what_the_owner_of_the_topic_has_signed(macs_of: MakeMacs) -> None:
    consumer, macs = EventConsumer[None]("supply"), macs_of("supply")
    consumer.on(CaseOpened)(nothing)
    event = stamped(case_opened())
    assert read_event(signed_record(macs_of("isolation"), event), consumer, macs).key == event.key
    for record in (record_of(event), signed_record(macs_of("registration"), event), signed_record(macs, event)):
        assert_forged(record, consumer, macs)


def test_a_service_cannot_state_on_its_own_topic_what_another_service_knows(macs_of: MakeMacs) -> None:
    consumer, supply = EventConsumer[None]("notification"), macs_of("supply")
    consumer.on(CaseOpened)(nothing)
    event = stamped(case_opened())
    record = signed_record(supply, event, topic="supply.deliveries.v1")
    record.topic = "supply.deliveries.v1"
    for macs in (macs_of("notification"), OFF):  # with and without MACs
        assert_forged(record, consumer, macs)


def test_a_dead_letter_is_verified_as_the_record_that_it_was(macs_of: MakeMacs) -> None:
    consumer, macs = EventConsumer[None]("supply"), macs_of("supply")
    consumer.on(CaseOpened)(nothing)
    event = stamped(case_opened())
    replayed = (*letters.about(event.topic, 0, 7, "failed", "", "on_case", "supply"), (letters.REPLAYED, b"now"))
    for own, is_true in ((macs_of("isolation"), True), (macs, False), (OFF, False)):
        true = signed_record(own, event)
        letter = letters.read(record_of(event, 1, headers=(*true.headers, *replayed)))
        if is_true:
            assert read_event(letter.original, consumer, macs).key == event.key
        else:
            with pytest.raises(BrokenMessage):
                read_event(letter.original, consumer, macs)


def test_work_that_was_given_up_is_signed_for_the_topic_on_which_its_replay_goes(macs_of: MakeMacs) -> None:
    macs, event = macs_of("isolation"), stamped(case_opened())
    wire = letters.letter(event, "given_up", "no answer", "on_due")
    headers = macs.sign(wire.topic, wire.key, wire.value, wire.headers)
    letter = letters.read(record_of(event, headers=tuple(headers)))
    macs.check(event.topic, wire.key, wire.value, letter.original_headers)


def test_records_of_an_earlier_version_are_read_until_the_date_and_counted(macs_of: MakeMacs) -> None:
    event, own = stamped(standing()), macs_of("registration")
    wire = encode(event)
    until = macs_of("checkpoint", unsigned_until=NOON + timedelta(seconds=1))
    before = REGISTRY.get_sample_value("lastmetre_unsigned_events_total", {"topic": STANDINGS}) or 0
    until.check(wire.topic, wire.key, wire.value, wire.headers)
    assert REGISTRY.get_sample_value("lastmetre_unsigned_events_total", {"topic": STANDINGS}) == before + 1
    with pytest.raises(BrokenMessage, match="MAC is false"):  # a false MAC is no old record
        until.check(wire.topic, b"r2", wire.value, own.sign(wire.topic, wire.key, wire.value, wire.headers))
    with pytest.raises(BrokenMessage, match="no MAC"):
        macs_of("checkpoint", unsigned_until=NOON).check(wire.topic, wire.key, wire.value, wire.headers)


def test_a_key_rotates_while_readers_and_writers_run(
    macs_of: MakeMacs, event_files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.envelope.macs.LOOK_EVERY_S", 0.0)
    monkeypatch.setattr("shared.envelope.macs.LOOK_SOONEST_S", 0.0)
    writer, reader, wire = macs_of("registration"), macs_of("checkpoint"), encode(stamped(standing()))
    file, new = event_files["registration"], "2 " + "A" * 43 + "=\n"
    old = file.read_text()

    def sign() -> tuple[Headers, int]:
        headers = writer.sign(wire.topic, wire.key, wire.value, wire.headers)
        return headers, headers[-1][1][0]

    first, number = sign()
    assert number == 1
    replace(file, new + old)
    assert sign()[1] == 1  # the added key verifies and does not sign yet
    replace(file, old + new)
    second, number = sign()
    assert number == 2
    for headers in (first, second):
        reader.check(wire.topic, wire.key, wire.value, headers)
    replace(file, "no key at all")  # a half-written file changes nothing
    reader.check(wire.topic, wire.key, wire.value, second)
    replace(file, new)
    reader.check(wire.topic, wire.key, wire.value, second)
    with pytest.raises(BrokenMessage, match="not known here"):
        reader.check(wire.topic, wire.key, wire.value, first)


async def nothing(deps: None, event: Any) -> None:
    """Handle an event."""


def replace(path: Path, text: str) -> None:
    """Replace a file as tools do: by another one."""
    other = path.with_suffix(".new")
    other.write_text(text)
    shutil.move(other, path)


def forged(topic: str) -> float:
    """Return how many forged records of the topic this process has counted."""
    return REGISTRY.get_sample_value("lastmetre_forged_events_total", {"topic": topic}) or 0
