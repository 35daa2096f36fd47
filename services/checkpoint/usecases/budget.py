"""How many unknown cards and numbers each device shows, so that no device reads the register number by number (R9).

The scan path asks no store: each process counts by itself and adds what it counted to the store's count of the minute
beside the scans. So several processes share one budget, but for what they answer while such a write is under way.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=1)
MAX_KEPT = 20_000


@dataclass
class _Window:
    began: datetime
    unknown: int = 0
    held_until: datetime | None = None


@dataclass
class Budget:
    """Unknown cards and numbers by device, in the last minute.

    Scans that a device decided itself are counted apart: a device that was cut off sends many at once, and honestly.
    For these, the minutes of the scans themselves prove that a device tried one number after the other.
    """

    windows: dict[tuple[str, bool], _Window] = field(default_factory=dict)
    unshared: dict[tuple[str, bool], int] = field(default_factory=dict)
    minutes: dict[tuple[str, int], int] = field(default_factory=dict)

    def wait_s(self, device: str, live: bool, now: datetime) -> int:
        """Return for how many seconds no card and no number of the device is answered; 0 for a device within budget."""
        window = self.windows.get((device, live))
        if window is None or window.held_until is None or now >= window.held_until:
            return 0
        return int((window.held_until - now).total_seconds()) + 1

    def count(self, device: str, live: bool, now: datetime, most: int) -> bool:
        """Count an unknown card or number; over `most` within a minute the device is held for a minute.

        Returns whether it is held from now on.
        """
        self.unshared[device, live] = self.unshared.get((device, live), 0) + 1
        window = self.windows.get((device, live))
        if window is None or now - window.began >= WITHIN:
            if len(self.windows) >= MAX_KEPT:
                self.windows.clear()
            window = self.windows[device, live] = _Window(now, 0, window.held_until if window else None)
        window.unknown += 1
        return window.unknown > most > 0 and self._hold(window, now)

    def learn(self, device: str, live: bool, now: datetime, most: int, of_all: int) -> bool:
        """Take in how many unknown ones all processes have counted in this minute; whether it is held from now on."""
        window = self.windows.get((device, live))
        return window is not None and of_all > most > 0 and self._hold(window, now)

    def _hold(self, window: _Window, now: datetime) -> bool:
        begins = window.held_until is None or now >= window.held_until
        if begins:
            window.held_until = now + WITHIN
        return begins

    def exceeds(self, device: str, at: datetime, most: int) -> bool:
        """Count an unknown card or number in the minute of its scan; whether those of that minute are over `most`."""
        if len(self.minutes) >= MAX_KEPT:
            self.minutes.clear()
        minute = device, int(at.timestamp()) // 60
        self.minutes[minute] = unknown = self.minutes.get(minute, 0) + 1
        return unknown > most > 0
