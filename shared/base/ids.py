"""Identifiers: UUIDv7, so that they sort by the time they were made.

The clocks of two processes differ a little, and a clock may be set back. A process that meets an id from ahead of its
own time makes its next ones behind that.
"""

from secrets import randbits
from uuid import UUID, uuid5

import uuid_utils

_NAMESPACE = UUID("6f1c2f0e-5b1e-5d0a-9f57-1a5701e70e01")


class Ids:
    """The ids that one process makes."""

    def __init__(self) -> None:
        self._newest = ""  # set once an id was met from ahead of our time

    def new(self) -> str:
        """Return an id that sorts behind all that were made or met here."""
        made = str(uuid_utils.uuid7())
        if made <= self._newest:
            made = self._newest = _behind(UUID(self._newest))
        return made

    def meet(self, other: str) -> None:
        """Make whatever is made from now on sort behind an id of another process."""
        self._newest = max(self._newest, other)


def _behind(other: UUID) -> str:
    """Return an id that sorts behind the other: the milliseconds and the twelve bits after them go on by one."""
    counted = (other.int >> 80 << 12 | other.int >> 64 & 0xFFF) + 1
    return str(UUID(int=counted >> 12 << 80 | 7 << 76 | (counted & 0xFFF) << 64 | 2 << 62 | randbits(62)))


ids = Ids()


def new_id() -> str:
    """Return a new UUIDv7 as text; ids made by one process sort in the order they were made."""
    return ids.new()


def derived_id(*parts: str) -> str:
    """Return the same id for the same parts, so that doing a thing twice finds it done."""
    return str(uuid5(_NAMESPACE, "\x1f".join(parts)))
