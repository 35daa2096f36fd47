"""Two files that may be of one person, and what officers decide on them: a merge, two people, or later (R1.12).

A merge takes a second person where one of the files has an open case or a red code. Decided to be different people, a
pair is never proposed again.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import PRIVATE, SEALED


class State(StrEnum):
    """Where a pair stands."""

    OPEN = "open"
    LATER = "later"
    WAITING = "waiting"  # for the second person of a merge
    MERGED = "merged"
    DIFFERENT = "different"
    SEPARATED = "separated"  # merged once, and un-merged


UNDECIDED = (State.OPEN, State.LATER)


@dataclass(frozen=True)
class Pair:
    """Two files, in the order of their ids, in the smallest area that holds both doors.

    `reasons` are codes of why they are proposed, `score` their points. Of a merge `survivor_id` is the file that stays,
    `change_id` the change by which it took over what it lacked, `left_before` whether the other one had left.
    """

    pair_id: str
    first_id: str
    second_id: str
    area_path: str
    score: int
    reasons: tuple[str, ...]
    proposed_at: datetime
    state: State = State.OPEN
    survivor_id: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = field(default="", metadata=SEALED)
    confirmed_by: str | None = None
    later_until: datetime | None = None
    change_id: str | None = field(default=None, metadata=PRIVATE)
    left_before: bool = False
    was_absorbed: tuple[str, ...] = field(default=(), metadata=PRIVATE)

    @property
    def resident_ids(self) -> tuple[str, str]:
        """The two files."""
        return self.first_id, self.second_id

    @property
    def absorbed_id(self) -> str:
        """The file that is merged into the other one."""
        return self.second_id if self.survivor_id == self.first_id else self.first_id


def propose(pair_id: str, a: str, b: str, area_path: str, score: int, reasons: Collection[str], now: datetime) -> Pair:
    """Return two files as a pair of the worklist. Raises `Invalid` for one file."""
    if a == b:
        raise Invalid("registration.one_file", "Both are the same file: name two files")
    first, second = sorted((a, b))
    return Pair(pair_id, first, second, area_path, score, tuple(reasons), now)


def _require_undecided(pair: Pair, *also: State) -> None:
    if pair.state not in (*UNDECIDED, *also):
        text = f"The pair was decided already, it is {pair.state.value}: un-merge it, or leave it as it is"
        raise Conflict("registration.pair_decided", text, state=pair.state.value)


def merge(pair: Pair, survivor_id: str, takes_two: bool, by: str, reason: str, now: datetime) -> Pair:
    """Return the pair merged, or waiting for a second person. Raises `Conflict` where it is decided."""
    _require_undecided(pair, State.DIFFERENT, State.SEPARATED)
    if survivor_id not in pair.resident_ids:
        raise Invalid("registration.no_such_survivor", "The file that stays must be one of the two")
    state = State.WAITING if takes_two else State.MERGED
    decided = replace(pair, state=state, survivor_id=survivor_id, decided_by=by, decided_at=now, reason=reason)
    return replace(decided, confirmed_by=None, later_until=None)


def approve(pair: Pair, by: str) -> Pair:
    """Return the pair merged by a second person. Raises `Conflict` to the first one, and where nothing waits."""
    if pair.state is not State.WAITING:
        raise Conflict("registration.no_merge_waits", "No merge of this pair waits for a second person")
    if same_person(pair.decided_by, by):
        raise Conflict("registration.own_merge", "A second person approves the merge: ask a colleague")
    return replace(pair, state=State.MERGED, confirmed_by=by)


def tell_apart(pair: Pair, by: str, reason: str, now: datetime) -> Pair:
    """Return the pair as different people, who are never proposed again; it also refuses a merge that waits."""
    _require_undecided(pair, State.WAITING, State.SEPARATED)
    decided = replace(pair, state=State.DIFFERENT, survivor_id=None, later_until=None)
    return replace(decided, decided_by=by, decided_at=now, reason=reason)


def put_off(pair: Pair, until: datetime, by: str, reason: str, now: datetime) -> Pair:
    """Return the pair put off. Raises `Invalid` for a time that has passed."""
    _require_undecided(pair)
    if until <= now:
        raise Invalid("registration.later_past", "The time until which it is put off has passed: choose a later one")
    return replace(pair, state=State.LATER, later_until=until, decided_by=by, decided_at=now, reason=reason)


def separate(pair: Pair, by: str, reason: str, now: datetime) -> Pair:
    """Return the pair un-merged. Raises `Conflict` where it is not merged."""
    if pair.state is not State.MERGED:
        raise Conflict("registration.not_merged", "The two files are not merged: there is nothing to separate")
    return replace(pair, state=State.SEPARATED, decided_by=by, decided_at=now, reason=reason, change_id=None)
