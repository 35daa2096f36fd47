"""What an audit reads and what it finds."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from shared.store.mongo import Client, Database

SHOWN = 5


class Finding(NamedTuple):
    """One thing that was compared: how many were expected, how many were found, and which differ."""

    what: str
    expected: int
    found: int
    differences: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @classmethod
    def of(cls, what: str, expected: int, found: int, differences: Iterable[str]) -> "Finding":
        """Return a finding with its differences in a stable order."""
        return cls(what, expected, found, tuple(sorted(differences)))


class Books(NamedTuple):
    """Where the audit reads: every service's store, the bus, and the receipts that devices kept."""

    client: Client
    databases: Mapping[str, str]
    kafka: str
    receipts: tuple[Path, ...]

    def of(self, service: str) -> Database:
        """Return the store of a service."""
        return self.client[self.databases[service]]

    def has(self, *services: str) -> bool:
        """Whether the city runs all of these services."""
        return all(service in self.databases for service in services)


def compared(what: str, expected: Iterable[str], found: Iterable[str], missing: str, extra: str = "") -> Finding:
    """Compare two sets of ids; `missing` and `extra` say what it means to stand in one alone ('' for: nothing)."""
    left, right = set(expected), set(found)
    differences = [f"{one} {missing}" for one in left - right]
    differences += [f"{one} {extra}" for one in right - left] if extra else []
    return Finding.of(what, len(left), len(left & right) if not extra else len(right), differences)
