"""What the demo is doing and how far it is: lines for a pipe or a log, one line that changes on a terminal.

A line that ends with ` ...` states progress and is replaced by a later one; every other line stays.
"""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

EVERY_S = 5.0
EVERY_VARIABLE = "LASTMETRE_PROGRESS_S"
GOES_ON = " ..."
_CLEAR = "\r\x1b[2K"


class Progress:
    """The steps of the demo, each with its number; threads may count at the same time."""

    def __init__(self, steps: int, out: TextIO | None = None) -> None:
        self._steps = steps
        self._out = out or sys.stdout
        self._terminal = self._out.isatty()
        self._every_s = 0.5 if self._terminal else float(os.environ.get(EVERY_VARIABLE, EVERY_S))
        self._lock = threading.Lock()
        self._number = 0
        self._transient = False

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._print(f"demo: {text}")

    def say_command(self, *lines: str) -> None:
        """Print lines to be copied."""
        with self._lock:
            for line in lines:
                self._print(line)

    @contextmanager
    def step(self, doing: str, done: str, total: int = 0, unit: str = "") -> Iterator["Step"]:
        """Print the beginning of a step, its progress where it is counted, and its end unless it raises.

        `doing` and `done` are phrases for the step under way and at its end: "importing rosters", "rosters imported".
        """
        self._number += 1
        number = f"{self._number}/{self._steps}"
        step = Step(self, f"{number} {doing}", f"{number} {done}", total, unit)
        step.tell()
        yield step
        self.say(step.ended())

    def replace(self, text: str) -> None:
        """Print a line of progress."""
        with self._lock:
            if not self._terminal:
                self._print(f"demo: {text}{GOES_ON}")
                return
            self._transient = True
            self._out.write(_CLEAR + f"demo: {text}{GOES_ON}"[: shutil.get_terminal_size().columns - 1])
            self._out.flush()

    def _print(self, text: str) -> None:
        clear = _CLEAR if self._transient else ""
        self._transient = False
        print(clear + text, file=self._out, flush=True)

    @property
    def every_s(self) -> float:
        """The least number of seconds between two lines of progress."""
        return self._every_s


class Step:
    """One step: `done` of `total`, and what came of it."""

    def __init__(self, progress: Progress, doing: str, done: str, total: int, unit: str) -> None:
        self._progress = progress
        self._doing, self._ended, self._total, self._unit = doing, done, total, unit
        self._began = self._printed_at = time.monotonic()
        self._lock = threading.Lock()
        self._done = 0
        self.result = ""

    def more(self, count: int) -> None:
        """Count what is done more; a line of progress is printed now and then."""
        with self._lock:
            self._done += count
            now = time.monotonic()
            if now - self._printed_at < self._progress.every_s:
                return
            self._printed_at = now
        self.tell()

    def tell(self) -> None:
        """Print how far the step is."""
        counted = f": {self._done:,} of {self._total:,} {self._unit}" if self._total else ""
        self._progress.replace(self._doing + counted)

    def ended(self) -> str:
        """Return the line for the end of the step."""
        result = f": {self.result}" if self.result else ""
        return f"{self._ended} in {time.monotonic() - self._began:.0f} s{result}"
