"""Parts of documents: objects within an aggregate, alone or in a list, and what a later version has added to them.

A writer of this version keeps the fields of a part that it does not know. In a list, the part that was read is found
again by its fields: first an equal one, then the one that agrees in most of its first fields, so a class names its
identifying fields first.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import TypeVar, get_args, get_type_hints

from pydantic import BaseModel

Value = TypeVar("Value")
Facts = dict[str, object]


@dataclass(frozen=True)
class Shape:
    """The fields of a class in their order, and the shapes of those that hold parts."""

    names: tuple[str, ...]
    parts: Mapping[str, "Shape"]


@cache
def shape_of(kind: Hashable) -> Shape:
    """Return the shape of a dataclass or a model."""
    hints = get_type_hints(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        names = tuple(kind.model_fields)
    else:
        names = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]  # a dataclass
    inner = {name: next(_classes(hints[name]), None) for name in names}
    return Shape(names, {name: shape_of(one) for name, one in inner.items() if one is not None})


def _classes(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def with_unknown(facts: Mapping[str, object], stored: Mapping[str, object], shape: Shape) -> Facts:
    """Return the facts of an aggregate, in whose parts the fields stay that only the stored document knows."""
    return {
        name: _value_with_unknown(value, stored.get(name), shape.parts[name]) if name in shape.parts else value
        for name, value in facts.items()
    }


def _value_with_unknown(value: object, stored: object, shape: Shape) -> object:
    if isinstance(value, Mapping):
        return _part_with_unknown(value, stored, shape)
    if isinstance(value, list) and isinstance(stored, list):
        return [
            _part_with_unknown(one, was, shape)
            for one, was in zip(value, _stored_parts(value, stored, shape), strict=True)
        ]
    return value


def _part_with_unknown(part: object, stored: object, shape: Shape) -> object:
    if not isinstance(part, Mapping) or not isinstance(stored, Mapping):
        return part
    unknown = {name: value for name, value in stored.items() if name not in shape.names}
    return unknown | with_unknown(part, stored, shape)


def _stored_parts(parts: Sequence[object], stored: Sequence[object], shape: Shape) -> list[object]:
    """Return for each part the stored one that it was, or None for a new part."""
    left = list(stored)
    whole = len(shape.names)
    matches: list[object] = [_take(left, part, shape, whole) for part in parts]
    return [_take(left, part, shape, 1) if was is None else was for part, was in zip(parts, matches, strict=True)]


def _take(left: list[object], part: object, shape: Shape, least: int) -> object:
    """Take the stored part that agrees with this one in most of its first fields, at least in `least` of them."""
    agreeing = [_agreement(part, one, shape) for one in left]
    most = max(agreeing, default=0)
    return left.pop(agreeing.index(most)) if most >= least else None


def _agreement(part: object, stored: object, shape: Shape) -> int:
    """Return in how many fields, counted from the first, two parts agree."""
    if not isinstance(part, Mapping) or not isinstance(stored, Mapping):
        return 0
    count = 0
    for name in shape.names:
        if not _agree(part.get(name), stored.get(name), shape.parts.get(name)):
            break
        count += 1
    return count


def _agree(value: object, stored: object, shape: Shape | None) -> bool:
    """Whether two values are the same but for fields that this version does not know."""
    if shape is None:
        return value == stored
    if isinstance(value, list) and isinstance(stored, list):
        return len(value) == len(stored) and all(_agree(*two, shape) for two in zip(value, stored, strict=True))
    if isinstance(value, Mapping) and isinstance(stored, Mapping):
        return _agreement(value, stored, shape) == len(shape.names)
    return value == stored
