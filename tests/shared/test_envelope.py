"""Events as Kafka carries them: CloudEvents in binary mode."""

import json
from datetime import UTC, datetime

import pytest

from shared.base.ids import new_id
from shared.envelope.event import BrokenMessage, Event, Meta, contracts, decode, encode, type_of
from shared.events.isolation import CASES, CaseOpened
from tests.shared.samples import NOON, case_opened, stamped

META = Meta("e1", NOON, "isolation", "c1", "e0")


def test_an_event_comes_back_as_it_went_with_its_envelope() -> None:
    event = case_opened("case-1").stamped(META)
    wire = encode(event)
    assert (wire.topic, wire.key) == (CASES, b"case-1")
    back = decode(wire.headers, wire.value)
    assert isinstance(back, CaseOpened)
    assert back == event
    assert (back.meta, back.id, back.time) == (META, "e1", NOON)


def test_its_attributes_are_headers_and_its_facts_are_json() -> None:
    wire = encode(case_opened("case-1").stamped(META))
    assert dict(wire.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e1",
        "ce_source": b"/lastmetre/isolation",
        "ce_type": b"isolation.CaseOpened.v1",
        "ce_time": b"2026-02-10T04:00:00+00:00",
        "ce_correlationid": b"c1",
        "ce_causationid": b"e0",
        "content-type": b"application/json",
    }
    assert json.loads(wire.value)["case_id"] == "case-1"


def test_readers_ignore_what_a_newer_publisher_adds() -> None:
    wire = encode(case_opened("case-1").stamped(META))
    newer = json.dumps(json.loads(wire.value) | {"colour_of_the_door": "blue"}).encode()
    assert decode([*wire.headers, ("ce_newer", b"x")], newer) == decode(wire.headers, wire.value)


def test_a_time_with_another_offset_is_the_same_instant() -> None:
    wire = encode(case_opened().stamped(META))
    headers = [(name, b"2026-02-10T12:00:00+08:00" if name == "ce_time" else value) for name, value in wire.headers]
    assert decode(headers, wire.value).time == NOON


def test_an_event_without_an_envelope_cannot_be_sent() -> None:
    with pytest.raises(LookupError, match="emit it in a unit of work"):
        encode(case_opened())


def test_what_is_wrong_is_reported_without_quoting_it() -> None:
    wire = encode(stamped(case_opened()))
    value = json.dumps(json.loads(wire.value) | {"starts_on": "王芳"}).encode()
    with pytest.raises(BrokenMessage, match="starts_on: Input should be a valid date") as broken:
        decode(wire.headers, value)
    assert "王芳" not in str(broken.value)


def test_the_type_of_a_record_is_read_whatever_its_headers_are() -> None:
    assert type_of([("ce_type", b"a.B.v1"), ("x", None), ("y", b"\xff")]) == "a.B.v1"
    assert type_of([("ce_type", None)]) == ""
    assert type_of([]) == ""


def test_a_contract_states_a_topic_of_its_service_and_a_name_of_its_own() -> None:
    assert contracts()["isolation.CaseOpened.v1"] is CaseOpened
    with pytest.raises(ValueError, match="is not <service>"):
        type("Wrong", (Event,), {"__module__": __name__}, topic="isolation", key="x")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="two contracts are called"):
        type("CaseOpened", (Event,), {"__module__": __name__}, topic=CASES, key="x")  # type: ignore[call-overload]


def test_ids_of_events_sort_by_the_order_in_which_they_were_stamped() -> None:
    events = [case_opened().stamped(Meta(new_id(), datetime.now(UTC), "isolation", "")) for _ in range(100)]
    assert [event.id for event in events] == sorted(event.id for event in events)
