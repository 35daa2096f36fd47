"""The inputs and the findings of an audit."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from shared.store.mongo import Client, Database

LISTED_DIFFERENCES = 5


class Finding(NamedTuple):
    """One comparison: the expected number, the actual number, and the differences."""

    what: str
    expected: int
    actual: int
    differences: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @classmethod
    def of(cls, what: str, expected: int, actual: int, differences: Iterable[str]) -> "Finding":
        """Return a finding with its differences in a stable order."""
        return cls(what, expected, actual, tuple(sorted(differences)))


class Books(NamedTuple):
    """The sources of the audit: every service's store, the bus, and the receipts of devices."""

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


def compare(what: str, expected: Iterable[str], actual: Iterable[str], missing: str, extra: str = "") -> Finding:
    """Compare two sets of ids; `missing` and `extra` word an id that only one of them has ('': not a difference)."""
    left, right = set(expected), set(actual)
    differences = [f"{one} {missing}" for one in left - right]
    differences += [f"{one} {extra}" for one in right - left] if extra else []
    return Finding.of(what, len(left), len(left & right) if not extra else len(right), differences)
