"""The scanner's screen as rows of styled text, for a terminal of any size from 80 by 24 on."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from services.checkpoint.client import words
from services.checkpoint.client.commands import KEYS
from services.checkpoint.client.counter import Counter, Note
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.gate import Display, Passing
from services.checkpoint.client.screen import Around
from services.checkpoint.client.screen import list_age as _list_age
from services.checkpoint.client.zone import BAD, Block, checking_block, help_block, neutral_block, verdict_block
from shared.events.checkpoint import CredentialKind, Mode, Verdict

RECENT = 20
_WIDE, _HIGH = 100, 18  # from this size of the middle on, the word is twice as large
_FOOT, _LEAST_ZONE, _MOST_TROUBLE = 3, 11, 3
_BAR, _GOOD, _WARNING, _DIM, _PLAIN, _STRONG = "7", "32", "30;43", "2", "", "1"
_COLOURS = {Verdict.ALLOW: "1;32", Verdict.DENY: "1;97;41", Verdict.RECHECK: "30;43"}
_CURSOR = "\u2588"

Segment = tuple[str, str]  # a text and the parameters of its style (SGR)
Row = list[Segment]


class Site(NamedTuple):
    """Where the device is: the gate's name and id, its place, and the device's own name."""

    gate_id: str
    name: str
    place: str
    device: str


class Outcome(NamedTuple):
    """A verdict as it was displayed: how many there were before it, the local time, and what was scanned."""

    answer: int
    at: datetime
    display: Display
    passing: Passing


@dataclass
class View:
    """Everything that the screen shows."""

    language: int
    site: Site
    counter: Counter
    around: Around
    typed: str = ""
    latest: Outcome | None = None
    is_checking: bool = False
    is_helping: bool = False
    note: Note | None = None
    recent: deque[Outcome] = field(default_factory=lambda: deque(maxlen=RECENT))

    def one(self, texts: Pair) -> str:
        """Return the text in the keeper's language."""
        return texts[self.language]


def frame(view: View, width: int, height: int) -> list[Row]:
    """Return the rows of the screen, each exactly as wide as it is."""
    head = _head(view, width)
    recent = max(1, min((height - len(head) - _FOOT - _LEAST_ZONE) // 2, RECENT))
    zone = max(1, height - len(head) - _FOOT - recent - 1)
    rows = [*head, *_zone(view, width, zone), *_recent(view, width, recent), *_foot(view, width)]
    return rows[:height]


def _head(view: View, width: int) -> list[Row]:
    site, around = view.site, view.around
    way = words.DIRECTIONS[view.counter.direction]
    left = f" {site.name} ({site.gate_id}) · {site.place}" if site.name != site.gate_id else f" {site.gate_id}"
    right = f"  [{way[0]} {way[1]}]  {around.now:%H:%M:%S} "
    title = [(_fit(left, width - cell_len(right)), _BAR), (right, f"{_BAR};1")]
    state, style = {
        True: (words.CONNECTED, _GOOD),
        None: (words.CONNECTING, _STRONG),
        False: (words.CUT_OFF, f"1;{_WARNING}"),
    }[around.online]
    facts = [view.one(state), _list_age(around.as_of, around.now, view.language)]
    facts.append(f"{view.one(words.UNSENT)} {around.unsent}")
    wrong = around.trouble or around.clock
    trouble = list(_wrapped(f" ! {view.one(wrong)}", width - 1))[:_MOST_TROUBLE] if wrong else [""]
    return [
        title,
        [(_fit(f" {'!!' if around.online is False else '*'} " + " · ".join(facts), width), style)],
        *[[(_fit(line, width), "1;31")] for line in trouble],
    ]


def _zone(view: View, width: int, height: int) -> list[Row]:
    """Return the middle of the screen, which a verdict fills with its colour."""
    block = _block(view, 2 if width >= _WIDE and height >= _HIGH else 1)
    band = [[(_centre(view.one(block.band), width), f"1;{_WARNING}")]] if block.band else []
    room = height - len(band)
    lines = [part for line in block.lines for part in _wrapped(line, width - 8)][:room]
    above = (room - len(lines)) // 2
    padded = [*[""] * above, *lines, *[""] * (room - above - len(lines))]
    side = "▌▐" if block.is_odd else "  "
    return band + [[(side[0] + _centre(line, width - 2) + side[1], block.style)] for line in padded]


def _block(view: View, scale: int) -> Block:
    at = view.language
    if view.is_checking:
        return checking_block(at)
    if view.latest is not None:
        outcome = view.latest
        how = f"{_number(outcome)}  {_time(view, outcome)}  {_what(outcome, at)}"
        return verdict_block(outcome.display, outcome.answer, how, view.around, at, scale)
    if view.is_helping:
        return help_block(at)
    if view.note is not None and view.note.bad:
        return Block(["!!", "", view.one(view.note.texts)], BAD)
    site, around = view.site, view.around
    state = {True: words.CONNECTED, None: words.CONNECTING, False: words.CUT_OFF}[around.online]
    facts = (
        (words.GATE, site.name if site.name == site.gate_id else f"{site.name} ({site.gate_id})"),
        (words.PLACE, site.place),
        (words.DIRECTION, " ".join(words.DIRECTIONS[view.counter.direction])),
        (words.DEVICE, site.device),
        (words.CONNECTION, view.one(state)),
        (words.LIST, _list_age(around.as_of, around.now, at).removeprefix(f"{words.LIST_AGE[at]} ")),
        (words.UNSENT, str(around.unsent)),
    )
    return neutral_block(view.counter, facts, at)


def _recent(view: View, width: int, count: int) -> list[Row]:
    title: Row = [(_fit(f" {view.one(words.LAST_SCANS)}", width), "2;4")]
    rows = [_recent_row(view, one, width) for one in list(view.recent)[:count]]
    return [title, *rows, *[[(" " * width, _PLAIN)] for _ in range(count - len(rows))]]


def _recent_row(view: View, outcome: Outcome, width: int) -> Row:
    display, at = outcome.display, view.language
    verdict = words.VERDICTS[display.verdict][at]
    live = display.mode is Mode.LIVE
    left = f" {_number(outcome):<5} {_time(view, outcome)} "
    word = f" {verdict} "
    marks = [words.OVERRIDES[display.override][at]] if display.override else []
    marks += [] if live else [words.MODES[display.mode][at]]
    rest = " " + " ".join([*marks, _what(outcome, at)])
    if display.reasons:
        rest += "  " + "; ".join(view.around.texts.get(code, (code, code))[at] for code in display.reasons)
    room = width - cell_len(left) - cell_len(word)
    style = _COLOURS[display.verdict] if live or display.verdict is not Verdict.ALLOW else "1;33"
    return [(left, _PLAIN), (word, style), (_fit(rest, room), _PLAIN)]


def _time(view: View, outcome: Outcome) -> str:
    return f"{outcome.at.astimezone(view.around.now.tzinfo):%H:%M:%S}"


def _number(outcome: Outcome) -> str:
    return f"#{outcome.display.seq}" if outcome.display.recorded and outcome.display.seq is not None else "#-"


def _what(outcome: Outcome, at: int) -> str:
    """Return what was scanned, so that the keeper recognises it and no stranger reads it."""
    line, seen = outcome.passing.line, outcome.passing.seen
    kind = words.KINDS[line.kind][at]
    tail = "" if line.kind is CredentialKind.CODE or line.problem else f" ..{line.value[-4:]}"
    people = f" +{len(outcome.passing.on_board)}" if outcome.passing.on_board else ""
    degrees = f" {seen.temperature_c:.1f}" if seen.temperature_c is not None else ""
    return f"{words.DIRECTIONS[seen.direction][at]} {kind}{tail}{people}{degrees}"


def _foot(view: View, width: int) -> list[Row]:
    following = view.counter.next
    degrees = "—" if following.temperature_c is None else f"{following.temperature_c:.1f} ℃"
    known = [
        f"{view.one(words.NEXT_PERSON)}: {view.one(words.TEMPERATURE)} {degrees}",
        f"{view.one(words.MASK)} {view.one(words.worn(following.mask))}",
    ]
    whose = view.counter.vehicle or following
    known += [view.one(words.OVERRIDES[whose.override])] if whose.override else []
    set_now = following.temperature_c is not None or following.mask is not None or whose.override is not None
    note = "" if view.note is None else view.one(view.note.texts)
    status = f" {'  '.join(known)}    {note}"
    keys = " ".join(f"{key} {view.one(texts)}" for key, (_, texts) in KEYS.items())
    return [
        [(_fit(status, width), "1;36" if set_now else _PLAIN)],
        [(_fit(f" > {_end_of(view.typed, width - 8)}{_CURSOR}", width), _STRONG)],
        [(_fit(f" {keys}", width), _DIM)],
    ]


def _fit(text: str, width: int) -> str:
    return set_cell_size(text, max(width, 0))


def _centre(text: str, width: int) -> str:
    return _fit(" " * ((width - cell_len(text)) // 2) + text, width)


def _end_of(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[1:]
    return text


def _wrapped(text: str, width: int) -> Iterable[str]:
    """Return a text in lines of the width, cut at blanks where there are any."""
    line = text
    while cell_len(line) > width:
        cut = len(line)
        while cell_len(line[:cut]) > width:
            cut -= 1
        blank = line.rfind(" ", cut // 2, cut)
        cut = blank if blank > 0 else cut
        yield line[:cut].rstrip()
        line = line[cut:].lstrip()
    yield line
