"""Whether a reader that knows a contract as it was recorded can read what is published now."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shared.envelope.open_enum import OPEN

# All that says what a value may be. Descriptions and titles may change.
_LIMITS = ("type", "format", "pattern", "const", "anyOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LIMITS += ("minLength", "maxLength", "minItems", "maxItems")

# Readers lose nothing when a topic becomes compacted: its events carry whole states, which another test holds.
_KEPT_FOR_EVER = ("compacted", True)


def breaks(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each change that is no optional addition: it needs a new version of the contract."""
    sentences = [
        f"its {name} was {recorded[name]!r} and is {now[name]!r}"
        for name in ("topic", "key", "compacted")
        if recorded[name] != now[name] and (name, now[name]) != _KEPT_FOR_EVER
    ]
    before, after = (_Shape.of(one["schema"], one["schema"]) for one in (recorded, now))
    return sentences + sorted(_changes(before, after, "the event"))


class _Shape(NamedTuple):
    """A part of a schema with what it refers to, and whether it may be null."""

    schema: Mapping[str, Any]
    root: Mapping[str, Any]
    nullable: bool

    @classmethod
    def of(cls, schema: Mapping[str, Any], root: Mapping[str, Any]) -> "_Shape":
        choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
        nullable = len(choices) < len(schema.get("anyOf", ()))
        if len(choices) == 1:
            schema = choices[0]
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return cls(schema, root, nullable)

    def part(self, *path: str) -> "_Shape":
        schema = self.schema
        for step in path:
            schema = schema[step]
        return _Shape.of(schema, self.root)


def _changes(before: _Shape, after: _Shape, at: str) -> Iterator[str]:
    if before.nullable != after.nullable:
        yield f"{at} may {'no longer' if before.nullable else 'now'} be null"
    for limit in _LIMITS:
        if before.schema.get(limit) != after.schema.get(limit):
            yield f"{at}: {limit} was {before.schema.get(limit)!r} and is {after.schema.get(limit)!r}"
    values, now = set(before.schema.get("enum", ())), set(after.schema.get("enum", ()))
    if before.schema.get(OPEN) and not after.schema.get(OPEN):
        yield f"{at} may no longer gain members"
    if gone := values - now:
        yield f"{at} may no longer be {', '.join(sorted(gone))}"
    if (gained := now - values) and not before.schema.get(OPEN):  # an older reader cannot read it
        yield f"{at} may now be {', '.join(sorted(gained))}"
    if "items" in before.schema and "items" in after.schema:
        yield from _changes(before.part("items"), after.part("items"), f"an item of {at}")
    yield from _fields(before, after, at)


def _fields(before: _Shape, after: _Shape, at: str) -> Iterator[str]:
    fields, now = before.schema.get("properties", {}).keys(), after.schema.get("properties", {}).keys()
    for name in fields - now:
        yield f"{at} has lost its field {name}"
    for name in set(after.schema.get("required", ())) - set(before.schema.get("required", ())):
        yield f"{at} requires the field {name}"
    for name in fields & now:
        yield from _changes(before.part("properties", name), after.part("properties", name), f"{name} of {at}")
