"""A terminal of a test's own: `lastmetre-scanner` in it, a wedge that types, and the screen as a keeper sees it."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unicodedata import east_asian_width

from deploy.launcher.processes.child import ROOT
from services.checkpoint.client.keys import BURST_S
from tests.support.waiting import PATIENCE_S

_SEQUENCE = re.compile(r"\x1b\[(\?)?([0-9;]*)([A-Za-z])")
LEFT = "\x1b[?1049l"  # what ends the program's screen
AGAIN_S = 3.0
_MODULE = "services.checkpoint.client.cli.scanner"


class Screen:
    """What the program drew: rows of cells, each with its style, for the few sequences that it uses."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.cells = [[(" ", "")] * columns for _ in range(rows)]
        self.bells = 0
        self.strange: set[str] = set()
        self._at = (0, 0)
        self._style = ""

    def write(self, text: str) -> None:
        """Take what a program writes."""
        at = 0
        for match in _SEQUENCE.finditer(text):
            self._put(text[at : match.start()])
            self._obey(match[1] or "", match[2], match[3])
            at = match.end()
        self._put(text[at:])

    @property
    def lines(self) -> list[str]:
        """The text of each row."""
        return ["".join(sign for sign, _ in row).rstrip() for row in self.cells]

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self.lines)

    def share(self, style: str) -> float:
        """Return the share of the screen that has the style."""
        cells = [own for row in self.cells for _, own in row]
        return sum(style in own.split(";") for own in cells) / len(cells)

    def _obey(self, private: str, numbers: str, letter: str) -> None:
        row, column = self._at
        if private:
            return
        if letter == "H":
            row, column = (int(one) - 1 for one in (numbers or "1;1").split(";"))
            self._at = (row, column)
        elif letter == "J":
            self.cells = [[(" ", "")] * self.columns for _ in range(self.rows)]
        elif letter == "K":
            self.cells[row][column:] = [(" ", "")] * (self.columns - column)
        elif letter == "m":
            self._style = numbers.removeprefix("0;")
        else:
            self.strange.add(letter)

    def _put(self, text: str) -> None:
        row, column = self._at
        if text.isascii() and text.isprintable() and column + len(text) <= self.columns:
            self.cells[row][column : column + len(text)] = [(sign, self._style) for sign in text]
            self._at = (row, column + len(text))
            return
        for sign in text:
            self._put_sign(sign)

    def _put_sign(self, sign: str) -> None:
        row, column = self._at
        width = 2 if east_asian_width(sign) in "WF" else 1
        if sign == "\a":
            self.bells += 1
        elif sign in "\r\n":
            self._at = (min(row + (sign == "\n"), self.rows - 1), 0)
        elif column + width <= self.columns:
            self.cells[row][column : column + width] = [(sign, self._style), ("", self._style)][:width]
            self._at = (row, column + width)


class Keeper:
    """A keeper at a terminal with the program, and a keyboard wedge."""

    def __init__(self, process: int, terminal: int, size: tuple[int, int]) -> None:
        self.process = process
        self.screen = Screen(*size)
        self.written = ""
        self._terminal: int | None = terminal
        self._rest = b""
        self._wrote = asyncio.Event()
        asyncio.get_running_loop().add_reader(terminal, self._read)

    def types(self, text: str) -> None:
        """Type, or let the wedge type: all at once."""
        assert self._terminal is not None
        os.write(self._terminal, text.encode())

    async def sees(self, condition: Callable[[Screen], object], within_s: float = PATIENCE_S) -> None:
        """Wait until the screen is so."""
        try:
            async with asyncio.timeout(within_s):
                while not condition(self.screen):
                    self._wrote.clear()
                    await self._wrote.wait()
        except TimeoutError:
            raise AssertionError(f"not seen:\n{self.screen.text}\n{self.written[-300:]!r}") from None

    async def reads(self, *texts: str) -> None:
        """Wait until all the texts are on the screen."""
        await self.sees(lambda screen: all(text in screen.text for text in texts))

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        assert self._terminal is not None
        self.screen = Screen(columns, rows)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as when its window or its connection goes."""
        if self._terminal is not None:
            asyncio.get_running_loop().remove_reader(self._terminal)
            os.close(self._terminal)
            self._terminal = None

    async def leaves(self, within_s: float = PATIENCE_S) -> int:
        """Press Ctrl-C until the program has given the screen back; wait for its end and return its exit code.

        One that comes at once behind a scan counts as the scanner's own ETX, so it comes later, and again if need be.
        """
        deadline = time.monotonic() + within_s
        while LEFT not in self.written:
            assert time.monotonic() < deadline, f"the screen is not given back:\n{self.screen.text}"
            await asyncio.sleep(2 * BURST_S)
            self.types("\x03")
            with suppress(AssertionError):
                await self.sees(lambda _: LEFT in self.written, AGAIN_S)
        return await self.ends(within_s)

    async def ends(self, within_s: float = PATIENCE_S) -> int:
        """Wait for the program's end and return its exit code."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                await asyncio.sleep(0.02)
                self.process = 0
                return os.waitstatus_to_exitcode(status)
            await asyncio.sleep(0.02)
        raise AssertionError(f"still running:\n{self.screen.text}")

    def close(self) -> None:
        """End it, whatever it does."""
        self.hang_up()
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)

    def _read(self) -> None:
        assert self._terminal is not None
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # the program has ended
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._terminal)
            return
        data = self._rest + data
        whole = len(data)
        while whole and data[whole - 1] & 0xC0 == 0x80:
            whole -= 1
        if whole and data[whole - 1] & 0xC0 == 0xC0:
            whole -= 1
            lead = data[whole]
            length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            whole = len(data) if len(data) - whole >= length else whole
        else:
            whole = len(data)
        self._rest, text = data[whole:], data[:whole].decode(errors="replace")
        if "\x1b" in text[-12:] and not _SEQUENCE.search(text, text.rindex("\x1b")):
            cut = text.rindex("\x1b")
            self._rest, text = text[cut:].encode() + self._rest, text[:cut]
        self.written += text
        self._wrote.set()
        self.screen.write(text)


def keeper(*arguments: str | Path, size: tuple[int, int] = (80, 24), **environment: str) -> Keeper:
    """Start the program in a terminal of that size."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        given = {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", **environment}
        os.execve(sys.executable, [sys.executable, "-m", _MODULE, *map(str, arguments)], given)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    return Keeper(process, terminal, size)
