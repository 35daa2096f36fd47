"""The recorded contracts: `python -m tests.contracts.record` writes tests/contracts/schemas/, one file an event."""

import importlib
import json
from pathlib import Path
from typing import Any

from deploy.local.service import SERVICES
from shared.envelope import Event, contracts

FOLDER = Path(__file__).parent / "schemas"


def all_contracts() -> dict[str, type[Event]]:
    """Return every contract of the published language by its type."""
    for service in SERVICES:
        importlib.import_module(f"shared.events.{service}")
    return {name: contract for name, contract in contracts().items() if contract.__module__.startswith("shared.events")}


def described(contract: type[Event]) -> dict[str, Any]:
    """Return what readers rely on: the topic, the key, and the schema of the value."""
    schema = contract.model_json_schema()
    return {"topic": contract.topic, "key": contract.key_field, "compacted": contract.compacted, "schema": schema}


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what of a recorded contract the new one does not keep: it may gain optional fields and nothing else."""
    found = [
        f"{name} was {old[name]}, is {new[name]}" for name in ("topic", "key", "compacted") if old[name] != new[name]
    ]
    was, is_now = old["schema"], new["schema"]
    for field, schema in was["properties"].items():
        if field not in is_now["properties"]:
            found.append(f"{field} is gone")
        else:
            found += _changed(field, schema, is_now["properties"][field], was, is_now)
    gained = set(is_now.get("required", [])) - set(was.get("required", []))
    return found + [f"{field} is required now" for field in sorted(gained)]


def _changed(field: str, old: Any, new: Any, was: dict[str, Any], is_now: dict[str, Any]) -> list[str]:
    before, after = _shape(old, was), _shape(new, is_now)
    return [f"{field} was {before}, is {after}"] if before != after else []


def _shape(schema: Any, whole: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema with its references followed, without words and defaults."""
    if reference := schema.get("$ref"):
        return _shape(whole["$defs"][reference.rpartition("/")[2]], whole)
    kept = {name: value for name, value in schema.items() if name not in ("title", "description", "default")}
    for name in ("anyOf", "prefixItems"):
        if name in kept:
            kept[name] = [_shape(part, whole) for part in kept[name]]
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = _shape(kept[name], whole)
    if "properties" in kept:
        kept["properties"] = {name: _shape(part, whole) for name, part in kept["properties"].items()}
    if "enum" in kept:
        kept["enum"] = sorted(kept["enum"])
    return kept


def rendered(contract: type[Event]) -> str:
    """Return a contract as its file holds it."""
    return json.dumps(described(contract), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, contract in all_contracts().items():
        (FOLDER / f"{name}.json").write_text(rendered(contract), encoding="utf-8")
