"""Requests that are right but for one value that no calendar, number or text can bear, made of an OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from shared.base.ids import new_id

TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "-1", "1e400")
DAYS = ("0001-01-01", "9999-12-31")
NUMBERS = ("1" + "0" * 400, str(2**63), str(-(2**63) - 1), "1e400", "NaN")
TEXTS = ('"\\u0000"', '"\\ud800"', '"$where"')
BY_FORMAT: Mapping[str, tuple[str, ...]] = {
    "date-time": tuple(map(json.dumps, TIMES)),
    "date": tuple(map(json.dumps, DAYS)),
    "integer": NUMBERS,
    "number": NUMBERS,
    "string": TEXTS,
}
_MARK = "@hostile@"
_DEEPEST = 6


class Call(NamedTuple):
    """A request; `body` is JSON, maybe of a kind that no client would send."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def calls(document: dict[str, Any]) -> Iterator[Call]:
    """Yield requests for every operation of a document, each with one hostile value in its query, headers or body."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield from _of(document, method.upper(), path, operation)


def _of(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Iterator[Call]:
    parameters = operation.get("parameters", [])
    schema = _json_schema(operation)
    good = None if schema is None else json.dumps(_instance(document, schema, 0)).encode()
    asked = [one for one in parameters if one.get("required") and one["in"] == "query"]
    required = {one["name"]: str(_instance(document, one["schema"], 0)) for one in asked}
    for parameter in parameters:
        for value in BY_FORMAT.get(_kind(document, parameter["schema"]), ()):
            text = str(json.loads(value)) if value.startswith('"') else value
            if parameter["in"] == "header":
                if text.isascii() and text.isprintable():
                    yield Call(method, _url(path, {}, required), {parameter["name"]: text}, good)
            else:
                name = parameter["name"]
                in_path, in_query = ({name: text}, {}) if parameter["in"] == "path" else ({}, {name: text})
                yield Call(method, _url(path, in_path, required | in_query), {}, good)
    if schema is not None:
        for marked, kind in _marked(document, schema, 0):
            for value in BY_FORMAT[kind]:
                body = json.dumps(marked).replace(f'"{_MARK}"', value)
                yield Call(method, _url(path, {}, required), {}, body.encode())


def _url(path: str, in_path: Mapping[str, str], query: Mapping[str, str]) -> str:
    parts = [
        quote(in_path.get(part[1:-1], new_id()), safe="", errors="replace") if part.startswith("{") else part
        for part in path.split("/")
    ]
    asked = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in query.items())
    return "/".join(parts) + (f"?{asked}" if asked else "")


def _json_schema(operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    match: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return match


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "anyOf" in schema or "oneOf" in schema or "allOf" in schema:
        if "$ref" in schema:
            target: Any = document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        else:
            schema = next(schema[key][0] for key in ("anyOf", "oneOf", "allOf") if key in schema)
    return schema


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    schema = _resolved(document, schema)
    if schema.get("format") in ("date-time", "date"):
        return str(schema["format"])
    return "" if "enum" in schema or "const" in schema else str(schema.get("type", ""))


def _instance(document: dict[str, Any], schema: dict[str, Any], depth: int) -> Any:
    """Return a value that the schema allows, as far as its types and formats tell."""
    schema = _resolved(document, schema)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {}) if depth < _DEEPEST else {}
        return {name: _instance(document, one, depth + 1) for name, one in fields.items()}
    if kind == "array":
        items = schema.get("items", {"type": "string"})
        return [_instance(document, items, depth + 1) for _ in range(max(1, schema.get("minItems", 0)))]
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    formats = {"date": "2026-02-10", "date-time": "2026-02-10T01:00:00Z", "uuid": new_id()}
    return formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def _marked(document: dict[str, Any], schema: dict[str, Any], depth: int) -> Iterator[tuple[Any, str]]:
    """Yield the instance with a mark instead of each of its values in turn, and what kind of value stood there."""
    schema = _resolved(document, schema)
    kind = _kind(document, schema)
    if kind in BY_FORMAT:
        yield _MARK, kind
    elif kind == "object" and depth < _DEEPEST:
        whole = _instance(document, schema, depth)
        for name, one in schema.get("properties", {}).items():
            for marked, match in _marked(document, one, depth + 1):
                yield whole | {name: marked}, match
    elif kind == "array":
        for marked, match in _marked(document, schema.get("items", {"type": "string"}), depth + 1):
            yield [marked], match
