"""Examples of JSON schemas, for the API documents: each is valid by its schema, and the same in every run."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Any

from shared.base.example_values import AT, BY_PATTERN, DAY, ENDINGS, VALUES, uuid_of
from shared.base.json_types import JsonView

_DEEPEST = 12


class NoExample(ValueError):
    """A schema of a form that is not known here: give its field an example of its own (`examples=[...]`)."""


class Examples:
    """Makes examples of the schemas of one document, whose `$ref` are looked up in it."""

    def __init__(self, document: JsonView) -> None:
        self._document = document

    def of(self, schema: JsonView, name: str = "", depth: int = 0) -> Any:  # Any: a JSON value
        """Return an example of a schema: what it states itself, else one by the field's name and by its type.

        Raises `NoExample` where none is known.
        """
        schema = self._resolved(schema)
        if depth > _DEEPEST:
            raise NoExample(f"{name}: the schema nests more than {_DEEPEST} levels")
        if stated := self._stated(schema):
            return stated[0]
        for choices in ("anyOf", "oneOf"):
            if choices in schema:
                return self._chosen(schema[choices], name, depth)
        make = {"object": self._object, "array": self._array}.get(schema.get("type", ""))
        return make(schema, name, depth) if make else _scalar(schema, name)

    def _resolved(self, schema: JsonView) -> JsonView:
        while "$ref" in schema or len(schema.get("allOf", ())) == 1:
            inner = schema["allOf"][0] if "allOf" in schema else self._named(schema["$ref"])
            schema = {**inner, **{key: value for key, value in schema.items() if key not in ("$ref", "allOf")}}
        return schema

    def _named(self, reference: str) -> JsonView:
        part = self._document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
        return part

    def _stated(self, schema: JsonView) -> list[Any]:  # Any: JSON values
        if "const" in schema:
            return [schema["const"]]
        return list(chain(schema.get("examples", ()), schema.get("enum", ()), schema.get("x-known", ())))

    def _chosen(self, choices: list[JsonView], name: str, depth: int) -> Any:  # Any: a JSON value
        return self.of(next((one for one in choices if one.get("type") != "null"), choices[0]), name, depth + 1)

    def _object(self, schema: JsonView, name: str, depth: int) -> Any:  # Any: a JSON value
        if "properties" not in schema:
            return self._mapping(schema, name, depth)
        fields = schema["properties"].items()
        return {field: self.of(one, field, depth + 1) for field, one in fields if not one.get("deprecated")}

    def _mapping(self, schema: JsonView, name: str, depth: int) -> Any:  # Any: a JSON value
        for value in _usual(name):
            if isinstance(value, dict):
                return value
        for pattern, one in schema.get("patternProperties", {}).items():
            return {_text({"pattern": pattern}, name): self.of(one, _member(name), depth + 1)}
        values = schema.get("additionalProperties")
        return {_member(name): self.of(values, _member(name), depth + 1)} if isinstance(values, Mapping) else {}

    def _array(self, schema: JsonView, name: str, depth: int) -> Any:  # Any: a JSON value
        for value in _usual(name):
            if isinstance(value, list):
                return value
        items = schema.get("prefixItems") or [schema.get("items", {})]
        return [self.of(one, _member(name), depth + 1) for one in items]


def _member(name: str) -> str:
    """Return the name of a member of a list of that name."""
    return "by" if name.startswith("by_") else name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _usual(name: str) -> Iterator[Any]:  # Any: JSON values
    yield from VALUES.get(name, ())
    yield from VALUES.get(name.rpartition("_")[2], ()) if name not in VALUES else ()
    for ending, values in ENDINGS:
        if name.endswith(ending):
            yield from values


def _scalar(schema: JsonView, name: str) -> Any:  # Any: a JSON value
    kind = schema.get("type")
    if kind == "string":
        return _text(schema, name)
    if kind in ("integer", "number"):
        return _number(schema, name, whole=kind == "integer")
    if kind == "boolean":
        return schema.get("default", False)
    if kind == "null":
        return None
    if kind is None:  # any value at all
        return next(_usual(name), name)
    raise NoExample(f"{name}: no example of the type {kind} is known")


def _text(schema: JsonView, name: str) -> str:
    formats = {"date-time": [AT], "date": [DAY], "uuid": [uuid_of(name)], "time": ["08:00"]}
    by_format = formats.get(schema.get("format", ""), ())
    usual = (value for value in _usual(name) if isinstance(value, str))
    ids = [uuid_of(name)] if name.endswith(("_id", "_of")) else []
    default = [str(schema["default"])] if isinstance(schema.get("default"), str) else []
    words = [name.replace("_", " ") or "text"]
    candidates: Iterator[str] = chain(
        by_format, usual, ids, default, words if "pattern" not in schema else (), BY_PATTERN
    )
    for text in candidates:
        if _fits(text, schema):
            return text
    raise NoExample(f"{name}: no text for {dict(schema)} is known")


def _fits(text: str, schema: JsonView) -> bool:
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return False
    return re.search(schema.get("pattern", ""), text) is not None and _has_form(text, schema.get("format"))


def _has_form(text: str, form: str | None) -> bool:
    read = {"date-time": datetime.fromisoformat, "date": date.fromisoformat}.get(form or "")
    try:
        return read is None or bool(read(text))
    except ValueError:
        return False


def _number(schema: JsonView, name: str, *, whole: bool) -> float:
    usual = [value for value in _usual(name) if isinstance(value, int | float) and not isinstance(value, bool)]
    lowest = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    default = [schema["default"]] if isinstance(schema.get("default"), int | float) else []
    for value in (*usual, *default, 3, lowest + 1):
        if lowest <= value <= schema.get("maximum", value):
            return int(value) if whole else value
    return int(lowest) if whole else lowest
