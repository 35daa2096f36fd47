"""Undoing an import: what each person's file was before comes back, unless the file has changed since (R1.12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from shared.base.private import SEALED


class State(StrEnum):
    """Where the undoing of an import stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Cause(StrEnum):
    """Why what a row has done stays."""

    CHANGED_SINCE = "changed_since"
    USED_SINCE = "used_since"
    OWN = "own"
    EXAMINE = "examine"


WHAT_TO_DO = {
    Cause.CHANGED_SINCE: "The file has changed since: undo single changes at the file, or correct it"
    " · 档案此后又有变更：请在该档案中逐项撤销或更正",
    Cause.USED_SINCE: "A code, a journey, a colour or an appeal rests on the file: correct the file instead"
    " · 该档案已产生健康码、行程、赋码或申诉：请直接更正档案",
    Cause.OWN: "The person is yours or lives in your household: a colleague undoes it at the file"
    " · 涉及您本人或同户人员：请由同事在该档案中撤销",
    Cause.EXAMINE: "It is not undone with the rights of your area: ask the office above"
    " · 以您的权限不能撤销：请联系上级",
}


class Added(NamedTuple):
    """That a row of a roster opened a file."""

    row: int
    resident_id: str


class Changed(NamedTuple):
    """That a row of a roster changed a file."""

    row: int
    resident_id: str
    change_id: str


@dataclass(frozen=True)
class Trace:
    """What some rows of an import did, by which it can be undone; `number` is the first of the rows."""

    import_id: str
    number: int
    added: tuple[Added, ...] = ()
    changed: tuple[Changed, ...] = ()


@dataclass(frozen=True)
class Kept:
    """A row of an import whose effect stays, and why."""

    import_id: str
    row: int
    resident_id: str
    cause: Cause


@dataclass(frozen=True)
class ImportUndo:
    """The undoing of an import: of `rows` that added or changed a file, `handled` have an outcome.

    `restored` files have their former state, `withdrawn` persons are taken off, `kept` rows stay. `reached` is the last
    trace that is handled. It acts with the rights that its official had when it was accepted.
    """

    import_id: str
    area_path: str
    by: str
    roles: tuple[str, ...]
    reason: str = field(metadata=SEALED)
    asked_at: datetime
    rows: int
    state: State = State.RUNNING
    reached: int = -1
    handled: int = 0
    restored: int = 0
    withdrawn: int = 0
    kept: int = 0
    failure: str | None = None
    finished_at: datetime | None = None


class Outcomes(NamedTuple):
    """What became of some rows that are undone."""

    restored: int
    withdrawn: int
    kept: Sequence[Kept]


def advance(before: ImportUndo, reached: int | None, made: Outcomes, now: datetime) -> ImportUndo:
    """Return the undoing with some more rows handled; without a further trace it is done."""
    after = replace(
        before,
        state=State.RUNNING if reached is not None else State.DONE,
        reached=before.reached if reached is None else reached,
        handled=before.handled + made.restored + made.withdrawn + len(made.kept),
        restored=before.restored + made.restored,
        withdrawn=before.withdrawn + made.withdrawn,
        kept=before.kept + len(made.kept),
    )
    return after if reached is not None else replace(after, finished_at=now)


def traces(import_id: str, added: Iterable[Added], changed: Iterable[Changed], rows_a_trace: int) -> list[Trace]:
    """Return what rows did, by so many rows."""
    every: list[Added | Changed] = [*added, *changed]
    rows = sorted(every, key=lambda one: one.row)
    parts = [rows[at : at + rows_a_trace] for at in range(0, len(rows), rows_a_trace)]
    return [
        Trace(
            import_id,
            part[0].row,
            tuple(one for one in part if isinstance(one, Added)),
            tuple(one for one in part if isinstance(one, Changed)),
        )
        for part in parts
    ]
