"""Whom the device let out by itself, where the exits of households are counted (N2).

It knows no households: it counts each resident's own exits since it was started. The service has all of them, and
raises an alert where they were too many.
"""

from collections import deque
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from services.checkpoint.domain.zones import LONGEST_QUOTA

MAX_KEPT = 20_000


class _Out(NamedTuple):
    resident_id: str
    at: datetime


class Exits:
    """The exits of residents whom this device let out, the newest last."""

    def __init__(self) -> None:
        self._out: deque[_Out] = deque(maxlen=MAX_KEPT)

    def add(self, resident_id: str, at: datetime) -> None:
        """Keep that the resident was let out."""
        while self._out and at - self._out[0].at > LONGEST_QUOTA:
            self._out.popleft()
        self._out.append(_Out(resident_id, at))

    def count(self, resident_id: str, days: int, now: datetime, city: tzinfo) -> int:
        """Return how often the resident was let out in the last `days` days of the city, today among them."""
        first = now.astimezone(city).date() - timedelta(days=max(days, 1) - 1)
        return sum(one.resident_id == resident_id and one.at.astimezone(city).date() >= first for one in self._out)
