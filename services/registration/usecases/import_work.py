"""Imports as work: a roster is checked and accepted whole, its rows wait sealed, and steps carry them out (R1.12).

A step is one transaction: the effects of some rows, the removal of these rows, and how far the import is. So a kill at
any moment neither loses nor repeats a row.
"""

import asyncio
import hashlib
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
from services.registration.domain.imports import Import, Kind, Outcome, Preview, RowProblem
from services.registration.rosters.cells import EMPTY
from services.registration.rosters.columns import PLACE_COLUMNS, RESIDENT_COLUMNS, STAFF_COLUMNS, Columns
from services.registration.rosters.reading import read
from services.registration.rosters.row_texts import BETWEEN_LANGUAGES
from services.registration.rosters.rows import Roster, Row
from services.registration.store.imports import Part
from services.registration.usecases import STAFF, Complete, Deps, applying, imports, places, staff_rosters
from shared.base.errors import Conflict, DomainError, NotFound, Unreadable
from shared.base.ids import new_id
from shared.base.sealing import keyed_hash
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.problems import chinese_of

STEP = "import.step"
ROWS_A_PART = pacing.LEAST
LONGEST_NAME = 200
SAMPLE = 10  # rows that a preview shows
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
    check: Callable[[Deps, Principal, Roster], Awaitable[tuple[list[E], list[RowProblem]]]]
    carry_out: Callable[[Deps, Principal, str, Sequence[E], Complete], Awaitable[Sequence[Outcome]]]


# Any: one table holds kinds of different entries; each kind handles its own alone.
KINDS: Mapping[Kind, RosterKind[Any]] = {
    Kind.RESIDENTS: RosterKind(RESIDENT_COLUMNS, imports.ENTRIES, imports.check, applying.carry_out),
    Kind.PLACES: RosterKind(PLACE_COLUMNS, places.ENTRIES, places.check, places.carry_out),
    Kind.STAFF: RosterKind(STAFF_COLUMNS, staff_rosters.ENTRIES, staff_rosters.check, staff_rosters.carry_out),
}


async def accept(
    deps: Deps, caller: Principal, kind: Kind, content: bytes, file: str | None, chosen_id: str = ""
) -> str:
    """Accept a roster and return the import's id; while it is unfinished the same file again gives the same id.

    An import of `chosen_id` is the same also after its end. Raises `Invalid` for a file that is wrong as a whole,
    `Conflict` for an id that has another file.
    """
    claim = await asyncio.to_thread(_claim, deps, caller, kind, content)
    if known := await _find_import(deps, claim, chosen_id):
        return known
    async with deps.reading:
        roster = await asyncio.to_thread(read, content, KINDS[kind].columns)
        entries, problems = await KINDS[kind].check(deps, caller, roster)
        made = Import(
            import_id=chosen_id or new_id(),
            kind=kind,
            file=file[-LONGEST_NAME:] if file else None,
            rows=len(roster.rows),
            unknown_columns=tuple(roster.unknown_columns),
            skipped=tuple(roster.skipped),
            unread_sheets=tuple(roster.unread_sheets),
            area_path=caller.area,
            by=caller.subject,
            roles=tuple(sorted(caller.roles)),
            claim=claim,
            accepted_at=deps.clock.now(),
        )
        made = domain.count_rejected(made, len(roster.rows) - len(entries))
        parts = await asyncio.to_thread(_seal, deps, made, entries)
    while True:
        try:
            return await _keep(deps, made, parts, problems)
        except AlreadyHandled:  # the same file was accepted at the same moment: the next turn sees it
            continue


async def _find_import(deps: Deps, claim: str, chosen_id: str, work: UnitOfWork | None = None) -> str | None:
    """Return the id of the import that was accepted for this claim, None for none. Raises `Conflict`."""
    before = await deps.store.imports.get(chosen_id, work) if chosen_id else None
    if before is None:
        return await deps.store.imports.claimed(claim, work)
    if before.claim != claim:
        raise Conflict("registration.import_id_taken", "This import_id was used for another file: make a new one")
    return before.import_id


async def preview(deps: Deps, caller: Principal, kind: Kind, content: bytes) -> Preview:
    """Return what a roster would do; nothing is stored. Raises `Invalid` for a file that is wrong as a whole."""
    columns = KINDS[kind].columns
    async with deps.reading:
        roster = await asyncio.to_thread(read, content, columns)
        entries, problems = await KINDS[kind].check(deps, caller, roster)
    stated = [name for name in columns if name in roster.columns]
    return Preview(
        kind=kind,
        rows=len(roster.rows),
        sound=len(entries),
        headings=tuple(columns[name].titles[0] for name in stated),
        sample=tuple(tuple(_as_read(row, name) for name in stated) for row in roster.rows[:SAMPLE]),
        problems=tuple(problems),
        skipped=tuple(roster.skipped),
        unknown_columns=tuple(roster.unknown_columns),
        unread_sheets=tuple(roster.unread_sheets),
    )


def _as_read(row: Row, column: str) -> str:
    return str(row.cells.get(column, EMPTY).text)


def _claim(deps: Deps, caller: Principal, kind: Kind, content: bytes) -> str:
    about = "\x1f".join([kind.value, caller.subject, caller.area]).encode()
    return keyed_hash(deps.id_hash_key, "import", hashlib.sha256(about + b"\x1f" + content).hexdigest())


def _seal(deps: Deps, accepted: Import, entries: Sequence[RosterEntry]) -> list[Part]:
    """Return the entries as they wait in the store: they hold names, ID numbers and phone numbers."""
    write = KINDS[accepted.kind].entries.dump_json
    parts = []
    for number, at in enumerate(range(0, len(entries), ROWS_A_PART)):
        rows = list(entries[at : at + ROWS_A_PART])
        sealed = deps.sealer.seal(write(rows).decode(), ROWS, f"{accepted.import_id}/{number}")
        parts.append(Part(accepted.import_id, number, rows[0].row, rows[-1].row, sealed))
    return parts


def _open(deps: Deps, part: Part) -> str:
    return deps.sealer.open(part.sealed, ROWS, f"{part.import_id}/{part.number}")


@retry_conflicts
async def _keep(deps: Deps, accepted: Import, parts: Sequence[Part], problems: Sequence[RowProblem]) -> str:
    async with deps.unit_of_work() as work:
        if known := await _find_import(deps, accepted.claim, accepted.import_id, work):
            return known
        await deps.store.imports.insert(accepted, work)
        await deps.store.imports.insert_problems(accepted.import_id, problems, work)
        if parts:
            await deps.store.imports.claim(accepted, work)
            await deps.store.imports.insert_parts(parts, work)
            await deps.deadlines.schedule(work, STEP, accepted.import_id, accepted.accepted_at)
    deps.deadlines.wake()
    metrics.IMPORTS.labels(accepted.kind.value, "accepted").inc()
    _count(accepted, [Outcome.REJECTED] * accepted.rejected)
    return accepted.import_id


async def show(deps: Deps, caller: Principal, import_id: str) -> tuple[Import, list[RowProblem]]:
    """Return an import and what is wrong in its rows. Raises `NotFound` outside its area."""
    report = await deps.store.imports.report(import_id)
    if report is None or not caller.may_see(report[0].area_path, STAFF):
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
    parts = await deps.store.imports.parts(before.import_id, most)
    if not parts:
        raise Conflict("registration.import_rows_gone", "The rows waited for too long and were removed: send it again")
    kind = KINDS[before.kind]
    try:
        entries = [entry for part in parts for entry in kind.entries.validate_json(_open(deps, part))]
    except Unreadable:
        text = "The rows that wait cannot be read: send the file again, and tell the operator the import's id"
        raise Conflict("registration.import_rows_unreadable", text) from None

    async def complete(work: UnitOfWork, outcomes: Sequence[Outcome], problems: Sequence[RowProblem]) -> None:
        after = domain.advance(before, outcomes, deps.clock.now())
        await deps.store.imports.update(before, after, work)
        await deps.store.imports.remove_parts(parts, work)
        await deps.store.imports.insert_problems(before.import_id, problems, work)
        if after.finished:
            await deps.store.imports.release(after, work)
        else:
            await deps.deadlines.again(work, deadline, deadline.due_at)  # before younger imports

    outcomes = await kind.carry_out(deps, _caller(before), before.import_id, entries, complete)
    _count(domain.advance(before, outcomes, deps.clock.now()), outcomes)
    return len(entries)


def _caller(accepted: Import) -> Principal:
    """Return the clerk for whom the import acts, with the rights as of its acceptance; no token is kept."""
    return Principal(accepted.by, frozenset(accepted.roles), accepted.area_path, None)


@retry_conflicts
async def _give_up(deps: Deps, import_id: str, error: Exception) -> None:
    """Let an import fail that cannot go on: what is stored stays, the rows that wait are removed."""
    waiting = await deps.store.imports.parts(import_id, 1)
    async with deps.unit_of_work() as work:
        before = await deps.store.imports.get(import_id, work)
        if before is None or before.finished:
            return
        after = domain.fail(before, _why(error, waiting), deps.clock.now())
        await deps.store.imports.update(before, after, work)
        await deps.store.imports.release(after, work)
    _count(after, [])


def _why(error: Exception, waiting: Sequence[Part]) -> str:
    if isinstance(error, DomainError):
        chinese = chinese_of(error.code, error.details)
        return f"{error.message}{BETWEEN_LANGUAGES}{chinese}" if chinese else error.message
    where = f"Row {waiting[0].first} and those behind it were" if waiting else "Some rows were"
    return f"{where} not stored because of a mistake in this system: tell the operator the import's id"


def _count(after: Import, outcomes: Sequence[Outcome]) -> None:
    for outcome, rows in Counter(outcomes).items():
        metrics.IMPORTED_ROWS.labels(after.kind.value, outcome.value).inc(rows)
    if after.finished:
        metrics.IMPORTS.labels(after.kind.value, after.state.value).inc()
