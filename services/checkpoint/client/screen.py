"""The scanner's screen: the verdict in large letters, and beside it whatever the gate keeper must know."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from rich.align import Align
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from services.checkpoint.client.gate import Display
from services.checkpoint.domain.reading import UNREAD_TEXTS
from services.checkpoint.domain.reasons import REASON_TEXTS
from shared.base.durations import short_duration
from shared.events.checkpoint import Mode, Verdict

_COLOURS = {Verdict.ALLOW: "white on green4", Verdict.DENY: "white on red3", Verdict.RECHECK: "black on yellow"}
_WORDS = {
    Verdict.ALLOW: ("放 行", "PASS"),
    Verdict.DENY: ("禁止通行", "STOP"),
    Verdict.RECHECK: ("人工核验", "CHECK"),
}
_MODES = {
    Mode.LIVE: ("在线", "live"),
    Mode.CACHED: ("离线名单", "own list"),
    Mode.OFFLINE: ("离线", "cut off"),
    Mode.PAPER: ("纸质", "paper"),
}
_UNITS = {"s": "秒", "min": "分", "h": "小时", "d": "天"}
_LETTERS: Mapping[str, tuple[str, ...]] = {
    "P": ("████ ", "█   █", "████ ", "█    ", "█    "),
    "A": (" ███ ", "█   █", "█████", "█   █", "█   █"),
    "S": (" ████", "█    ", " ███ ", "    █", "████ "),
    "T": ("█████", "  █  ", "  █  ", "  █  ", "  █  "),
    "O": (" ███ ", "█   █", "█   █", "█   █", " ███ "),
    "C": (" ████", "█    ", "█    ", "█    ", " ████"),
    "H": ("█   █", "█   █", "█████", "█   █", "█   █"),
    "E": ("█████", "█    ", "████ ", "█    ", "█████"),
    "K": ("█   █", "█  █ ", "███  ", "█  █ ", "█   █"),
}


class Around(NamedTuple):
    """What holds around a verdict: the time, how many scans are not sent yet, and what is wrong; also of the clock."""

    now: datetime
    unsent: int
    trouble: str
    texts: Mapping[str, tuple[str, str]]
    clock: tuple[str, str] | None = None


class Screen:
    """Shows verdicts in one language, as a panel or as plain lines."""

    def __init__(self, language: str, plain: bool) -> None:
        self._at = 0 if language == "zh" else 1
        self._plain = plain
        self._console = Console(highlight=False)

    def show(self, display: Display, around: Around) -> None:
        """Show a verdict; one that is not recorded rings the bell."""
        if not display.recorded:
            self._console.bell()
        if self._plain:
            number = str(display.seq) if display.recorded else "-"
            self._line(display.verdict, number, *self._details(display, around))
            return
        text = Text("\n".join(self._details(display, around)), justify="center")
        word = Align.center(
            Text("\n".join(_large(_WORDS[display.verdict][1])))
        )  # as a whole: its lines keep their places
        title = Text(_WORDS[display.verdict][self._at], style="bold", justify="center")
        inside = Group(Text(""), word, Text(""), title, Text(""), text)
        self._console.clear()
        self._console.print(Panel(Align.center(inside), style=_COLOURS[display.verdict], padding=(1, 4)))

    def tell(self, zh: str, en: str) -> None:
        """Say a sentence."""
        self._line((zh, en)[self._at])

    def _line(self, *parts: str) -> None:
        print("\t".join(" ".join(part.split()) for part in parts), flush=True)  # noqa: T201  # a gate's screen

    def _details(self, display: Display, around: Around) -> list[str]:
        lines = [self._reason(code, around.texts) for code in display.reasons]
        if display.unread:
            lines.insert(0, self._one(*UNREAD_TEXTS[display.unread]))
        if display.person:
            lines.insert(0, f"{self._one('请核对', 'compare')}: {display.person}")
        lines += [display.note] if display.note and display.recorded else []
        age = self._age((around.now - display.as_of).total_seconds()) if display.as_of else self._one("无", "none")
        lines.append(f"{_MODES[display.mode][self._at]} · {self._one('名单时效', 'list age')} {age}")
        lines.append(f"{self._one('未上传', 'unsent')} {around.unsent}")
        if not display.recorded:
            lines.insert(0, f"{self._one('未记录', 'NOT RECORDED')}: {display.note}")
        elif around.trouble:
            lines.append(around.trouble)
        if around.clock:
            lines.append(around.clock[self._at])
        return lines

    def _reason(self, code: str, texts: Mapping[str, tuple[str, str]]) -> str:
        # The service may know reasons that are newer than this program.
        known = {reason.value: text for reason, text in REASON_TEXTS.items()}
        return texts.get(code, known.get(code, (code, code)))[self._at]

    def _age(self, seconds: float) -> str:
        number, unit = short_duration(seconds).split(" ")
        return f"{number} {self._one(_UNITS[unit], unit)}"

    def _one(self, zh: str, en: str) -> str:
        return (zh, en)[self._at]


def _large(word: str) -> list[str]:
    return ["  ".join(_LETTERS[letter][row] for letter in word) for row in range(5)]
