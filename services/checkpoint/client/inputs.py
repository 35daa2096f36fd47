"""What comes in at a gate, from all its sources: keys, a wedge, a serial scanner, a file; each read in a thread."""

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from services.checkpoint.client.keys import Ended, Entered, Event, Keyboard
from services.checkpoint.client.terminal import TerminalLost

_CHUNK = 4096
_AHEAD = 64  # lines that are read before they are scanned


class _Typed(NamedTuple):
    data: bytes
    at: float


class Inputs:
    """Lines and keys in their order. Reading goes on while a person waits for the service: the times are true."""

    def __init__(self) -> None:
        self.keyboard = Keyboard()
        self._queue: queue.Queue[_Typed | Event | Exception] = queue.Queue(_AHEAD)
        self._ready: list[Event] = []
        self._open = 0
        self._signal = 0

    def add_terminal(self, terminal: int) -> None:
        """Read the keys of a terminal in raw mode."""
        self._start(lambda: self._read_keys(terminal))

    def add_lines(self, lines: Iterator[str]) -> None:
        """Read lines; the input ends when the last source has ended."""
        self._start(lambda: self._read_lines(lines))

    def next(self, within_s: float) -> Event | None:
        """Return the next line or key; None for none in time. Raises `TerminalLost`, and what a source raised."""
        if self._signal:
            if self._signal == signal.SIGHUP:
                raise TerminalLost
            return Ended(True)
        if not self._ready:
            self._ready = self._wait(within_s)
        return self._ready.pop(0) if self._ready else None

    @property
    def waits(self) -> bool:
        """Whether more has come already."""
        return bool(self._ready) or not self._queue.empty()

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Let a signal end the input in order, instead of in the midst of a scan."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, self._take_signal) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _take_signal(self, number: int, _: object) -> None:
        self._signal = number

    def _wait(self, within_s: float) -> list[Event]:
        try:
            got = self._queue.get(timeout=within_s)
        except queue.Empty:
            return self.keyboard.rest(time.monotonic())
        if isinstance(got, Exception):
            raise got
        if isinstance(got, Ended):
            self._open -= 1
            return [] if self._open else [got]
        return self.keyboard.feed(got.data, got.at) if isinstance(got, _Typed) else [got]

    def _start(self, read: Callable[[], None]) -> None:
        self._open += 1
        threading.Thread(target=read, daemon=True).start()

    def _read_keys(self, terminal: int) -> None:
        try:
            while data := os.read(terminal, _CHUNK):
                self._queue.put(_Typed(data, time.monotonic()))
        except OSError:
            pass
        self._queue.put(TerminalLost())

    def _read_lines(self, lines: Iterator[str]) -> None:
        try:
            for line in lines:
                self._queue.put(Entered(line))
        except Exception as error:  # the program says what is wrong with a source
            self._queue.put(error)
        self._queue.put(Ended(False))
