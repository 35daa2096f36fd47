"""Events are made of aggregates by attributes and hold no private field; unknown types are read as their base."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from pydantic import ValidationError

from shared.base.private import PRIVATE
from shared.envelope.event import BrokenMessage, base_of, contracts_of, decode, encode
from shared.events.isolation import CASES, CaseEvent, CaseKind, CaseOpened, CaseReleased, CaseState
from tests.shared.samples import case_opened, stamped


@dataclass(frozen=True)
class Case:
    case_id: str = "c1"
    resident_id: str = "r1"
    household_id: str = "h1"
    area_path: str = "/a"
    kind: CaseKind = CaseKind.HOME
    reason: str = field(default="王医生的话", metadata=PRIVATE)
    starts_on: date = date(2026, 2, 10)
    ends_on: date = date(2026, 2, 24)
    state: CaseState = CaseState.OBSERVING
    phone: str = field(default="13800000000", metadata=PRIVATE)


def test_an_event_takes_its_fields_from_the_aggregate_and_more_where_it_is_stated() -> None:
    event = CaseOpened.of(Case(), reason="doctors_order")
    assert (event.case_id, event.state, event.reason, event.keeper_id) == ("c1", "observing", "doctors_order", None)
    assert "138" not in event.model_dump_json()


def test_a_private_field_is_refused_even_where_the_event_has_one_of_that_name() -> None:
    with pytest.raises(TypeError, match=r"CaseOpened\.reason: Case\.reason is private"):
        CaseOpened.of(Case())


def test_what_neither_has_is_missing() -> None:
    with pytest.raises(ValidationError, match="approved_by"):
        CaseReleased.of(Case(), reason="doctors_order")


def _later(event: CaseOpened, version: str = "v1") -> list[tuple[str, bytes]]:
    name = b"isolation.CaseSuspended." + version.encode()
    return [(key, name if key == "ce_type" else value) for key, value in encode(event).headers]


def test_a_type_of_a_later_version_is_read_as_what_all_events_of_its_topic_carry() -> None:
    event = stamped(case_opened())
    read = decode(_later(event), encode(event).value, CASES)
    assert type(read) is CaseEvent
    assert (read.key, read.id, read.kind) == (event.key, event.id, event.kind)


def test_without_a_base_or_in_a_new_version_of_a_known_type_it_stays_unknown() -> None:
    event = stamped(case_opened())
    with pytest.raises(BrokenMessage, match="no such event is known"):
        decode(_later(event), encode(event).value, "checkpoint.passages.v1")
    headers = [(key, b"isolation.CaseOpened.v9" if key == "ce_type" else value) for key, value in encode(event).headers]
    with pytest.raises(BrokenMessage, match="that version is not known here"):
        decode(headers, encode(event).value, CASES)


def test_a_base_is_no_contract_itself() -> None:
    assert base_of(CASES) is CaseEvent
    assert CaseEvent not in contracts_of("isolation")
    assert CaseOpened in contracts_of("isolation")
