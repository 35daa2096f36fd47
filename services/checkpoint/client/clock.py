"""The device's clock, corrected by what the service last answered; the correction outlives the program (R2.4)."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock

from services.checkpoint.client.book import Book, BookUnusable
from services.checkpoint.domain.scan import CLOCK_TOLERANCE
from shared.base.durations import short_duration

_UNITS = {"s": "秒", "min": "分", "h": "小时", "d": "天"}
_TOLERANCE_S = CLOCK_TOLERANCE.total_seconds()
_BOOT = Path("/proc/sys/kernel/random/boot_id")

Warned = tuple[str, str]  # a sentence in Chinese and in English


def steady_s() -> float:
    """Return seconds of a clock that no person sets and that counts sleep; it begins anew when the machine starts."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def boot_id() -> str:
    """Return what is another text after each start of the machine; empty where the system has none."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


class DeviceClock:
    """The machine's clock (`raw`) and what it is corrected by.

    `earliest` returns a time of the service that has passed for sure (that of the device's lists): a clock that was
    reset is never believed behind it. `steady` proves that a person or a program set the clock.
    """

    def __init__(
        self,
        book: Book,
        raw: Callable[[], datetime],
        steady: Callable[[], float] = steady_s,
        earliest: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """Read the correction that the book keeps. Raises `BookUnusable`."""
        self._book, self._steady, self._earliest = book, steady, earliest
        self.raw = raw
        self._lock = RLock()
        self._offset_s = 0.0
        self._confirmed_at: datetime | None = None
        self._in_doubt = False
        self._lead_s = self._lead()
        self._resume(json.loads(book.fact("clock") or "{}"))

    @property
    def offset_s(self) -> float:
        """By how many seconds the machine's clock is corrected: positive while it is behind."""
        return self._offset_s

    def now(self) -> datetime:
        """Return the corrected time."""
        with self._lock:
            self._look_for_jump()
            now = self.raw() + timedelta(seconds=self._offset_s)
            known = [at for at in (self._earliest(), self._confirmed_at) if at is not None]
            behind_s = (max(known) - now).total_seconds() if known else 0.0
            if behind_s > _TOLERANCE_S:
                self._in_doubt = True
                self._correct(self._offset_s + behind_s)
                now += timedelta(seconds=behind_s)
            return now

    def by(self, offset_s: float) -> datetime:
        """Return what the machine's clock says with another correction: that of the scans which are sent."""
        return self.raw() + timedelta(seconds=offset_s)

    def learn(self, offset_s: float) -> None:
        """Take over a correction that the service's answer proves; a difference within 30 seconds changes nothing."""
        with self._lock:
            self._look_for_jump()
            self._in_doubt = False
            changed = abs(offset_s - self._offset_s) > _TOLERANCE_S
            first = self._confirmed_at is None
            self._confirmed_at = self.raw() + timedelta(seconds=offset_s if changed else self._offset_s)
            if changed or first:
                self._correct(offset_s if changed else self._offset_s)

    def warning(self) -> Warned | None:
        """Return what the screen says of a clock that is wrong; None for a good clock."""
        if self._in_doubt:
            return (
                "本机时钟被改动或已复位，连上服务前时间不可靠，请校准",
                "This device's clock was changed or reset: times are not sure until the service answers; set the clock",
            )
        if abs(self._offset_s) <= _TOLERANCE_S:
            return None
        number, unit = short_duration(abs(self._offset_s)).split(" ")
        slow = self._offset_s > 0
        return (
            f"本机时钟{'慢' if slow else '快'} {number} {_UNITS[unit]}，已按服务时间校正，请校准",
            f"This device's clock is {number} {unit} {'slow' if slow else 'fast'}: times are corrected; set the clock",
        )

    def _lead(self) -> float:
        return self.raw().timestamp() - self._steady()

    def _resume(self, kept: dict[str, str | float]) -> None:
        if not kept:
            return
        self._offset_s = float(kept["offset_s"])
        at = float(kept["confirmed_at"])
        self._confirmed_at = datetime.fromtimestamp(at, UTC) if at else None
        if kept["boot"] and kept["boot"] == boot_id():
            self._lead_s = float(kept["lead_s"])  # a change while the program was off is a jump as well
            self._look_for_jump()

    def _look_for_jump(self) -> None:
        jump_s = self._lead() - self._lead_s
        if abs(jump_s) <= _TOLERANCE_S:
            return
        self._lead_s += jump_s
        self._in_doubt = True
        # Scans in the book were made by the clock as it was before: their correction moves with it.
        with suppress(BookUnusable):  # the gate says so with the next scan
            self._book.shift_offsets(-jump_s)
        # Without a word of the service the new time may be the right one.
        self._correct(self._offset_s - (jump_s if self._confirmed_at else 0.0))

    def _correct(self, offset_s: float) -> None:
        self._offset_s = offset_s
        at = self._confirmed_at.timestamp() if self._confirmed_at else 0.0
        kept = {"offset_s": offset_s, "confirmed_at": at, "boot": boot_id(), "lead_s": self._lead_s}
        with suppress(BookUnusable):  # the correction holds until the program ends
            self._book.keep(clock=json.dumps(kept))
