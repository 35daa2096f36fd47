"""Keyed hashes by which residents are searched, and none is read (docs/adr/0036-blind-indexes.md)."""

from base64 import urlsafe_b64encode

from services.registration.usecases import Deps
from shared.base.sealing import keyed_hash

_BYTES = 9  # each byte is paid for in a dozen entries of an index for each resident


def hash_of(deps: Deps, kind: str, value: str) -> str:
    """Return the hash that a file holds of a value; `kind` keeps the values of one field apart from another's."""
    return _short(keyed_hash(deps.search_keys[0], kind, value))


def hashes_of(deps: Deps, kind: str, value: str) -> list[str]:
    """Return the hashes that files may hold of a value: by each key that a search knows, of earlier versions too."""
    whole = whole_hashes_of(deps, kind, value)
    return [*map(_short, whole), *whole]


def whole_hash_of(deps: Deps, kind: str, value: str) -> str:
    """Return a hash of 32 hex digits, for what one document alone holds."""
    return keyed_hash(deps.search_keys[0], kind, value)


def whole_hashes_of(deps: Deps, kind: str, value: str) -> list[str]:
    """Return the hashes of 32 hex digits of a value by each key that a search knows."""
    return [keyed_hash(key, kind, value) for key in deps.search_keys]


def _short(whole: str) -> str:
    return urlsafe_b64encode(bytes.fromhex(whole)[:_BYTES]).decode()
