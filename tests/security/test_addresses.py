"""No address holds a name, a phone, an ID number or a plate: proxies write addresses into their logs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.launcher.processes.child import ROOT

UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
# Free texts in addresses, and why each is no personal word. A new one fails until it stands here; one about a person
# belongs into a body.
HARMLESS = {
    ("q", "GET /v1/checkpoints"): "the name of a checkpoint",
    ("q", "GET /v1/devices"): "the name of a device",
    ("q", "GET /v1/gates"): "the name of a gate",
    ("q", "GET /v1/places"): "the name of a place",
    ("q", "GET /v1/depots"): "the name of a depot",
    ("q", "GET /v1/policies"): "the name of a checkpoint",
    ("after", ""): "a cursor that a list made",
    ("version", "GET /v1/lists"): "the version of a list",
    ("person_id", ""): "the subject of a token",
    ("reader", "GET /v1/readings"): "the subject of a token",
    ("by", "GET /v1/acts"): "the subject of a token",
    ("assigned_to", "GET /v1/deliveries"): "the subject of a token",
    ("keeper_id", "GET /v1/cases"): "the subject of a token",
    ("subject", "GET /v1/readings"): "an id, or an area path",
    ("subject", "GET /v1/acts"): "an id, or an area path",
    ("kind", "GET /v1/acts"): "a word of the services",
    ("kind", "GET /v1/readings"): "a word of the services",
    ("topic", "GET /v1/dead-letters"): "the name of a topic",
    ("letter_id", "GET /v1/dead-letters/{letter_id}"): "numbers alone: topic, partition, offset",
    ("subject", "GET /v1/messages/about/{subject}"): "an id, or an area path",
    **{
        (name, ""): "a code of the city's own"
        for name in ("checkpoint_id", "gate_id", "depot_id", "device_id", "item", "code_id", "path", "within")
    },
}
# Deprecated, with what takes its place; the next version refuses it.
DEPRECATED = {("q", "GET /v1/residents"): "POST /v1/residents/search"}


def parameters() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the parameters in the addresses of every service: name, operation, parameter."""
    for document in sorted((ROOT / "docs/api").glob("*.openapi.json")):
        for path, methods in json.loads(Path(document).read_text())["paths"].items():
            for method, operation in methods.items():
                for one in operation.get("parameters", []):
                    if one["in"] in ("query", "path"):
                        yield one["name"], f"{method.upper()} {path}", one


def is_text(schema: dict[str, Any]) -> bool:
    """Whether a value may hold any word: a text of no format, no list of members, and no form of a UUID."""
    if "anyOf" in schema:
        return any(map(is_text, schema["anyOf"]))
    form = re.sub(r"[()?]", "", schema.get("pattern", ""))
    bound = "enum" in schema or "format" in schema or "$ref" in schema or form == re.sub(r"[()?]", "", UUID)
    return schema.get("type") == "string" and not bound


def test_no_address_of_any_service_holds_a_word_about_a_person() -> None:
    free = {(name, operation): one for name, operation, one in parameters() if is_text(one["schema"])}
    unknown = {key for key in free if key not in HARMLESS and (key[0], "") not in HARMLESS}
    assert unknown == DEPRECATED.keys()
    assert all(free[key].get("deprecated") for key in DEPRECATED)
    assert len(free) > len(HARMLESS)


def test_what_the_table_names_is_there() -> None:
    known = {(name, operation) for name, operation, _ in parameters()} | {(name, "") for name, _, _ in parameters()}
    assert HARMLESS.keys() | DEPRECATED.keys() <= known
