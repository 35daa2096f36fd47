"""The published language as it is recorded: one JSON file an event in `schemas/`."""

import importlib
import pkgutil
from typing import Any

import shared.events
from shared.envelope.event import Event, contracts


def published() -> dict[str, type[Event]]:
    """Return every contract of `shared/events/` by its type; tests may have made others."""
    modules = [importlib.import_module(f"shared.events.{m.name}") for m in pkgutil.iter_modules(shared.events.__path__)]
    names = {module.__name__ for module in modules}
    return {name: contract for name, contract in sorted(contracts().items()) if contract.__module__ in names}


def described(contract: type[Event]) -> dict[str, Any]:
    """Return what readers of an event rely on: where it is, what orders it, and the shape of what it says."""
    schema = contract.model_json_schema()
    return {"topic": contract.topic, "key": contract.key_field, "compacted": contract.compacted, "schema": schema}
