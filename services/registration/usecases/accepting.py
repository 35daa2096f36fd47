"""A roster is checked and accepted whole: its rows wait sealed until steps carry them out (R1.12).

The rows are read, checked, sealed and stored some at a time, so that a file of any length takes little memory. They are
stored under an id of their own before the import is: rows without an import, as a kill leaves them, expire.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from services.registration import metrics
from services.registration.domain import imports as domain
from services.registration.domain.imports import Import, Kind, Outcome, Preview, RowProblem
from services.registration.rosters.by_hand import ByHand
from services.registration.rosters.cells import EMPTY
from services.registration.rosters.rows import Roster, Row
from services.registration.store.imports import Part
from services.registration.usecases import Checked, Deps, import_files
from services.registration.usecases.import_work import KINDS, ROWS, ROWS_A_PART, STEP, RosterEntry, count
from shared.base.errors import Conflict, Invalid
from shared.base.ids import new_id
from shared.base.sealing import keyed_hash
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork, retry_conflicts
from shared.web.access import Principal

LONGEST_NAME = 200
SAMPLE = 10  # rows that a preview shows
PROBLEMS = 1_000  # so many problems stand in a preview
ROWS_AT_ONCE = 1_000
_NAMED_ROWS = 10


async def accept(
    deps: Deps,
    caller: Principal,
    kind: Kind,
    content: bytes,
    file: str | None,
    chosen_id: str = "",
    whole: bool = False,
    by_hand: ByHand | None = None,
) -> str:
    """Accept a roster and return the import's id; while it is unfinished the same file again gives the same id.

    An import of `chosen_id` is the same also after its end. Raises `Invalid` for a file that is wrong as a whole, for
    one with a bad row where it goes in as a `whole`, `Conflict` for an id that has another file. `by_hand` maps the
    titles of the file to columns; an error sheet is mapped as the import whose rows it corrects.
    """
    claim = await asyncio.to_thread(_claim, deps, caller, kind, content, by_hand)
    if known := await _find_import(deps, claim, chosen_id):
        return known
    async with deps.reading:
        opened = await import_files.open_sent(deps, caller, kind, content, by_hand)
        roster = await asyncio.to_thread(opened.file.roster, KINDS[kind].columns, opened.by_hand)
        # A chosen id may have rows of an attempt that was killed; the version before looks for rows by the import's id.
        import_id = chosen_id or new_id()
        sealing = _Sealing(deps, kind, new_id() if chosen_id else import_id, whole)
        try:
            await _store_rows(deps, caller, sealing, roster)
            await import_files.keep(deps, sealing.rows_id, content)
        except BaseException:
            await deps.store.imports.drop_rows(sealing.rows_id)
            raise
        made = import_files.linked(deps, _import_of(deps, caller, roster, file, import_id, claim, sealing), opened)
        made = replace(made, same_as=await deps.store.imports.same_as(claim))
    accepted_id, is_new = await _keep_one(deps, made)
    if not is_new:
        await deps.store.imports.drop_rows(made.rows_id)
    return accepted_id


def _import_of(
    deps: Deps, caller: Principal, roster: Roster, file: str | None, import_id: str, claim: str, sealing: "_Sealing"
) -> Import:
    """Return the import of a roster whose rows are stored."""
    made = Import(
        import_id=import_id,
        kind=sealing.kind,
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
        parts_id=sealing.rows_id if sealing.rows_id != import_id else "",
    )
    return domain.count_rejected(made, made.rows - sealing.count)


async def _keep_one(deps: Deps, made: Import) -> tuple[str, bool]:
    """Keep an import and return its id, or that of the same one which is there already, and whether it is new."""
    while True:
        try:
            return await _keep(deps, made)
        except AlreadyHandled:  # the same file was accepted at the same moment: the next turn sees it
            continue


async def _store_rows(deps: Deps, caller: Principal, sealing: "_Sealing", roster: Roster) -> None:
    """Store the rows that can be tried, sealed, and what is wrong in the others."""
    check, rows = await KINDS[sealing.kind].checking(deps, caller), iter(roster.rows)
    while True:
        entries, problems = await asyncio.to_thread(_check_some, check, rows)
        if sealing.whole and (bad := problems or await _rehearse(deps, caller, sealing.kind, entries)):
            raise _bad_rows(bad)
        parts = await asyncio.to_thread(sealing.seal, entries)
        await deps.store.imports.store_rows(sealing.rows_id, parts, problems)
        if not entries and not problems:
            return


# Any: one table holds kinds of different entries
async def _rehearse(deps: Deps, caller: Principal, kind: Kind, entries: Sequence[Any]) -> Sequence[RowProblem]:
    rehearse = KINDS[kind].rehearse
    return await rehearse(deps, caller, entries) if rehearse and entries else ()


def _bad_rows(problems: Sequence[RowProblem]) -> Invalid:
    rows = sorted({one.row for one in problems})
    first = ", ".join(map(str, rows[:_NAMED_ROWS]))
    text = f"The file has bad rows (the first: {first}), and all or nothing was asked for: nothing was stored"
    return Invalid("import.bad_rows", f"{text}. See the preview, correct them and send it again", rows=first)


# Any: one table holds kinds of different entries
def _check_some(check: Callable[[Sequence[Row]], Checked[Any]], rows: Iterator[Row]) -> Checked[Any]:
    """Check the rows that come next: as many as give entries or problems."""
    return check(list(islice(rows, ROWS_AT_ONCE)))


@dataclass
class _Sealing:
    """Seals the entries of one import as they wait in the store: they hold names, ID numbers and phone numbers."""

    deps: Deps
    kind: Kind
    rows_id: str
    whole: bool = False
    number: int = 0
    count: int = 0

    def seal(self, entries: Sequence[RosterEntry]) -> list[Part]:
        """Return the next parts."""
        write = KINDS[self.kind].entries.dump_json
        parts = []
        for at in range(0, len(entries), ROWS_A_PART):
            rows = list(entries[at : at + ROWS_A_PART])
            part = Part(self.rows_id, self.number, rows[0].row, rows[-1].row, "")
            sealed = self.deps.sealer.seal(write(rows).decode(), ROWS, part.name)
            parts.append(replace(part, sealed=sealed))
            self.number += 1
        self.count += len(entries)
        return parts


async def _find_import(deps: Deps, claim: str, chosen_id: str, work: UnitOfWork | None = None) -> str | None:
    """Return the id of the import that was accepted for this claim, None for none. Raises `Conflict`."""
    before = await deps.store.imports.get(chosen_id, work) if chosen_id else None
    if before is None:
        return await deps.store.imports.claimed(claim, work)
    if before.claim != claim:
        raise Conflict("registration.import_id_taken", "This import_id was used for another file: make a new one")
    return before.import_id


@retry_conflicts
async def _keep(deps: Deps, accepted: Import) -> tuple[str, bool]:
    async with deps.unit_of_work() as work:
        if known := await _find_import(deps, accepted.claim, accepted.import_id, work):
            return known, False
        await deps.store.imports.insert(accepted, work)
        if not accepted.finished:
            await deps.store.imports.claim(accepted, work)
            await deps.deadlines.schedule(work, STEP, accepted.import_id, accepted.accepted_at)
    deps.deadlines.wake()
    metrics.IMPORTS.labels(accepted.kind.value, "accepted").inc()
    count(accepted, [Outcome.REJECTED] * accepted.rejected)
    return accepted.import_id, True


async def preview(deps: Deps, caller: Principal, kind: Kind, content: bytes, by_hand: ByHand | None = None) -> Preview:
    """Return what a roster would do; nothing is stored. Raises `Invalid` for a file that is wrong as a whole."""
    columns = KINDS[kind].columns
    claim = await asyncio.to_thread(_claim, deps, caller, kind, content, by_hand)
    async with deps.reading:
        opened = await import_files.open_sent(deps, caller, kind, content, by_hand)
        roster = await asyncio.to_thread(opened.file.roster, columns, opened.by_hand)
        check = await KINDS[kind].checking(deps, caller)
        sound, problems = await asyncio.to_thread(_sound_in, check, roster)
    stated = [name for name in columns if name in roster.columns]
    return Preview(
        kind=kind,
        rows=len(roster.rows),
        sound=sound,
        headings=tuple(columns[name].titles[0] for name in stated),
        sample=tuple(tuple(_as_read(row, name) for name in stated) for row in islice(roster.rows, SAMPLE)),
        problems=tuple(problems),
        skipped=tuple(roster.skipped),
        unknown_columns=tuple(roster.unknown_columns),
        unread_sheets=tuple(roster.unread_sheets),
        corrects=opened.corrects.import_id if opened.corrects else None,
        same_as=await deps.store.imports.same_as(claim),
    )


# Any: one table holds kinds of different entries
def _sound_in(check: Callable[[Sequence[Row]], Checked[Any]], roster: Roster) -> tuple[int, list[RowProblem]]:
    """Return how many rows of a roster can be tried, and the first problems of the others."""
    rows, sound, first = iter(roster.rows), 0, list[RowProblem]()
    while some := list(islice(rows, ROWS_AT_ONCE)):
        entries, problems = check(some)
        sound += len(entries)
        first += problems[: PROBLEMS - len(first)]
    return sound, first


def _as_read(row: Row, column: str) -> str:
    return str(row.cells.get(column, EMPTY).text)


def _claim(deps: Deps, caller: Principal, kind: Kind, content: bytes, by_hand: ByHand | None) -> str:
    mapped = [json.dumps(sorted(by_hand.items()))] if by_hand else []
    about = "\x1f".join([kind.value, caller.subject, caller.area, *mapped]).encode()
    return keyed_hash(deps.id_hash_key, "import", hashlib.sha256(about + b"\x1f" + content).hexdigest())
