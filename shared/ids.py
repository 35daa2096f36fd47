"""Identifiers: UUIDv7, so that they sort by the time they were made."""

from uuid import UUID, uuid5

import uuid_utils

_NAMESPACE = UUID("6f1c2f0e-5b1e-5d0a-9f57-1a5701e70e01")


def new_id() -> str:
    """Return a new UUIDv7 as text; ids made by one process sort in the order they were made."""
    return str(uuid_utils.uuid7())


def derived_id(*parts: str) -> str:
    """Return the same id for the same parts, so that doing a thing twice finds it done."""
    return str(uuid5(_NAMESPACE, "\x1f".join(parts)))
