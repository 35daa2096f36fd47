"""What registration keeps follows places that move: the tree with its keepers, households, residents, files, acts."""

from dataclasses import replace
from datetime import date

from services.registration.domain import responsibility
from services.registration.domain.contacts import Contact
from services.registration.domain.groups import LeadingGroup
from services.registration.domain.place_moves import FormerPlace, PlaceMove, State
from services.registration.domain.places import Place
from services.registration.domain.residents import Resident, part_of
from services.registration.domain.responsibility import Naming
from services.registration.domain.staff import StaffMember
from services.registration.domain.zones import Zone
from services.registration.store.search_parts import PART, SearchParts
from services.registration.usecases import Deps
from shared.base.area import rebased
from shared.base.ids import derived_id, new_id
from shared.base.json_types import JsonView
from shared.envelope.event import Event
from shared.events.registration import ContactPointsChanged, Keeper, KeeperAssigned
from shared.events.registration_moves import (
    GroupRelocated,
    MoveKind,
    PathChange,
    PlaceMoveEnded,
    PlaceRelocated,
    ResidentRelocated,
    ZoneRelocated,
)
from shared.events.registration_staff import StaffChanged
from shared.store.documents import Mapper
from shared.store.mongo import Database, Document
from shared.store.queries import page
from shared.store.relocating import Kept, Reached, Relocation
from shared.store.unit_of_work import UnitOfWork

PLACES_A_STEP, HOUSEHOLDS_A_STEP = 50, 1_000
_RESIDENTS = Mapper(Resident, key="resident_id")
_CONTACTS = Mapper(Contact, key="person_id")
_GROUPS = Mapper(LeadingGroup, key="group_id")
_STAFF = Mapper(StaffMember, key="person_id")
_ZONES = Mapper(Zone, key="zone_id")


def _resident(row: JsonView) -> list[Event]:
    return [ResidentRelocated.of(_RESIDENTS.read(row))]


def _contact(row: JsonView) -> list[Event]:
    return [ContactPointsChanged.of(_CONTACTS.read(row))]


def _group(row: JsonView) -> list[Event]:
    return [GroupRelocated.of(_GROUPS.read(row))]


def _member(row: JsonView) -> list[Event]:
    return [StaffChanged.of(_STAFF.read(row))]


def _zone(row: JsonView) -> list[Event]:
    return [ZoneRelocated.of(_ZONES.read(row))]


def _part(row: JsonView) -> Document:
    return {PART: part_of(row["area_path"])}


_LIVES_HERE = [{"left": False}, {"left": True}]
KEPT = (
    Kept("households"),
    Kept("residents", events=_resident, only=_LIVES_HERE, derived=_part),
    Kept("contacts", events=_contact),
    Kept("leading_groups", events=_group),
    Kept("staff", events=_member),
    *map(
        Kept, ("journeys", "returns", "returnee_reports", "colour_orders", "appeals", "contact_claims", "break_glass")
    ),
    Kept("examinations", "home_path"),
    Kept("examinations"),
    *map(Kept, ("imports", "import_undos", "import_mappings", "rights_requests", "exits", "desks", "triages")),
    *map(Kept, ("employers", "employees", "venues", "vehicles", "welfare", "rentals", "duplicate_pairs")),
)


def relocation(database: Database) -> Relocation[Deps]:
    """Return what carries out moves in registration's store: zones and places first, so that doors have names."""
    return Relocation(database, [_zones, _places, _parts, *(stage for kept in KEPT for stage in kept.stages)], _ended)


async def _zones(
    deps: Deps, database: Database, move_id: str, change: PathChange, after: str, work: UnitOfWork
) -> Reached:
    """Let the zones follow, whatever the smallest area is that holds one."""
    moved = 0
    async for row in database["zones"].find({"paths": {"$exists": True}}):
        zone = await deps.store.zones.get(row["_id"], work)
        if zone is None:
            continue
        paths = tuple(rebased(path, change.old, change.new) for path in zone.paths)
        if paths != zone.paths:
            area = rebased(zone.area_path, change.old, change.new)
            zone = replace(zone, paths=paths, area_path=area)
            await deps.store.zones.put(zone, "relocated", work)
            work.emit(ZoneRelocated.of(zone))
            moved += 1
    return Reached(moved, None)


async def _places(
    deps: Deps, database: Database, move_id: str, change: PathChange, after: str, work: UnitOfWork
) -> Reached:
    """Let some places follow, upper ones first, each with its keepers from the day of the move on."""
    move = await deps.store.place_moves.get(move_id, work)
    places, following = await deps.store.places.some(change.old, after, PLACES_A_STEP)
    moved = 0
    for place in places:
        now = await deps.store.places.get(place.place_id, work)
        if move is not None and now is not None and now.path == place.path:
            await _move_place(deps, move, now, change, work)
            moved += 1
    return Reached(moved, following)


async def _parts(
    deps: Deps, database: Database, move_id: str, change: PathChange, after: str, work: UnitOfWork
) -> Reached:
    """Let the parts be known in which the residents of some households are looked up once these have moved."""
    rows, following = await page(database["households"], change.old, after, HOUSEHOLDS_A_STEP)
    await SearchParts(database).remember(rebased(row["area_path"], change.old, change.new) for row in rows)
    return Reached(0, following)


async def _move_place(deps: Deps, move: PlaceMove, place: Place, change: PathChange, work: UnitOfWork) -> None:
    day = move.day or deps.today
    path = rebased(place.path, change.old, change.new)
    parent_id = place.parent_id
    if place.path == change.old:
        parent = await deps.store.places.at(path.rpartition("/")[0], work)
        parent_id = parent.place_id if parent else None
    moved = replace(place, path=path, parent_id=parent_id, since=day)
    await deps.store.place_moves.keep_former([_former(place, move, day)], work)
    await deps.store.places.release(place.path, place.place_id, work)
    await deps.store.places.claim(moved, work)
    await deps.store.places.put(moved, work)
    await _end_keepers(deps, move, place, work)
    await _name_keepers(deps, move, moved.path, place.keepers, work)
    work.emit(PlaceRelocated.of(moved))


def _former(place: Place, move: PlaceMove, until: date) -> FormerPlace:
    facts = {name: getattr(place, name) for name in ("place_id", "level", "code", "name", "path", "parent_id", "since")}
    return FormerPlace(
        derived_id("former_place", place.place_id, move.move_id), **facts, until=until, move_id=move.move_id
    )


async def _end_keepers(deps: Deps, move: PlaceMove, place: Place, work: UnitOfWork) -> None:
    """Let those who answer for a place at its old path have done so until the day of the move."""
    kept = await deps.store.periods.at([place.path], work)
    kept += responsibility.unrecorded(place.path, place.keepers, kept, new_id)
    ends = [
        replace(one, until=max(move.day or deps.today, one.since or deps.today), ended_by=move.decided_by)
        for one in kept
        if one.until is None
    ]
    await deps.store.periods.put([replace(one, ended_at=deps.clock.now()) for one in ends], work)


async def _name_keepers(
    deps: Deps, move: PlaceMove, path: str, keepers: tuple[Keeper, ...], work: UnitOfWork
) -> tuple[Keeper, ...]:
    """Let these keepers answer for the place at that path too from the day of the move on; return all of them."""
    kept = await deps.store.periods.at([path], work)
    there = [one.keeper for one in kept if one.until is None]
    named = tuple(dict.fromkeys([*there, *keepers]))
    newest = max([day for one in kept for day in (one.since, one.until) if day], default=None)
    day = max(move.day or deps.today, newest) if newest else move.day or deps.today
    naming = Naming(day, move.decided_by or "", deps.clock.now())
    await deps.store.periods.put(responsibility.hand_over(path, kept, named, naming, new_id), work)
    return named


async def _ended(deps: Deps, move_id: str, work: UnitOfWork) -> None:
    """End a move: a place that was merged is closed, and its keepers answer for the other one."""
    move = await deps.store.place_moves.get(move_id, work)
    if move is None or move.state is not State.RUNNING:
        return
    if move.kind == MoveKind.MERGE:
        await _close(deps, move, work)
    move = replace(move, state=State.DONE, ended_at=deps.clock.now().replace(microsecond=0))
    await deps.store.place_moves.put(move, work)
    work.emit(PlaceMoveEnded.of(move))


async def _close(deps: Deps, move: PlaceMove, work: UnitOfWork) -> None:
    gone = await deps.store.places.at(move.sources[0], work)
    into = await deps.store.places.at(move.target, work)
    if gone is None or into is None or gone.closed:
        return
    await deps.store.place_moves.keep_former([_former(gone, move, move.day or deps.today)], work)
    await _end_keepers(deps, move, gone, work)
    before = await deps.store.periods.at([into.path], work)
    await deps.store.periods.put(responsibility.unrecorded(into.path, into.keepers, before, new_id), work)
    named = await _name_keepers(deps, move, into.path, gone.keepers, work)
    gone = replace(gone, closed=True, merged_into=into.place_id, keepers=())
    await deps.store.places.put(gone, work)
    work.emit(PlaceRelocated.of(gone))
    if named != into.keepers:
        into = replace(into, keepers=named)
        await deps.store.places.put(into, work)
        work.emit(KeeperAssigned.of(into))
