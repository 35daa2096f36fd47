"""One gate as its keeper uses it: a line in, a verdict out, with the service or without (R2.2, R2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.checkpoint.client.background import Condition
from services.checkpoint.client.book import SENT, UNSENT, Book, BookUnusable
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.copy import Copy
from services.checkpoint.client.link import Refused
from services.checkpoint.client.offline import CACHED_FOR, Judged, judge
from services.checkpoint.client.posting import REJECTED, Answer, Poster, clock_offset_of, receipt_of
from services.checkpoint.client.recognition import Line
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reading import Unread
from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Mode, Verdict

# So long a person waits for the service before the device decides.
PATIENCE_S = 1.5


@dataclass(frozen=True)
class Display:
    """What the gate displays. `recorded` is false where the disk did not take the scan; `note` says what is wrong.

    `unread` says why the credential beside a temperature was not read.
    `person` is the masked name and the year of birth that the keeper compares; the book never has it.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    mode: Mode
    as_of: datetime | None
    seq: int | None = None
    recorded: bool = True
    note: str = ""
    unread: Unread | None = None
    person: str = ""

    def as_entry(self) -> dict[str, Any]:
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
        self._unwritten: list[int] = []  # scans in the book whose verdict the disk did not take

    def scan(self, line: Line, seen: Measured) -> Display:
        """Keep the scan, decide on it, keep what the gate displays; with a full disk decide all the same and say so."""
        return replace(self._take(line, seen), unread=line.problem)

    def _take(self, line: Line, seen: Measured) -> Display:
        now = self._clock.now()
        offset_s = self._clock.offset_s
        scan = self._scan(line, seen, now)
        online = self._condition.online
        try:
            self._book.give_back(self._unwritten)
            self._unwritten = []
            seq = self._book.add(scan, SENT if online else UNSENT, offset_s)
        except BookUnusable as error:
            return self._not_recorded(self._judged(line, seen, now), error)
        answer = self._answer(scan | {"seq": seq}, offset_s) if online else None
        display = _display_answer(answer) if answer else self._judged(line, seen, now)
        receipt = receipt_of(scan["scan_id"], answer) if answer else None
        try:
            self._book.show(seq, scan | {"mode": display.mode}, display.as_entry(), receipt)
        except BookUnusable as error:
            self._unwritten.append(seq)
            return self._not_recorded(display, error)
        return replace(display, seq=seq)

    def _scan(self, line: Line, seen: Measured, now: datetime) -> dict[str, Any]:
        return {
            "scan_id": new_id(),
            "gate_id": self._gate_id,
            "at": now.isoformat(),
            "direction": seen.direction,
            "credential": {"kind": line.kind, "value": line.value},
            "temperature_c": seen.temperature_c,
            "mask": seen.mask,
            "mode": Mode.LIVE,
        }

    def _answer(self, scan: Mapping[str, Any], offset_s: float) -> Answer | None:
        try:
            answer = self._poster.ask(scan, self._clock.by(offset_s))
        except Refused as error:
            self._condition.mark_offline(str(error))
            return None
        if answer is None:
            self._condition.mark_offline()
        elif (wrong_s := clock_offset_of([answer])) is not None:
            self._clock.learn(offset_s + wrong_s)
        return answer

    def _judged(self, line: Line, seen: Measured, now: datetime) -> Display:
        return _display_judged(judge(line, seen, self._copy.lists, self._copy.standing, now, self._cached_for))

    def _not_recorded(self, display: Display, error: BookUnusable) -> Display:
        self._condition.trouble = str(error)
        return replace(display, recorded=False, note=str(error))


def measured(line: Line, direction: Direction, mask: bool | None) -> Measured:
    """Return what the gate measured of the person who showed the line."""
    return Measured(direction, line.temperature_c, mask)


def _display_judged(judged: Judged) -> Display:
    return Display(judged.decision.verdict, judged.decision.reasons, judged.mode, judged.as_of)


def _display_answer(answer: Answer) -> Display:
    receipt = receipt_of("", answer)
    if receipt.state == REJECTED:  # a scan that the service does not take lets no person pass
        return Display(Verdict.RECHECK, receipt.reasons[:1], Mode.LIVE, None, note=receipt.reasons[1])
    text = answer.get("standing_as_of")
    as_of = datetime.fromisoformat(text) if text else None
    person = answer.get("person")
    named = f"{person['name']} {person['birth_year']}" if person else ""
    return Display(Verdict(answer["verdict"]), receipt.reasons, Mode.LIVE, as_of, person=named)
