"""Imports of rosters: accepted whole, carried out part by part, and then done or failed (R1.12)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What the rows of a roster are."""

    RESIDENTS = "residents"
    PLACES = "places"
    STAFF = "staff"
    EMPLOYEES = "employees"


class State(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class RowProblem(NamedTuple):
    """What is wrong in which row, as the spreadsheet numbers it; it never repeats what the cell holds."""

    row: int
    column: str
    problem: str


class SkippedRows(NamedTuple):
    """Rows of a file, from the first to the last, that are no data, and why: a total, a remark, a repeated heading."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class Preview:
    """What a roster would do, before it is accepted: of `rows` rows those without a problem go in.

    `headings` and `sample` are the first rows as they were read; they are the caller's own file and are not kept.
    """

    kind: Kind
    rows: int
    sound: int
    headings: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    problems: tuple[RowProblem, ...]
    skipped: tuple[SkippedRows, ...]
    unknown_columns: tuple[str, ...]
    unread_sheets: tuple[str, ...]


@dataclass(frozen=True)
class Import:
    """An import of `rows` rows, of which `handled` have an outcome; it acts with the caller's rights at its acceptance.

    `claim` stands for the content and the caller while it is unfinished; `failure` states why the rest was given up.
    `parts_id` is the id under which its rows wait, by default the import's; the first `parts_done` parts are handled.
    """

    import_id: str
    kind: Kind
    file: str | None
    rows: int
    unknown_columns: tuple[str, ...]
    area_path: str
    by: str
    roles: tuple[str, ...]
    claim: str
    accepted_at: datetime
    state: State = State.WAITING
    handled: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: tuple[SkippedRows, ...] = ()
    unread_sheets: tuple[str, ...] = ()
    failure: str | None = None
    finished_at: datetime | None = None
    parts_id: str = ""
    parts_done: int = 0

    @property
    def rows_id(self) -> str:
        """The id under which its rows wait, and the problems of its file are stored."""
        return self.parts_id or self.import_id

    @property
    def finished(self) -> bool:
        """Whether nothing more comes of it."""
        return self.finished_at is not None


def count_rejected(accepted: Import, rejected: int) -> Import:
    """Return the import once its file is checked: `rejected` rows are refused already; with no other row it is done."""
    after = replace(accepted, handled=rejected, rejected=rejected)
    return _done(after, accepted.accepted_at) if after.handled == after.rows else after


def advance(before: Import, outcomes: Sequence[Outcome], parts: int, now: datetime) -> Import:
    """Return the import with the rows of some more parts handled; with its last ones it is done."""
    rows = Counter(outcomes)
    after = replace(
        before,
        state=State.RUNNING,
        handled=before.handled + len(outcomes),
        added=before.added + rows[Outcome.ADDED],
        changed=before.changed + rows[Outcome.CHANGED],
        unchanged=before.unchanged + rows[Outcome.UNCHANGED],
        rejected=before.rejected + rows[Outcome.REJECTED],
        parts_done=before.parts_done + parts,
    )
    return _done(after, now) if after.handled == after.rows else after


def fail(before: Import, why: str, now: datetime) -> Import:
    """Return the import given up: what is stored stays, the rest is not carried out."""
    return replace(before, state=State.FAILED, failure=why, finished_at=now)


def _done(after: Import, now: datetime) -> Import:
    return replace(after, state=State.DONE, finished_at=now)
