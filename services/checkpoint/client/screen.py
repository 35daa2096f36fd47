"""What the gate displays of a verdict, in one language: as lines of a screen, or as one plain line for each scan."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from services.checkpoint.client import words
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.gate import Display
from services.checkpoint.domain.reading import UNREAD_TEXTS
from services.checkpoint.domain.reasons import REASON_TEXTS

_KNOWN = {reason.value: text for reason, text in REASON_TEXTS.items()}
LANGUAGES = ("zh", "en")


class Around(NamedTuple):
    """What holds around a verdict: the time, how many scans are not sent yet, and what is wrong; also of the clock.

    `online` is None while it is not known whether the service answers; `as_of` is of the device's own list.
    """

    now: datetime
    unsent: int
    trouble: Pair | None
    texts: Mapping[str, Pair]
    clock: Pair | None = None
    online: bool | None = None
    as_of: datetime | None = None


def details(display: Display, around: Around, at: int) -> list[str]:
    """Return everything that matters beside the verdict; `at` is 0 for Chinese and 1 for English."""
    lines = [words.OVERRIDES[display.override][at]] if display.override else []
    lines += why(display, around.texts, at)
    lines += [display.note[at]] if display.note and display.recorded else []
    lines.append(f"{words.MODES[display.mode][at]} · {list_age(display.as_of, around.now, at)}")
    lines.append(f"{words.UNSENT[at]} {around.unsent}")
    if not display.recorded:
        lines.insert(0, f"{words.NOT_RECORDED[at]}: {display.note[at] if display.note else ''}")
    elif around.trouble:
        lines.append(around.trouble[at])
    if around.clock:
        lines.append(around.clock[at])
    return lines


def why(display: Display, texts: Mapping[str, Pair], at: int) -> list[str]:
    """Return whom to compare, why a credential was not read, the reasons, and those of each person on board."""
    lines = [f"{words.COMPARE[at]}: {display.person}"] if display.person else []
    lines += [f"{words.WENT_OUT[at]}: {', '.join(display.went_out)}"] if display.went_out else []
    lines += [UNREAD_TEXTS[display.unread][at]] if display.unread else []
    lines += [reason_text(code, texts, at) for code in display.reasons]
    for number, one in enumerate(display.on_board, start=1):
        reasons = [reason_text(code, texts, at) for code in one.reasons]
        lines.append(" ".join([f"{number}. {words.VERDICTS[one.verdict][at]}", one.person, *reasons]).strip())
    return lines


def reason_text(code: str, texts: Mapping[str, Pair], at: int) -> str:
    """Return a reason in words; the service may know reasons that are newer than this program."""
    return texts.get(code, _KNOWN.get(code, (code, code)))[at]


def list_age(as_of: datetime | None, now: datetime, at: int) -> str:
    """Return how old the list is."""
    return f"{words.LIST_AGE[at]} {words.age((now - as_of).total_seconds())[at]}" if as_of else words.NO_LIST[at]


class Lines:
    """Plain lines, for an output that is no terminal: a verdict is one line, its parts apart by tabs."""

    def __init__(self, language: str) -> None:
        self.at = LANGUAGES.index(language)

    def show(self, display: Display, around: Around) -> None:
        """Print a verdict with its number and its time; on a terminal it rings the bell."""
        number = str(display.seq) if display.recorded else "-"
        self._line(display.verdict, number, *details(display, around, self.at), f"{around.now:%H:%M:%S}")

    def tell(self, texts: Pair) -> None:
        """Print a sentence."""
        self._line(texts[self.at])

    def _line(self, *parts: str) -> None:
        bell = "\a" if len(parts) > 1 and sys.stdout.isatty() else ""
        print(bell + "\t".join(" ".join(part.split()) for part in parts), flush=True)  # noqa: T201  # a gate's screen
