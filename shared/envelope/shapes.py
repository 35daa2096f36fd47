"""What the value of a record looks like, without a word of what it says: it may name people."""

import json
from typing import NamedTuple

from shared.envelope.event import contracts
from shared.envelope.letters import Record

_KINDS = {
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
    list: "list",
    dict: "object",
}
MISSING = "missing"
NOT_JSON, NO_OBJECT, EMPTY = "not_json", "no_object", "empty"


class Field(NamedTuple):
    """A field of a contract: `kind` is what stands there, `size` the length of a text or a list, None for others."""

    name: str
    kind: str
    size: int | None
    is_required: bool


class Shape(NamedTuple):
    """The fields that the record's contract names, and how many others there are, whose names may say anything.

    `problem` says why there are no fields: `not_json`, `no_object`, `empty`, or "".
    """

    problem: str
    fields: list[Field]
    others: int


def shape_of(record: Record, event_type: str) -> Shape:
    """Return the shape of a record's value by the contract of its event type."""
    if not record.value:
        return Shape(EMPTY, [], 0)
    try:
        read = json.loads(record.value)
    except (ValueError, RecursionError):
        return Shape(NOT_JSON, [], 0)
    if not isinstance(read, dict):
        return Shape(NO_OBJECT, [], 0)
    contract = contracts().get(event_type)
    known = contract.model_fields if contract else {}
    fields = [_field(read, name, one.is_required()) for name, one in known.items()]
    return Shape("", fields, len(read.keys() - known.keys()))


def _field(read: dict[str, object], name: str, is_required: bool) -> Field:
    if name not in read:
        return Field(name, MISSING, None, is_required)
    value = read[name]
    size = len(value) if isinstance(value, str | list) else None
    return Field(name, _KINDS[type(value)], size, is_required)
