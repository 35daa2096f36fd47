"""What counts as a breaking change, on contracts made for it."""

from enum import StrEnum
from typing import Any

import pytest
from pydantic import BaseModel, Field, create_model

from shared.envelope.open_enum import OpenEnum
from tests.contracts.compatibility import breaks


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class MoreColours(StrEnum):
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"


class Rule(OpenEnum):
    FEVER = "fever"
    GAP = "gap"


class MoreRules(OpenEnum):
    FEVER = "fever"
    GAP = "gap"
    DRONE = "drone"


class FewerRules(OpenEnum):
    FEVER = "fever"


class ClosedRule(StrEnum):
    FEVER = "fever"
    GAP = "gap"


class FewerColours(StrEnum):
    RED = "red"


class Line(BaseModel):
    item: str
    quantity: int


class LineWithLot(Line):
    lot: str | None = None


class LineWithUnit(Line):
    unit: str


FIELDS: dict[str, Any] = {
    "case_id": (str, ...),
    "colour": (Colour, ...),
    "former": (Colour | None, None),
    "count": (int, ...),
    "lines": (tuple[Line, ...], ()),
    "keeper_id": (str | None, None),
}


def described(change: dict[str, Any] | None = None, drop: str = "", **about: Any) -> dict[str, Any]:
    fields = {name: field for name, field in (FIELDS | (change or {})).items() if name != drop}
    schema = create_model("CaseOpened", **fields).model_json_schema()
    contract = {"topic": "isolation.cases.v1", "key": "case_id", "compacted": False}
    return contract | about | {"schema": schema}


HARMLESS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an optional field": {"change": {"doctor_id": (str | None, None)}},
    "a field with a default": {"change": {"closed": (bool, False)}},
    "an optional field within a line": {"change": {"lines": (tuple[LineWithLot, ...], ())}},
    "a topic that keeps the newest event of each key for ever": {"compacted": True},
    "another description": {"change": {"count": (int, Field(description="how many"))}},
}

BREAKING: dict[str, tuple[dict[str, Any], str]] = {
    "a field is gone": ({"drop": "keeper_id"}, "has lost its field keeper_id"),
    "a field is renamed": ({"drop": "count", "change": {"number": (int, ...)}}, "has lost its field count"),
    "a new required field": ({"change": {"doctor_id": (str, ...)}}, "requires the field doctor_id"),
    "an optional field is required": ({"change": {"keeper_id": (str | None, ...)}}, "requires the field keeper_id"),
    "an optional field may be null no more": ({"change": {"keeper_id": (str, "")}}, "no longer be null"),
    "a field may be null": ({"change": {"case_id": (str | None, ...)}}, "case_id of the event may now be null"),
    "another type": ({"change": {"count": (str, ...)}}, "type was 'integer' and is 'string'"),
    "a narrower type": ({"change": {"count": (int, Field(ge=1))}}, "minimum was None and is 1"),
    "a value of an enumeration is gone": ({"change": {"colour": (FewerColours, ...)}}, "may no longer be green"),
    "another value of an enumeration": (
        {"change": {"colour": (MoreColours, ...)}},
        "colour of the event may now be yellow",
    ),
    "one of an optional enumeration": ({"change": {"former": (FewerColours | None, None)}}, "may no longer be green"),
    "free text becomes an enumeration": ({"change": {"case_id": (Colour, ...)}}, "may now be green, red"),
    "a field of a line is required": (
        {"change": {"lines": (tuple[LineWithUnit, ...], ())}},
        "an item of lines of the event requires the field unit",
    ),
    "another topic": ({"topic": "isolation.others.v1"}, "its topic was 'isolation.cases.v1'"),
    "another key": ({"key": "resident_id"}, "its key was 'case_id' and is 'resident_id'"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_an_addition_breaks_no_reader(change: dict[str, Any]) -> None:
    assert breaks(described(), described(**change)) == []


@pytest.mark.parametrize(("change", "sentence"), BREAKING.values(), ids=BREAKING.keys())
def test_each_other_change_is_reported_in_a_sentence(change: dict[str, Any], sentence: str) -> None:
    sentences = breaks(described(), described(**change))
    assert any(sentence in one for one in sentences), sentences


def test_a_compacted_topic_that_forgets_breaks_who_begins_to_read_later() -> None:
    assert breaks(described(compacted=True), described()) == ["its compacted was True and is False"]


def ruled(rule: type[StrEnum]) -> dict[str, Any]:
    return described({"rule": (rule, ...), "rules": (tuple[rule, ...], ())})  # type: ignore[valid-type]


def test_an_open_enumeration_may_gain_members_and_a_closed_one_may_be_opened() -> None:
    assert breaks(ruled(Rule), ruled(MoreRules)) == []
    assert breaks(ruled(ClosedRule), ruled(Rule)) == []


def test_an_open_enumeration_loses_no_member_and_stays_open() -> None:
    assert any("may no longer be gap" in one for one in breaks(ruled(Rule), ruled(FewerRules)))
    assert any("may no longer gain members" in one for one in breaks(ruled(Rule), ruled(ClosedRule)))


def test_to_open_an_enumeration_and_to_add_to_it_are_two_releases() -> None:
    assert any("may now be drone" in one for one in breaks(ruled(ClosedRule), ruled(MoreRules)))
