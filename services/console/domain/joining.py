"""One list out of several services' lists, the newest first, and where its next page begins in each of them.

Each service's list has cursors of its own, at the ends of its pages. A page of the joined list ends within them, so a
position is a cursor and how many items behind it were listed before.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar


class Timed(Protocol):
    """An item of a list in the order of times."""

    @property
    def at(self) -> datetime:
        """When it happened."""
        ...


T = TypeVar("T", bound=Timed)


class Position(NamedTuple):
    """Where a service's list goes on: behind `cursor`, without the first `skipped` items; None at its end."""

    cursor: str | None = ""
    skipped: int = 0


@dataclass(frozen=True)
class Positions:
    """Where each list goes on; all of them hold what happened before `until`, so that none grows while it is read."""

    until: datetime
    of: Mapping[str, Position]

    def at(self, name: str) -> Position:
        """Return where the list of a service goes on."""
        return self.of.get(name, Position())

    def text(self) -> str:
        """Return the positions as a text for an address."""
        raw = json.dumps([self.until.isoformat(), {name: list(one) for name, one in self.of.items()}])
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Positions | None":
        """Return the positions that a text holds; None for a text that holds none."""
        try:
            until, of = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            at = datetime.fromisoformat(until)
            read = {str(name): Position(cursor, int(skipped)) for name, (cursor, skipped) in of.items()}
        except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError):
            return None
        sound = all(one.skipped >= 0 and (one.cursor is None or isinstance(one.cursor, str)) for one in read.values())
        return cls(at, read) if at.tzinfo and sound else None


@dataclass(frozen=True)
class Part(Generic[T]):
    """A service's page: its items behind the position, and the cursor of its next page."""

    position: Position
    items: Sequence[T]
    following: str | None


@dataclass(frozen=True)
class Joined(Generic[T]):
    """A page of the joined list: each item with its service; `following` is None at the end of all lists."""

    rows: Sequence[tuple[str, T]]
    following: Positions | None


def join(until: datetime, parts: Mapping[str, Part[T]], away: Iterable[tuple[str, Position]], limit: int) -> Joined[T]:
    """Join pages of up to `limit` items each; a list that is `away` goes on where it would have gone on now."""
    rows = [(name, item) for name, part in parts.items() for item in part.items[part.position.skipped :]]
    rows.sort(key=lambda row: row[1].at, reverse=True)  # the sort is stable: items of one service keep their order
    chosen = rows[:limit]
    positions = {name: _behind(part, sum(one == name for one, _ in chosen)) for name, part in parts.items()}
    more = any(one.cursor is not None for one in positions.values())
    return Joined(chosen, Positions(until, positions | dict(away)) if more else None)


def _behind(part: Part[T], listed: int) -> Position:
    """Return where the list goes on behind so many items of the page."""
    behind = part.position.skipped + listed
    if behind < len(part.items):
        return Position(part.position.cursor, behind)
    return Position(part.following)
