"""Imports as work: the rows of an accepted roster wait sealed, and steps carry them out (R1.12).

A step is one transaction: the effects of some rows, the removal of these rows, and how far the import is. So a kill at
any moment neither loses nor repeats a row.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from services.registration import metrics
from services.registration.domain import imports as domain
from services.registration.domain import pacing
from services.registration.domain.imports import Import, Kind, Outcome, RowProblem
from services.registration.rosters.columns import PLACE_COLUMNS, RESIDENT_COLUMNS, STAFF_COLUMNS, Columns
from services.registration.rosters.employee_columns import EMPLOYEE_COLUMNS
from services.registration.rosters.row_texts import BETWEEN_LANGUAGES
from services.registration.rosters.rows import Row
from services.registration.store.imports import Part
from services.registration.usecases import (
    STAFF,
    Checked,
    Complete,
    Deps,
    applying,
    employee_rosters,
    imports,
    places,
    staff_rosters,
)
from shared.base.errors import Conflict, DomainError, NotFound, Unreadable
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.problems import chinese_of

STEP = "import.step"
ROWS_A_PART = pacing.LEAST
ROWS = "import.rows"  # what the seal of a part is for


class RosterEntry(Protocol):
    """What a row of a roster states."""

    @property
    def row(self) -> int:
        """The number of the row in the spreadsheet."""
        ...


E = TypeVar("E", bound=RosterEntry)


@dataclass(frozen=True)
class RosterKind(Generic[E]):
    """How rosters of one kind are checked and carried out, and how their entries are written while they wait."""

    columns: Columns
    entries: TypeAdapter[list[E]]
    checking: Callable[[Deps, Principal], Awaitable[Callable[[Sequence[Row]], Checked[E]]]]
    carry_out: Callable[[Deps, Principal, str, Sequence[E], Complete], Awaitable[Sequence[Outcome]]]
    rehearse: Callable[[Deps, Principal, Sequence[E]], Awaitable[Sequence[RowProblem]]] | None = None


# Any: one table holds kinds of different entries; each kind handles its own alone.
KINDS: Mapping[Kind, RosterKind[Any]] = {
    Kind.RESIDENTS: RosterKind(
        RESIDENT_COLUMNS, imports.ENTRIES, imports.checking, applying.carry_out, applying.rehearse
    ),
    Kind.PLACES: RosterKind(PLACE_COLUMNS, places.ENTRIES, places.checking, places.carry_out),
    Kind.STAFF: RosterKind(STAFF_COLUMNS, staff_rosters.ENTRIES, staff_rosters.checking, staff_rosters.carry_out),
    Kind.EMPLOYEES: RosterKind(
        EMPLOYEE_COLUMNS, employee_rosters.ENTRIES, employee_rosters.checking, employee_rosters.carry_out
    ),
}


async def show(deps: Deps, caller: Principal, import_id: str) -> tuple[Import, list[RowProblem]]:
    """Return an import and what is wrong in its rows. Raises `NotFound` to all but its official and staff."""
    report = await deps.store.imports.report(import_id)
    if report is None or not caller.may_see(report[0].area_path, STAFF, (report[0].by,)):
        raise NotFound("registration.no_such_import", "The import was not found in your area")
    return report


class ImportSteps:
    """Carries out imports in one process, step by step, at the pace that the store keeps."""

    def __init__(self) -> None:
        self._pace = pacing.FIRST

    async def __call__(self, deps: Deps, deadline: Deadline) -> timedelta:
        """Carry out a step of an import; return how long the store rests before the next step of any import."""
        began = time.monotonic()
        try:
            handled = await _step(deps, deadline, self._pace.rows // ROWS_A_PART)
        except AlreadyHandled:
            raise
        except Exception as error:
            self._pace = pacing.after_failure(self._pace)
            if deps.deadlines.gives_up(deadline, error):
                await _give_up(deps, deadline.subject, error)
            raise
        self._pace = pacing.next_pace(self._pace, handled, timedelta(seconds=time.monotonic() - began))
        return self._pace.rest


async def _step(deps: Deps, deadline: Deadline, most: int) -> int:
    """Carry out up to `most` parts of an import in one transaction; return how many rows that were."""
    before = await deps.store.imports.get(deadline.subject)
    if before is None or before.finished:
        return 0
    parts = await deps.store.imports.parts(before, most)
    if not parts:
        raise Conflict("registration.import_rows_gone", "The rows waited for too long and were removed: send it again")
    kind = KINDS[before.kind]
    try:
        opened = [deps.sealer.open(part.sealed, ROWS, part.name) for part in parts]
        entries = [entry for rows in opened for entry in kind.entries.validate_json(rows)]
    except Unreadable:
        text = "The rows that wait cannot be read: send the file again, and tell the operator the import's id"
        raise Conflict("registration.import_rows_unreadable", text) from None

    async def complete(work: UnitOfWork, outcomes: Sequence[Outcome], problems: Sequence[RowProblem]) -> None:
        after = domain.advance(before, outcomes, len(parts), deps.clock.now())
        await deps.store.imports.update(before, after, work)
        await deps.store.imports.remove_parts(parts, work)
        await deps.store.imports.insert_problems(before.import_id, problems, work)
        if after.finished:
            await deps.store.imports.release(after, work)
        else:
            await deps.deadlines.again(work, deadline, deadline.due_at)  # before younger imports

    outcomes = await kind.carry_out(deps, _caller(before), before.import_id, entries, complete)
    count(domain.advance(before, outcomes, len(parts), deps.clock.now()), outcomes)
    return len(entries)


def _caller(accepted: Import) -> Principal:
    """Return the clerk for whom the import acts, with the rights as of its acceptance; no token is kept."""
    return Principal(accepted.by, frozenset(accepted.roles), accepted.area_path, None)


@retry_conflicts
async def _give_up(deps: Deps, import_id: str, error: Exception) -> None:
    """Let an import fail that cannot go on: what is stored stays, the rows that wait are removed."""
    known = await deps.store.imports.get(import_id)
    waiting = await deps.store.imports.parts(known, 1) if known else []
    async with deps.unit_of_work() as work:
        before = await deps.store.imports.get(import_id, work)
        if before is None or before.finished:
            return
        after = domain.fail(before, _why(error, waiting), deps.clock.now())
        await deps.store.imports.update(before, after, work)
        await deps.store.imports.release(after, work)
    count(after, [])


def _why(error: Exception, waiting: Sequence[Part]) -> str:
    if isinstance(error, DomainError):
        chinese = chinese_of(error.code, error.details)
        return f"{error.message}{BETWEEN_LANGUAGES}{chinese}" if chinese else error.message
    where = f"Row {waiting[0].first} and those behind it were" if waiting else "Some rows were"
    return f"{where} not stored because of a mistake in this system: tell the operator the import's id"


def count(after: Import, outcomes: Sequence[Outcome]) -> None:
    """Count an import and rows of it in the metrics."""
    for outcome, rows in Counter(outcomes).items():
        metrics.IMPORTED_ROWS.labels(after.kind.value, outcome.value).inc(rows)
    if after.finished:
        metrics.IMPORTS.labels(after.kind.value, after.state.value).inc()
