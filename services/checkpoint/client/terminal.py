"""The terminal at a gate: in raw mode, its whole screen ours, redrawn where it changed."""

import os
import termios
import tty
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from services.checkpoint.client.errors import Bilingual

_BEGIN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"  # another page, no cursor, no wrapping of lines
_END = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_SMALLEST = (20, 8)


class TerminalLost(Bilingual):
    """The terminal was closed, or its connection broke."""

    def __init__(self) -> None:
        super().__init__(
            "终端已断开：已扫的记录都在记录簿里，请重新启动程序",
            "The terminal was lost: every scan is in the book, start the program again",
        )


class Terminal:
    """The screen on one file descriptor, and the keyboard of another in raw mode; None where no keys are read."""

    def __init__(self, keyboard: int | None, screen: int) -> None:
        self._keyboard = keyboard
        self._screen = screen
        self._before: list[Any] | None = None  # Any: as termios has it
        self._drawn: list[str] = []
        self._size = (0, 0)

    def __enter__(self) -> Self:
        if self._keyboard is not None:
            self._before = termios.tcgetattr(self._keyboard)
            tty.setraw(self._keyboard, termios.TCSANOW)  # what was typed before stays
        self._write(_BEGIN)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._write(_END)
            if self._keyboard is not None and self._before is not None:
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)
        except (TerminalLost, termios.error):
            pass  # it is gone

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        try:
            columns, rows = os.get_terminal_size(self._screen)
        except OSError:
            return 80, 24
        return (max(columns, _SMALLEST[0]), max(rows, _SMALLEST[1])) if columns and rows else (80, 24)

    def draw(self, rows: Sequence[Sequence[tuple[str, str]]], size: tuple[int, int], bells: int = 0) -> None:
        """Show rows of texts and styles; only rows that changed are written. Raises `TerminalLost`."""
        again = size != self._size
        lines = [
            "".join(f"\x1b[0;{style}m{text}" if style else f"\x1b[0m{text}" for text, style in row) for row in rows
        ]
        known = [] if again else self._drawn
        parts = ["\x1b[0m\x1b[2J"] if again else []
        for number, line in enumerate(lines):
            if number >= len(known) or known[number] != line:
                parts.append(f"\x1b[{number + 1};1H{line}\x1b[0m\x1b[K")
        self._drawn, self._size = lines, size
        if parts or bells:
            self._write("".join(parts) + "\a" * bells)

    def _write(self, text: str) -> None:
        data = text.encode(errors="replace")
        try:
            while data:
                data = data[os.write(self._screen, data) :]
        except OSError:
            raise TerminalLost from None
