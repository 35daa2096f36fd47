"""Keyed hashes by which residents are searched, and none is read (docs/adr/0036-blind-indexes.md)."""

from services.registration.usecases import Deps
from shared.base.sealing import keyed_hash


def hash_of(deps: Deps, kind: str, value: str) -> str:
    """Return the hash that a file holds of a value; `kind` keeps the values of one field apart from another's."""
    return keyed_hash(deps.search_keys[0], kind, value)


def hashes_of(deps: Deps, kind: str, value: str) -> list[str]:
    """Return the hashes that files may hold of a value: by each key that a search knows."""
    return [keyed_hash(key, kind, value) for key in deps.search_keys]
