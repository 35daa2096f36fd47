"""The standings there are, each with a number and a name, and how two lists of exceptions are compared."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from uuid_utils import UUID

from services.checkpoint.domain.decision import Standing
from shared.events.registration import Colour

ID_BYTES = 16
STANDINGS = tuple(Standing(colour, isolated) for isolated in (False, True) for colour in Colour)
NAMES = tuple(f"{standing.colour}{'+isolated' if standing.isolated else ''}" for standing in STANDINGS)
NUMBERS: Mapping[tuple[str, bool], int] = {(s.colour.value, s.isolated): n for n, s in enumerate(STANDINGS)}
GREEN_NUMBER = 0  # no exception
_UUID_LENGTH = 36


def short_id(identity: str) -> bytes:
    """Return the 16 bytes by which a list knows a resident: those of a UUID, else the first of its SHA-256."""
    return uuid_bytes(identity) or hashlib.sha256(identity.encode()).digest()[:ID_BYTES]


def uuid_bytes(text: str) -> bytes | None:
    """Return the bytes of a UUID in its usual form, which sort as the texts do; None for anything else."""
    if len(text) != _UUID_LENGTH:
        return None
    try:
        return UUID(text).bytes
    except ValueError:
        return None


@dataclass
class Digest:
    """How many residents have each standing, and the XOR of their short ids: lists that agree in it are the same."""

    counts: list[int] = field(default_factory=lambda: [0] * len(STANDINGS))
    sums: list[int] = field(default_factory=lambda: [0] * len(STANDINGS))

    def add(self, number: int, short: bytes) -> None:
        """Count a resident in."""
        self.counts[number] += 1
        self.sums[number] ^= int.from_bytes(short)

    def remove(self, number: int, short: bytes) -> None:
        """Count a resident out."""
        self.counts[number] -= 1
        self.sums[number] ^= int.from_bytes(short)

    def by_name(self) -> dict[str, tuple[int, str]]:
        """Return count and XOR in hex by the name of the standing; of those that are exceptions."""
        return {
            name: (self.counts[number], f"{self.sums[number]:032x}")
            for number, name in enumerate(NAMES)
            if number != GREEN_NUMBER
        }
