"""Places: the tree from the city down to a unit, and who answers for each (R1.1, R1.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.registration.domain import persons, places
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.domain.place_moves import require_closed_not
from services.registration.domain.places import Place
from services.registration.rosters.columns import PLACE_COLUMNS
from services.registration.rosters.rows import Row, RowReader
from services.registration.usecases import Checked, Complete, Deps
from services.registration.usecases.place_moves import require_settled
from shared.base import area
from shared.base.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from shared.base.ids import derived_id, new_id
from shared.events.registration import PlaceDefined, PlaceLevel
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


@dataclass(frozen=True)
class PlaceEntry:
    """A place as a clerk states it: `parent` is the path above it; `row` is that of a roster, 0 without one."""

    level: PlaceLevel
    code: str
    name: str
    parent: str | None
    row: int = 0


ENTRIES = TypeAdapter(list[PlaceEntry])


@retry_conflicts
async def define(deps: Deps, caller: Principal, entry: PlaceEntry) -> tuple[Place, Outcome]:
    """Make the place or change its name; return it with whether it was added, changed or unchanged."""
    async with deps.unit_of_work() as work:
        return await _define(deps, caller, entry, work)


async def _define(deps: Deps, caller: Principal, entry: PlaceEntry, work: UnitOfWork) -> tuple[Place, Outcome]:
    above = await _parent(deps, caller, entry.parent, entry.level, work)
    code = places.code_in(entry.level, entry.code)
    path = area.child(entry.parent or "", code)
    old = await deps.store.places.at(path, work)
    if old:
        require_closed_not(old)
    if old and old.level is not entry.level:
        raise Conflict("registration.place_level", f"{path} is a {old.level} already: use another code")
    if old and old.name == entry.name:
        return old, Outcome.UNCHANGED
    place = Place(
        place_id=old.place_id if old else await _new_id(deps, path, work),
        level=entry.level,
        code=code,
        name=entry.name,
        path=path,
        parent_id=above.place_id if above else None,
        keepers=old.keepers if old else (),
        since=old.since if old else deps.today,
    )
    if old is None:
        await require_settled(deps, path, work)
        await deps.store.places.claim(place, work)
    await deps.store.places.put(place, work)
    work.emit(PlaceDefined.of(place))
    return place, Outcome.CHANGED if old else Outcome.ADDED


async def _new_id(deps: Deps, path: str, work: UnitOfWork) -> str:
    """Return the id of a new place; another place may have had the path before."""
    first = derived_id("place", path)
    return first if await deps.store.places.get(first, work) is None else new_id()


async def _parent(
    deps: Deps, caller: Principal, parent: str | None, level: PlaceLevel, work: UnitOfWork
) -> Place | None:
    above = await deps.store.places.at(parent, work) if parent else None
    if parent:
        caller.require_area(parent, f"the place {parent}")
        if above is None:
            raise NotFound("registration.no_such_place", f"There is no place {parent}: define it first")
        require_closed_not(above)
    elif caller.area != "/":
        raise Forbidden("registration.no_parent", "Only the city's own office defines a city: name the parent")
    if not places.level_fits(above.level if above else None, level):
        raise Invalid("registration.place_level", f"A {level.value} does not lie in {parent or 'nothing'}")
    return above


async def checking(deps: Deps, caller: Principal) -> Callable[[Sequence[Row]], Checked[PlaceEntry]]:
    """Return what checks the rows of one roster of places, some at a time."""
    return _entries


def _entries(rows: Sequence[Row]) -> Checked[PlaceEntry]:
    problems: list[RowProblem] = []
    entries = [_entry(row.number, RowReader(row, PLACE_COLUMNS, problems)) for row in rows]
    return [entry for entry in entries if entry is not None], problems


def _entry(row: int, reader: RowReader) -> PlaceEntry | None:
    level = reader.read("level", places.place_level)
    code = reader.read("code", lambda text: places.check_code(persons.require_text(text)))
    name = reader.read("name", persons.check_name)
    parent = reader.read("parent", str)
    if level is None or code is None or name is None:
        return None
    return PlaceEntry(level, code, name, parent or None, row)


@retry_conflicts
async def carry_out(
    deps: Deps, caller: Principal, import_id: str, entries: Sequence[PlaceEntry], complete: Complete
) -> Sequence[Outcome]:
    """Define some places in one transaction, upper ones first as in the file, and return what became of each.

    `complete` is called in that transaction with the same and the problems.
    """
    outcomes: list[Outcome] = []
    problems: list[RowProblem] = []
    async with deps.unit_of_work() as work:
        for entry in entries:
            try:
                outcomes.append((await _define(deps, caller, entry, work))[1])
            except DomainError as error:  # it is raised before anything of the entry is stored
                outcomes.append(Outcome.REJECTED)
                problems.append(RowProblem(entry.row, PLACE_COLUMNS["parent"].titles[0], error.message))
        await complete(work, outcomes, problems)
    return outcomes
