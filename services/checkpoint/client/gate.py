"""One gate as its keeper uses it: a line in, a verdict out, with the service or without (R2.2, R2.4)."""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from services.checkpoint.client.background import Condition
from services.checkpoint.client.book import SENT, UNSENT, Book, BookUnusable
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.copy import Copy
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.exits import Exits
from services.checkpoint.client.link import Refused
from services.checkpoint.client.offline import CACHED_FOR, Judged, judge
from services.checkpoint.client.posting import REJECTED, Answer, Poster, clock_offset_of, fault_of, receipt_of
from services.checkpoint.client.recognition import Line
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reading import Unread
from services.checkpoint.domain.scan import Override
from shared.base.ids import new_id
from shared.base.json_types import Json, JsonView
from shared.events.checkpoint import Mode, Verdict

# So long a person waits for the service before the device decides.
PATIENCE_S = 1.5


class Passing(NamedTuple):
    """Who passes: what was read, what was measured, and for a vehicle those on board; `override` is an emergency."""

    line: Line
    seen: Measured
    on_board: tuple[Line, ...] = ()
    override: Override | None = None


class OnBoard(NamedTuple):
    """What the gate displays of a person in a vehicle."""

    verdict: Verdict
    reasons: tuple[str, ...]
    person: str = ""


@dataclass(frozen=True)
class Display:
    """What the gate displays. `recorded` is false where the disk did not take the scan; `note` says what is wrong.

    `unread` says why the credential beside a temperature was not read.
    `person` is the masked name and the year of birth that the keeper compares; the book never has it, nor `went_out`,
    who of the household has been out.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    mode: Mode
    as_of: datetime | None
    seq: int | None = None
    recorded: bool = True
    note: Pair | None = None
    unread: Unread | None = None
    person: str = ""
    on_board: tuple[OnBoard, ...] = ()
    went_out: tuple[str, ...] = ()
    override: Override | None = None

    def as_entry(self) -> Json:
        """Return it as the book keeps it."""
        as_of = self.as_of.isoformat() if self.as_of else None
        return {"verdict": self.verdict, "reasons": self.reasons, "mode": self.mode, "as_of": as_of}


class Gate:
    """Takes scans at one gate, each into the book before the gate displays its verdict."""

    def __init__(
        self,
        gate_id: str,
        book: Book,
        copy: Copy,
        poster: Poster,
        condition: Condition,
        clock: DeviceClock,
        cached_for: timedelta = CACHED_FOR,
    ) -> None:
        self._gate_id = gate_id
        self._book = book
        self._copy = copy
        self._poster = poster
        self._condition = condition
        self._clock = clock
        self._cached_for = cached_for
        self._exits = Exits()
        self._unwritten: list[int] = []  # scans in the book whose verdict the disk did not take

    def scan(self, passing: Passing) -> Display:
        """Keep the scan, decide on it, keep what the gate displays; with a full disk decide all the same and say so."""
        return replace(self._take(passing), unread=passing.line.problem, override=passing.override)

    def _take(self, passing: Passing) -> Display:
        now = self._clock.now()
        offset_s = self._clock.offset_s
        scan = self._scan(passing, now)
        online = self._condition.online is not False  # not known so far: the first scan asks
        try:
            self._book.give_back(self._unwritten)
            self._unwritten = []
            seq = self._book.add(scan, SENT if online else UNSENT, offset_s)
        except BookUnusable as error:
            return self._not_recorded(self._judged(passing, now), error)
        answer = self._answer(scan | {"seq": seq}, offset_s) if online else None
        display = _display_answer(answer) if answer else self._judged(passing, now)
        receipt = receipt_of(scan["scan_id"], answer) if answer else None
        try:
            self._book.show(seq, scan | {"mode": display.mode}, display.as_entry(), receipt)
        except BookUnusable as error:
            self._unwritten.append(seq)
            return self._not_recorded(display, error)
        return replace(display, seq=seq)

    def _scan(self, passing: Passing, now: datetime) -> Json:
        line, seen, on_board, override = passing
        scan: Json = {
            "scan_id": new_id(),
            "gate_id": self._gate_id,
            "at": now.isoformat(),
            "direction": seen.direction,
            "credential": _credential(line),
            "temperature_c": seen.temperature_c,
            "mask": seen.mask,
            "mode": Mode.LIVE,
        }
        scan |= {"on_board": [_credential(one) for one in on_board]} if on_board else {}
        return scan | ({"override": override} if override else {})

    def _answer(self, scan: JsonView, offset_s: float) -> Answer | None:
        try:
            answer = self._poster.ask(scan, self._clock.by(offset_s))
        except Refused as error:
            self._condition.mark_offline(error.texts)
            return None
        if answer is None:
            self._condition.mark_offline()
            return None
        if not self._condition.online:
            self._condition.mark_online()
        self._condition.known_at = time.monotonic()
        if (wrong_s := clock_offset_of([answer])) is not None:
            self._clock.learn(offset_s + wrong_s)
        return answer

    def _judged(self, passing: Passing, now: datetime) -> Display:
        line, seen, on_board, override = passing
        copy = self._copy
        judged = judge(line, seen, copy.lists, copy.standing, now, self._cached_for, on_board, self._exits)
        for resident_id in judged.let_out:
            self._exits.add(resident_id, now)
        display = _display_judged(judged)
        return replace(display, verdict=Verdict.ALLOW) if override else display

    def _not_recorded(self, display: Display, error: BookUnusable) -> Display:
        self._condition.trouble = error.texts
        return replace(display, recorded=False, note=error.texts)


def _credential(line: Line) -> Json:
    return {"kind": line.kind, "value": line.value}


def _display_judged(judged: Judged) -> Display:
    on_board = tuple(OnBoard(one.verdict, one.reasons) for one in judged.on_board)
    return Display(judged.decision.verdict, judged.decision.reasons, judged.mode, judged.as_of, on_board=on_board)


def _display_answer(answer: Answer) -> Display:
    receipt = receipt_of("", answer)
    if receipt.state == REJECTED:  # a scan that the service does not take lets no person pass
        return Display(Verdict.RECHECK, receipt.reasons[:1], Mode.LIVE, None, note=fault_of(answer))
    text = answer.get("standing_as_of")
    as_of = datetime.fromisoformat(text) if text else None
    on_board = tuple(
        OnBoard(Verdict(one["verdict"]), tuple(one["reasons"]), _named(one.get("person")))
        for one in answer.get("on_board", ())
    )
    person = _named(answer.get("person"))
    went_out = tuple(f"{one['name']} {_local(one['at'])}" for one in answer.get("went_out", ()))
    verdict = Verdict(answer["verdict"])
    return Display(verdict, receipt.reasons, Mode.LIVE, as_of, person=person, on_board=on_board, went_out=went_out)


def _local(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%m-%d %H:%M")


def _named(person: JsonView | None) -> str:
    return f"{person['name']} {person['birth_year']}" if person else ""
