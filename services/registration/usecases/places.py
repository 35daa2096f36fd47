"""Places: the tree from the city down to a unit, and who answers for each (R1.1, R1.2)."""

import asyncio
from collections.abc import Sequence

from services.registration import rosters
from services.registration.domain import persons, places
from services.registration.rosters import ImportReport, RowProblem, RowReader
from services.registration.usecases import Deps
from services.registration.usecases.imports import finish
from shared import area
from shared.access import Principal
from shared.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from shared.events.registration import Keeper, KeeperAssigned, PlaceDefined, PlaceLevel
from shared.ids import derived_id
from shared.mongo import Document
from shared.unit_of_work import UnitOfWork, retry_conflicts


@retry_conflicts
async def define(
    deps: Deps, caller: Principal, level: PlaceLevel, code: str, name: str, parent: str | None
) -> tuple[Document, str]:
    """Make the place or change its name; return it with `added`, `changed` or `unchanged`."""
    async with deps.unit_of_work() as work:
        above = await _parent(deps, caller, parent, level, work)
        path = area.child(parent or "", code)
        old = await deps.store.places.at(path, work)
        if old and old["level"] != level.value:
            raise Conflict("registration.place_level", f"{path} is a {old['level']} already: use another code")
        if old and old["name"] == name:
            return old, "unchanged"
        place = {
            "_id": old["_id"] if old else derived_id("place", path),
            "level": level.value,
            "code": code,
            "name": name,
            "path": path,
            "parent_id": above["_id"] if above else None,
            "keepers": old["keepers"] if old else [],
            "closed": False,
        }
        if old is None:
            await deps.store.places.claim(place, work)
        await deps.store.places.put(place, work)
        work.emit(PlaceDefined(**_facts(place)))
    return place, "changed" if old else "added"


async def _parent(
    deps: Deps, caller: Principal, parent: str | None, level: PlaceLevel, work: UnitOfWork
) -> Document | None:
    above = await deps.store.places.at(parent, work) if parent else None
    if parent:
        caller.require_area(parent, f"the place {parent}")
        if above is None:
            raise NotFound("registration.no_such_place", f"There is no place {parent}: define it first")
    elif caller.area != "/":
        raise Forbidden("registration.no_parent", "Only the city's own office defines a city: name the parent")
    if not places.level_fits(PlaceLevel(above["level"]) if above else None, level):
        raise Invalid("registration.place_level", f"A {level.value} does not lie in {parent or 'nothing'}")
    return above


@retry_conflicts
async def assign_keepers(deps: Deps, caller: Principal, path: str, keepers: Sequence[Keeper]) -> Document:
    """Name those who answer for a place; they replace the earlier ones, and the same again changes nothing."""
    caller.require_area(path, f"the place {path}")
    named = [keeper.model_dump(mode="json") for keeper in dict.fromkeys(keepers)]
    async with deps.unit_of_work() as work:
        place = await deps.store.places.at(path, work)
        if place is None:
            raise NotFound("registration.no_such_place", f"There is no place {path} in your area: define it first")
        if place["keepers"] != named:
            place["keepers"] = named
            await deps.store.places.put(place, work)
            work.emit(KeeperAssigned(**_facts(place)))
    return place


async def import_places(deps: Deps, caller: Principal, content: bytes) -> ImportReport:
    """Import a roster of places, row by row, upper ones first: the good rows go in, the others are reported."""
    roster = await asyncio.to_thread(rosters.read, content, rosters.PLACE_COLUMNS)
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    problems: list[RowProblem] = []
    for row in roster.rows:
        reader = RowReader(row, rosters.PLACE_COLUMNS, problems)
        if outcome := await _import(deps, caller, reader):
            counts[outcome] += 1
    return await finish(deps, caller, roster, problems, counts)


async def _import(deps: Deps, caller: Principal, reader: RowReader) -> str | None:
    level = reader.read("level", places.place_level)
    code = reader.read("code", lambda text: places.check_door(persons.present(text)))
    name = reader.read("name", persons.check_name)
    parent = reader.read("parent", str)
    if level is None or code is None or name is None:
        return None
    try:
        _, outcome = await define(deps, caller, level, code, name, parent or None)
    except DomainError as error:
        reader.refuse("parent", error.message)
        return None
    return outcome


def _facts(place: Document) -> Document:
    facts = {name: place[name] for name in ("level", "code", "name", "path", "parent_id", "keepers", "closed")}
    return facts | {"place_id": place["_id"]}
