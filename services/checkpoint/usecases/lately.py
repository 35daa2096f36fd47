"""Where this process scanned each resident last: a person is not at two compounds within minutes (R2.9).

It is what one process can know without asking a store; the recorder compares all passages and raises the alert.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from shared.base.area import within

MAX_KEPT = 100_000


class _At(NamedTuple):
    at: datetime
    path: str


class Lately:
    """The last compound of each resident, of the residents scanned last."""

    def __init__(self) -> None:
        self._seen: dict[str, _At] = {}

    def at_another(self, resident_id: str, path: str, now: datetime, minutes: int) -> bool:
        """Keep that the resident is at the compound now; whether another compound scanned them so few minutes ago."""
        before = self._seen.pop(resident_id, None)
        self._seen[resident_id] = _At(now, path)
        if len(self._seen) > MAX_KEPT:
            del self._seen[next(iter(self._seen))]
        if before is None or before.path == path or now - before.at > timedelta(minutes=minutes):
            return False
        return minutes > 0 and not within(before.path, path) and not within(path, before.path)
