"""The middle of the scanner's screen: a verdict in large letters, what is being checked, what the keeper enters."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from services.checkpoint.client import words
from services.checkpoint.client.commands import HELP
from services.checkpoint.client.counter import Counter
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.gate import Display
from services.checkpoint.client.screen import Around, why
from services.checkpoint.client.screen import list_age as _list_age
from shared.events.checkpoint import Mode, Verdict

BAD, CALM, _WAITING = "1;97;44", "", "1;36"
_STYLES = {Verdict.ALLOW: "1;97;42", Verdict.DENY: "1;97;41", Verdict.RECHECK: "1;30;43"}
_ALLOWED_OFFLINE = "1;32"  # no green surface: an offline PASS is seen to be another one
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


class Block(NamedTuple):
    """Lines to stand in the middle, their style, and a band above them; `is_odd` marks every other verdict."""

    lines: list[str]
    style: str
    band: Pair | None = None
    is_odd: bool = False


def verdict_block(display: Display, count: int, facts: str, around: Around, at: int, scale: int = 1) -> Block:
    """Return a verdict: the word to be read from afar, `scale` times as large, whom to compare, why, and how."""
    word = words.VERDICTS[display.verdict]
    lines = [*large(word[1], scale), " ".join(word[0]) if at == 0 else ""]
    if not display.recorded:
        lines += [f"!! {words.NOT_RECORDED[at]} !!", display.note[at] if display.note else ""]
    lines += why(display, around.texts, at)
    lines += [display.note[at]] if display.note and display.recorded else []
    lines += [f"{facts}  {words.MODES[display.mode][at]} · {_list_age(display.as_of, around.now, at)}"]
    live = display.mode is Mode.LIVE
    style = _ALLOWED_OFFLINE if display.verdict is Verdict.ALLOW and not live else _STYLES[display.verdict]
    band = None if live else words.DECIDED_OFFLINE
    if display.override:
        band = words.OVERRIDES[display.override]
    return Block(lines, style, band, is_odd=count % 2 == 1)


def checking_block(at: int) -> Block:
    """Return what stands there from Enter until the verdict."""
    return Block([words.CHECKING[at]], _WAITING)


def help_block(at: int) -> Block:
    """Return the commands."""
    rows = [(lines, keys, texts[at]) for lines, keys, texts in HELP]
    return Block([words.HELP[at], *_columns(rows)], CALM)


def neutral_block(counter: Counter, facts: Iterable[tuple[Pair, str]], at: int) -> Block:
    """Return what the gate is and what to do now: scan, or answer what the program asks."""
    if counter.vehicle:
        title, people = f"{counter.vehicle.plate.value}  +{len(counter.vehicle.people)}", counter.vehicle.people
        known = [
            f"{number}. {words.KINDS[one.kind][at]} ..{one.value[-4:]}" for number, one in enumerate(people, start=1)
        ]
        return Block([title, *known[-5:], "", words.IN_VEHICLE[at]], _WAITING)
    if counter.form:
        answers = counter.form.list_answers(at)
        question = counter.form.question
        asked = f">> {question.texts[at]}" if question else words.TRY_AGAIN[at]
        return Block([words.ASK_VISITOR[at], *answers, "", asked], _WAITING)
    if counter.slip:
        return Block([words.SLIP[at], "", counter.slip, "", words.SLIP_NEXT[at]], _WAITING)
    if counter.next.override:
        named = words.OVERRIDES[counter.next.override][at]
        stopped = counter.next.stopped
        who = f" ({words.KINDS[stopped.line.kind][at]} ..{stopped.line.value[-4:]})" if stopped else ""
        enter = words.ENTER_STOPPED[at] if stopped else words.ENTER_ALONE[at]
        return Block([named, "", words.SCAN_OVERRIDE[at], f"{enter}{who}"], _WAITING)
    if counter.asks_temperature or counter.asks_plate:
        asked = words.ASK_TEMPERATURE[at] if counter.asks_temperature else words.ASK_PLATE[at]
        return Block([asked], _WAITING)
    rows = [(name[at], text) for name, text in facts]
    return Block([words.SCAN_NOW[at], "", *_columns(rows), "", words.WHAT_TO_DO[at]], CALM)


def large(word: str, scale: int) -> list[str]:
    """Return a word in large letters, five rows times the scale."""
    rows = ["  ".join(_LETTERS[letter][row] for letter in word) for row in range(5)]
    return ["".join(sign * scale for sign in row) for row in rows for _ in range(scale)]


def _columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows of texts whose columns stand under each other, all equally wide."""
    kept = list(rows)
    widths = [max(map(cell_len, column)) for column in zip(*kept, strict=True)]
    return ["  ".join(map(set_cell_size, row, widths)) for row in kept]


def prompt(counter: Counter) -> Pair | None:
    """Return what the program asks in plain lines; None where it waits for a scan."""
    if counter.vehicle:
        texts = words.IN_VEHICLE
        title = f"{counter.vehicle.plate.value} +{len(counter.vehicle.people)}"
        return f"{title} {texts[0]}", f"{title} {texts[1]}"
    if counter.form:
        return counter.form.question.texts if counter.form.question else words.TRY_AGAIN
    if counter.slip:
        return f"{words.SLIP[0]}: {counter.slip}", f"{words.SLIP[1]}: {counter.slip}"
    if counter.asks_temperature:
        return words.ASK_TEMPERATURE
    return words.ASK_PLATE if counter.asks_plate else None
