"""An import is undone as accepted work, step by step, and a single change at once; both are changes that are kept."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Self

from services.registration.domain import pacing
from services.registration.domain import undoing as domain
from services.registration.domain.changes import Act, Change, FieldChange, Why
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.domain.imports import Kind
from services.registration.domain.residents import Resident
from services.registration.domain.undoing import Added, Cause, Changed, ImportUndo, Kept, Outcomes, State, Trace
from services.registration.usecases import Deps, changes, contacts, employee_undoing, files, import_work
from services.registration.usecases.files import File
from shared.base.errors import Conflict, NotFound
from shared.store.deadlines import Deadline
from shared.store.mongo import Document
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import Own, own_of

STEP = "import.undo"
FAILURE = (
    "The rest was not undone because of a mistake in this system: tell the operator the import's id, then ask again"
    " · 系统错误，其余部分未撤销：请将导入编号告知运维人员后重试"
)


@retry_conflicts
async def accept(deps: Deps, caller: Principal, import_id: str, reason: str) -> ImportUndo:
    """Accept that an import is undone; again, it changes nothing, and goes on where a mistake had ended it.

    Raises `NotFound` outside the import's area, `Conflict` for an import that cannot be undone (yet).
    """
    imported, _ = await import_work.show(deps, caller, import_id)
    if imported.kind not in (Kind.RESIDENTS, Kind.EMPLOYEES):
        text = "An import of places is not undone: import the former tree"
        raise Conflict("registration.places_stay", text, detail_zh="地点名册不能撤销：请重新导入原来的地点")
    if not imported.finished:
        text = "The import is not finished: undo it when it is done"
        raise Conflict("registration.import_runs", text, detail_zh="导入尚未完成：请在完成后撤销")
    async with deps.unit_of_work() as work:
        known = await deps.store.undoing.get(import_id, work)
        if known is not None and known.state is not State.FAILED:
            return known
        traced = imported.kind is Kind.EMPLOYEES or await deps.store.undoing.traces(import_id, -1, 1, work)
        if imported.added + imported.changed and not traced:
            text = "What this import did is not kept: correct the files, or import the former roster"
            raise Conflict("registration.no_history", text, detail_zh="该导入没有保留变更记录：请更正档案或导入原名册")
        now, rows = deps.clock.now(), imported.added + imported.changed
        roles = tuple(sorted(caller.roles))
        undo = ImportUndo(import_id, caller.area, caller.subject, roles, reason, now, rows)
        if known is not None:
            undo = replace(known, state=State.RUNNING, failure=None, finished_at=None)
        await deps.store.undoing.put(undo, work)
        await deps.deadlines.schedule(work, STEP, import_id, now)
    deps.deadlines.wake()
    return undo


async def show(deps: Deps, caller: Principal, import_id: str) -> ImportUndo:
    """Return how far the undoing of an import is. Raises `NotFound` outside its area, and where none was asked for."""
    await import_work.show(deps, caller, import_id)
    undo = await deps.store.undoing.get(import_id)
    if undo is None:
        raise NotFound("registration.not_undone", "The import is not undone: ask for it with POST")
    return undo


class UndoSteps:
    """Undoes imports in one process, step by step, at the pace that the store keeps."""

    def __init__(self) -> None:
        self._pace = pacing.FIRST

    async def __call__(self, deps: Deps, deadline: Deadline) -> timedelta:
        """Undo some rows of an import; return how long the store rests before the next step."""
        began = time.monotonic()
        try:
            handled = await _step(deps, deadline, max(1, self._pace.rows // pacing.LEAST))
        except AlreadyHandled:
            raise
        except Exception as error:
            self._pace = pacing.after_failure(self._pace)
            if deps.deadlines.gives_up(deadline, error):
                await _fail(deps, deadline.subject)
            raise
        self._pace = pacing.next_pace(self._pace, handled, timedelta(seconds=time.monotonic() - began))
        return self._pace.rest


@retry_conflicts
async def _step(deps: Deps, deadline: Deadline, most: int) -> int:
    """Undo what up to `most` traces hold, in one transaction; return how many rows that were."""
    async with deps.unit_of_work() as work:
        before = await deps.store.undoing.get(deadline.subject, work)
        if before is None or before.state is not State.RUNNING:
            return 0
        if await employee_undoing.is_of_employees(deps, before, work):
            after = await employee_undoing.undo_some(deps, before, pacing.LEAST * most, work)
            if after.state is State.RUNNING:
                await deps.deadlines.again(work, deadline, deadline.due_at)
            return after.handled - before.handled
        traces = await deps.store.undoing.traces(before.import_id, before.reached, most, work)
        made = await (await _Rows.read(deps, before, traces, work)).undo(traces)
        after = domain.advance(before, traces[-1].number if traces else None, made, deps.clock.now())
        await deps.store.undoing.update(before, after, work)
        await deps.store.undoing.insert_kept(made.kept, work)
        if after.state is State.RUNNING:
            await deps.deadlines.again(work, deadline, deadline.due_at)
    return after.handled - before.handled


@retry_conflicts
async def _fail(deps: Deps, import_id: str) -> None:
    async with deps.unit_of_work() as work:
        before = await deps.store.undoing.get(import_id, work)
        if before is not None and before.state is State.RUNNING:
            after = replace(before, state=State.FAILED, failure=FAILURE, finished_at=deps.clock.now())
            await deps.store.undoing.update(before, after, work)


@dataclass(frozen=True)
class _Rows:
    """Some rows that are undone in one transaction, and what the store knows of their files."""

    deps: Deps
    work: UnitOfWork
    caller: Principal
    why: Why
    own: Own
    residents: Mapping[str, Resident]
    contacts_of: Mapping[str, Contact]
    changes: Mapping[str, Change]
    histories: Mapping[str, Sequence[Document]]
    used: set[str]
    made: list[Change] = field(default_factory=list)

    @classmethod
    async def read(cls, deps: Deps, undo: ImportUndo, traces: Sequence[Trace], work: UnitOfWork) -> Self:
        """Return the rows with what the store knows of their files."""
        caller = Principal(undo.by, frozenset(undo.roles), undo.area_path, None)
        added = [one.resident_id for trace in traces for one in trace.added]
        changed = [one for trace in traces for one in trace.changed]
        ids = [*added, *(one.resident_id for one in changed)]
        stored = deps.store
        return cls(
            deps=deps,
            work=work,
            caller=caller,
            why=Why(Act.UNDO, undo.by, undo.reason, undoes=undo.import_id),
            own=await own_of(stored.residents, caller),
            residents={one.resident_id: one for one in await stored.residents.as_stored(ids, work)},
            contacts_of=await stored.contacts.several(ids, work),
            changes={one.change_id: one for one in await stored.history.each([c.change_id for c in changed], work)},
            histories=await stored.history.of_residents(ids, work),
            used=await stored.undoing.used(added, work),
        )

    async def undo(self, traces: Sequence[Trace]) -> Outcomes:
        """Undo the rows and return what became of them."""
        kept: list[Kept] = []
        done = {Added: 0, Changed: 0}
        for trace in traces:
            rows: list[Added | Changed] = [*trace.added, *trace.changed]
            for row in rows:
                cause = await (self._withdraw(row) if isinstance(row, Added) else self._restore(row))
                if cause is None:
                    done[type(row)] += 1
                else:
                    kept.append(Kept(trace.import_id, row.row, row.resident_id, cause))
        await self.deps.store.history.insert(self.made, self.work)
        return Outcomes(done[Changed], done[Added], kept)

    async def _withdraw(self, row: Added) -> Cause | None:
        """Take a person off whom the import registered; return why not."""
        resident = self.residents.get(row.resident_id)
        if resident is None or self._is_done(row.resident_id, self.why.undoes):
            return None
        if cause := self._hindrance(resident):
            return cause
        if self._since(row.resident_id, ""):
            return Cause.CHANGED_SINCE
        if row.resident_id in self.used:
            return Cause.USED_SINCE
        new = File(replace(resident, left=True, card_hashes=()), ContactPoints())
        await self._put(resident, new, self.why)
        return None

    async def _restore(self, row: Changed) -> Cause | None:
        """Give a file back what it was before the row; return why not."""
        resident, change = self.residents.get(row.resident_id), self.changes.get(row.change_id)
        if self._is_done(row.resident_id, row.change_id):
            return None
        if resident is None or change is None:
            return Cause.CHANGED_SINCE
        if cause := self._hindrance(resident):
            return cause
        fields = changes.open_details(self.deps, change).fields
        file = self._file(resident)
        if self._since(row.resident_id, row.change_id) or not files.is_as_after(self.deps, file, fields):
            return Cause.CHANGED_SINCE
        new = files.as_before(self.deps, file, fields)
        if not self.caller.sees(new.resident.area_path) or await _held(self.deps, resident, new.resident, self.work):
            return Cause.EXAMINE
        await self._put(resident, new, replace(self.why, undoes=row.change_id))
        return None

    def _is_done(self, resident_id: str, undoes: str | None) -> bool:
        return any(one.get("undoes") == undoes for one in self.histories.get(resident_id, ()))

    def _hindrance(self, resident: Resident) -> Cause | None:
        if not self.caller.sees(resident.area_path):
            return Cause.EXAMINE
        return Cause.OWN if self.own.concerns(resident.resident_id, resident.household_id) else None

    def _since(self, resident_id: str, change_id: str) -> list[Document]:
        """Return the changes of a file behind one, without those that were undone and those that undid them."""
        later = [one for one in self.histories.get(resident_id, ()) if one["_id"] > change_id]
        undone = {one.get("undoes") for one in later} & {one["_id"] for one in later}
        return [one for one in later if one["_id"] not in undone and one.get("undoes") not in undone]

    def _file(self, resident: Resident) -> File:
        return File(resident, contacts.open_contact(self.deps, self.contacts_of.get(resident.resident_id)))

    async def _put(self, resident: Resident, new: File, why: Why) -> None:
        old = self._file(resident)
        contact = self.contacts_of.get(resident.resident_id)
        if change := await _put(self.deps, old, new, contact, why, self.work):
            self.made.append(change)


async def _put(deps: Deps, old: File, new: File, contact: Contact | None, why: Why, work: UnitOfWork) -> Change | None:
    """Store a file that is given back, and return the change."""
    doors = {new.resident.household_id: new.resident.area_path}
    await deps.store.residents.ensure_households(doors, work)
    await files.put(deps, old, new, contact, why.by, work)
    return changes.make(deps, old.resident, new.resident, why, (old.points, new.points))


async def _held(deps: Deps, old: Resident, new: Resident, work: UnitOfWork) -> bool:
    """Whether another person now holds a card that a file would get back."""
    gained = [one for one in new.card_hashes if one not in old.card_hashes]
    holders = await deps.store.cards.holders(gained, work) if gained else {}
    return any(one != old.resident_id for one in holders.values())


@retry_conflicts
async def undo_change(deps: Deps, caller: Principal, resident_id: str, change_id: str, reason: str) -> Change:
    """Give a file back what it was before one change, and return the change that does so; again, that same one.

    Raises `NotFound` outside the area, `Conflict` where the same fields have changed since or the household is the own.
    """
    async with deps.unit_of_work() as work:
        resident = await deps.store.residents.get(resident_id, work)
        change = await deps.store.history.get(change_id, work)
        resident = resident if change is not None and change.resident_id == resident_id else None
        if change is not None and change.act in (Act.MERGE, Act.UNMERGE):
            text = "A merge is undone at its pair: un-merge the two files there"
            raise Conflict("registration.undo_by_unmerge", text)
        if resident is None or change is None or not caller.sees(resident.area_path):
            raise NotFound("registration.no_such_change", "The change was not found in your area")
        (await own_of(deps.store.residents, caller)).require_stranger(resident_id, resident.household_id)
        histories = await deps.store.history.of_residents([resident_id], work)
        done = next((one["_id"] for one in histories[resident_id] if one.get("undoes") == change_id), None)
        if done and (known := await deps.store.history.get(done, work)):
            return known
        contact = await deps.store.contacts.get(resident_id, work)
        file = File(resident, contacts.open_contact(deps, contact))
        new = files.as_before(deps, file, _unchanged_fields(deps, file, change))
        if not caller.sees(new.resident.area_path) or await _held(deps, resident, new.resident, work):
            text = "It is not undone with the rights of your area: ask the office above"
            raise Conflict("registration.undo_examined", text, detail_zh="以您的权限不能撤销：请联系上级")
        why = replace(changes.by_request(Act.UNDO, caller, reason), undoes=change_id)
        undone = await _put(deps, file, new, contact, why, work)
        if undone is None:
            raise Conflict("registration.nothing_to_undo", "The file is as it was before the change already")
        await deps.store.history.insert([undone], work)
    return undone


def _unchanged_fields(deps: Deps, file: File, change: Change) -> Sequence[FieldChange]:
    """Return the fields of a change. Raises `Conflict` where one of them has changed since."""
    fields = changes.open_details(deps, change).fields
    since = [one.field.value for one in fields if not files.is_as_after(deps, file, [one])]
    if since:
        names = ", ".join(since)
        text = f"Changed again since: {names}. Undo the later changes first, or state it anew at the file"
        chinese = f"此后又有变更：{names}。请先撤销后来的变更，或在档案中重新填写"
        raise Conflict("registration.changed_since", text, detail_zh=chinese, fields=since)
    return fields
