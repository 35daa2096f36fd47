"""The import of an employer's sheet is undone: each entry gets back what it was, unless it has changed since."""

from dataclasses import replace

from services.registration.domain import employees as rules
from services.registration.domain.employees import Employee, EmployeeAct
from services.registration.domain.imports import Kind
from services.registration.domain.undoing import ImportUndo, State
from services.registration.usecases import Deps, employees
from shared.store.unit_of_work import UnitOfWork
from shared.web.access import Principal


async def is_of_employees(deps: Deps, undo: ImportUndo, work: UnitOfWork) -> bool:
    """Whether the import that is undone was a sheet of staff."""
    imported = await deps.store.imports.get(undo.import_id, work)
    return imported is not None and imported.kind is Kind.EMPLOYEES


async def undo_some(deps: Deps, before: ImportUndo, most: int, work: UnitOfWork) -> ImportUndo:
    """Give up to `most` entries back what they were; with the last of them the undoing is done.

    Entries that have changed since bear the import's mark no longer: they are counted as kept.
    """
    caller = Principal(before.by, frozenset(before.roles), before.area_path, None)
    step = employees.make_step(deps, caller, EmployeeAct.UNDONE, before.reason)
    stored = await deps.store.employees.of_import(before.import_id, most, work)
    made: list[Employee] = []
    withdrawn = 0
    for old in stored:
        new = rules.undo(old, before.import_id, step) or replace(old, import_id=None)
        made.append(new)
        if new.steps != old.steps:
            withdrawn += old.steps[-1].before is None
            work.emit(employees.event_of(old, new))
    await deps.store.employees.put_each(made, (), work)
    undone = sum(new.steps != old.steps for old, new in zip(stored, made, strict=True))
    after = replace(
        before,
        reached=before.reached + 1,
        handled=before.handled + undone,
        restored=before.restored + undone - withdrawn,
        withdrawn=before.withdrawn + withdrawn,
    )
    if len(stored) < most:
        kept = before.rows - after.handled
        after = replace(after, state=State.DONE, handled=before.rows, kept=kept, finished_at=deps.clock.now())
    await deps.store.undoing.update(before, after, work)
    return after
