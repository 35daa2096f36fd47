"""The one clock of a process. Rules never read it: they are handed the time."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the time, in UTC and in whole milliseconds, as the store keeps it."""

    def now(self) -> datetime:
        """Return the current instant, timezone-aware, in UTC."""
        ...


def machine_time() -> datetime:
    """Return the machine's own time, in UTC: leases and retention run on it, and a drill's clock does not move it."""
    return in_whole_ms(datetime.now(UTC))


def loop_time() -> float:
    """Return the event loop's own time in seconds, for pauses: a simulation's loop has a time of its own."""
    return asyncio.get_running_loop().time()


def in_whole_ms(at: datetime) -> datetime:
    """Return the instant without what lies below a millisecond, which the store does not keep."""
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


class SystemClock:
    """The machine's clock, shifted by the seconds in `offset_file` where one is given (drills, tests)."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._offset = timedelta()
        self._seen: int | None = None

    def now(self) -> datetime:
        """Return the current instant, timezone-aware, in UTC."""
        if self._offset_file is not None:
            self._reread(self._offset_file)
        return in_whole_ms(machine_time() + self._offset)

    def _reread(self, offset_file: Path) -> None:
        try:
            changed = offset_file.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed != self._seen:
            self._offset = timedelta(seconds=float(offset_file.read_text() or 0))
            self._seen = changed


class FixedClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the instant it stands at."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move the clock on by `by`."""
        self.at += by
