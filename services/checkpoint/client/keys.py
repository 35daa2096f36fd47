"""Bytes of a terminal as lines and keys: a keyboard wedge types a scan at once, a person types sign after sign."""

import re
from typing import NamedTuple

from services.checkpoint.client.encodings import decoded

PAUSE_S = 0.1  # between what was typed and a scan; a wedge sends its signs some milliseconds apart
BURST_S = 0.05
SHORTEST_SCAN = 4
SAME_ENTER_S = 0.15  # CR and LF, or a second Enter of the scanner
_LONGEST_LINE = 4096
_LONGEST_SEQUENCE = 12
_END, _ERASE, _CLEAR, _CTRL_C, _CTRL_D, _ESCAPE = b"\r\n", b"\x7f\x08", 0x15, 0x03, 0x04, 0x1B
_SEQUENCES = {
    **{f"O{letter}": f"F{number}" for number, letter in enumerate("PQRS", start=1)},
    **{f"[[{letter}": f"F{number}" for number, letter in enumerate("ABCDE", start=1)},
    **{f"[{code}~": f"F{number}" for number, code in enumerate((11, 12, 13, 14, 15, 17, 18, 19), start=1)},
}
_WHOLE = re.compile(r"O[\x20-\x7e]|\[\[[A-E]|\[[0-?]*[ -/]*[@-Z\\-~]").fullmatch
_BEGUN = re.compile(r"|O|\[\[?|\[[0-?]*[ -/]*").fullmatch


class Entered(NamedTuple):
    """A line that Enter ended; `burst` is its end that came at once, `head` what was typed before it by hand."""

    text: str
    head: str = ""
    burst: str = ""


class Pressed(NamedTuple):
    """A function key or Esc, by its name."""

    key: str


class Ended(NamedTuple):
    """The keeper ended the input: Ctrl-C or Ctrl-D."""

    interrupted: bool


Event = Entered | Pressed | Ended


class Keyboard:
    """Reads the bytes of a terminal in raw mode; times are seconds of one steady clock."""

    def __init__(self) -> None:
        self._line: list[tuple[int, float]] = []
        self._escape: str | None = None
        self._last = self._entered = float("-inf")

    @property
    def text(self) -> str:
        """What was typed so far, as the screen shows it."""
        return "".join(sign for sign in self._decoded(self._line) if sign.isprintable())

    def clear(self) -> None:
        """Forget what was typed so far."""
        self._line = []

    def feed(self, data: bytes, at: float) -> list[Event]:
        """Return the lines and keys that the bytes complete."""
        events: list[Event] = []
        for byte in data:
            events += self._take(byte, at)
            self._last = at
        return events

    def rest(self, at: float) -> list[Event]:
        """Return an Esc after which nothing came."""
        if self._escape is None or at - self._last < PAUSE_S:
            return []
        lone, self._escape = not self._escape, None
        return [Pressed("Esc")] if lone else []

    def _take(self, byte: int, at: float) -> list[Event]:
        if self._escape is not None:
            return self._in_escape(byte, at)
        if byte in _END:
            return self._enter(at)
        alone = at - self._last >= BURST_S  # a scanner's own ETX comes within its scan
        if byte == _CTRL_C and alone:
            return [Ended(True)]
        if byte == _CTRL_D and alone and not self._line:
            return [Ended(False)]
        if byte == _ESCAPE:
            self._escape = ""
        elif byte in _ERASE:
            self._erase()
        elif byte == _CLEAR:
            self._line = []
        else:
            self._line.append((byte, at))
        return self._enter(at) if len(self._line) > _LONGEST_LINE else []

    def _enter(self, at: float) -> list[Event]:
        line, self._line = self._line, []
        again = at - self._entered < SAME_ENTER_S
        self._entered = at
        text = self._decoded(line)
        if not text.strip():
            return [] if again else [Entered("")]
        begin = self._burst(line, at)
        return [Entered(text, self._decoded(line[:begin]), self._decoded(line[begin:])) if begin else Entered(text)]

    def _burst(self, line: list[tuple[int, float]], at: float) -> int:
        """Return where the signs begin that came at once, up to Enter; 0 where nothing was typed before them."""
        times = [time for _, time in line] + [at]
        begin = len(line)
        while begin > 0 and times[begin] - times[begin - 1] < BURST_S:
            begin -= 1
        begin = min(begin, len(line))
        typed_apart = 0 < begin < len(line) and times[begin] - times[begin - 1] >= PAUSE_S
        return begin if typed_apart and len(line) - begin >= SHORTEST_SCAN else 0

    def _erase(self) -> None:
        while self._line:
            byte, _ = self._line.pop()
            if byte & 0xC0 != 0x80:  # the first byte of a sign in UTF-8
                return

    def _in_escape(self, byte: int, at: float) -> list[Event]:
        sequence = f"{self._escape}{chr(byte)}"
        if _WHOLE(sequence):
            self._escape, self._entered = None, float("-inf")  # an Enter behind a key is the keeper's
            return [Pressed(_SEQUENCES[sequence])] if sequence in _SEQUENCES else []
        if _BEGUN(sequence) and len(sequence) < _LONGEST_SEQUENCE:
            self._escape = sequence
            return []
        self._escape = None
        return [Pressed("Esc"), *self._take(byte, at)] if len(sequence) == 1 else []

    def _decoded(self, line: list[tuple[int, float]]) -> str:
        return decoded(bytes(byte for byte, _ in line))
