"""Subtrees of the place tree move, are merged and split: proposed by one official, approved by another (R1.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.registration.domain import place_moves as rules
from services.registration.domain.place_moves import PlaceMove, State
from services.registration.domain.places import Place
from services.registration.usecases import Deps
from shared.base import area
from shared.base.area import within
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.impersonal import require_impersonal
from shared.events.registration import PlaceDefined
from shared.events.registration_moves import MoveKind, PathChange, PlaceMoveBegan
from shared.store import relocating
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

EXPIRES = "place_move.expires"


@retry_conflicts
async def propose(deps: Deps, caller: Principal, stated: PlaceMove) -> PlaceMove:
    """Propose a move with what it would touch; the same `move_id` again gives the same answer."""
    for path in (*stated.sources, stated.target):
        caller.require_area(path, f"the place {path}")
    if stated.name:
        require_impersonal(stated.name, "name")
    async with deps.unit_of_work() as work:
        if known := await deps.store.place_moves.get(stated.move_id, work):
            if not rules.same(known, stated):
                raise Conflict("registration.move_taken", "That move_id stands for another move: make a new one")
            return known
        changes = await _changes(deps, stated, work)
        common = area.common([*stated.sources, stated.target, *(one.new for one in changes)])
        caller.require_area(common, f"the place {common}")
        move = await _counted(deps, replace(stated, changes=changes, area_path=common))
        await deps.store.place_moves.put(move, work)
        await deps.deadlines.schedule(work, EXPIRES, move.move_id, move.proposed_at + rules.DECIDED_WITHIN)
    return move


async def _counted(deps: Deps, move: PlaceMove) -> PlaceMove:
    counted = [await deps.store.residents.counts(path) for path in move.sources]
    return replace(
        move,
        places=sum([await deps.store.places.count(path) for path in move.sources]),
        households=sum(one.households for one in counted),
        residents=sum(one.residents for one in counted),
    )


async def _changes(deps: Deps, move: PlaceMove, work: UnitOfWork) -> tuple[PathChange, ...]:
    """Return which paths become which. Raises where the move cannot be, as the tree stands now."""
    await _require_free(deps, (*move.sources, move.target), work)
    places = [await _place(deps, path, work) for path in move.sources]
    if move.kind == MoveKind.SPLIT:
        return await _of_split(deps, move, places, work)
    if len(places) != 1:
        raise Invalid("registration.move_one", "Name one place that moves or is merged: each takes a move of its own")
    (place,), target = places, await _place(deps, move.target, work)
    if move.kind == MoveKind.MERGE:
        rules.check_merge(place, target)
        segments = await _children(deps, place.path)
        changes = [PathChange(old=f"{place.path}/{one}", new=f"{target.path}/{one}") for one in segments]
    else:
        rules.check_move(place, target)
        changes = [PathChange(old=place.path, new=f"{target.path}/{place.code}")]
    await _require_empty(deps, [one.new for one in changes], work)
    return tuple(changes)


async def _of_split(deps: Deps, move: PlaceMove, places: Sequence[Place], work: UnitOfWork) -> tuple[PathChange, ...]:
    if not places or not move.name:
        raise Invalid("registration.move_one", "Name the children that are split off, and the new place")
    parent = await _place(deps, move.sources[0].rpartition("/")[0], work)
    rules.check_split(move.sources, parent)
    if move.target.rpartition("/")[0] != parent.path.rpartition("/")[0]:
        text = f"The new place lies beside {parent.path}: state a path below {parent.path.rpartition('/')[0]}"
        raise Invalid("registration.split_beside", text)
    await _require_empty(deps, [move.target], work)
    return tuple(PathChange(old=one.path, new=f"{move.target}/{one.code}") for one in places)


async def _place(deps: Deps, path: str, work: UnitOfWork) -> Place:
    place = await deps.store.places.at(path, work)
    if place is None:
        raise NotFound("registration.no_such_place", f"There is no place {path} in your area: define it first")
    rules.require_closed_not(place)
    return place


async def _require_free(deps: Deps, paths: Iterable[str], work: UnitOfWork) -> None:
    """Raise `Conflict` where a move is under way at, above or below one of the paths."""
    wanted = list(paths)
    for other in await deps.store.place_moves.holding(work):
        if other.state is State.RUNNING and rules.overlaps(other, wanted):
            text = f"Places at {other.area_path} are moving: wait until that has ended"
            raise Conflict("registration.places_moving", text, detail_zh="相关地点正在调整：请等待完成后再试")


async def _require_empty(deps: Deps, paths: Iterable[str], work: UnitOfWork) -> None:
    """Raise `Conflict` where there is a place or a household at or below one of the paths."""
    for path in paths:
        if await deps.store.places.some(path, "", 1) != ([], None) or await deps.store.residents.first_below(path, ""):
            text = f"There is a place or a household at {path} already: give it another code, or move its parts"
            raise Conflict("registration.path_taken", text, detail_zh=f"{path} 处已有地点或住户：请先更改编码")


async def _children(deps: Deps, path: str) -> list[str]:
    """Return the parts of paths directly below a place: of its places, and of doors that lie in none of them."""
    segments: set[str] = set()
    for read in (deps.store.places.first_below, deps.store.residents.first_below):
        after = path
        while (door := await read(path, after)) is not None and len(segments) <= rules.MOST_CHANGES:
            segment = door[len(path) + 1 :].partition("/")[0]
            after = door if door == f"{path}/{segment}" and segment not in segments else f"{path}/{segment}/\uffff"
            segments.add(segment)
    if len(segments) > rules.MOST_CHANGES:
        text = f"More than {rules.MOST_CHANGES} children would move: merge in parts"
        raise Invalid("registration.move_large", text, most=rules.MOST_CHANGES)
    return sorted(segments)


@retry_conflicts
async def approve(deps: Deps, caller: Principal, move_id: str) -> PlaceMove:
    """Let a move begin, as the second person; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        move = await visible(deps, caller, move_id, work)
        if move.holds and move.decided_by == caller.subject:
            return move
        move = rules.approve(move, caller.subject, deps.clock.now().replace(microsecond=0), deps.today)
        move = replace(move, changes=await _changes(deps, move, work))  # as the tree is now
        await deps.deadlines.cancel(work, move_id, EXPIRES)
        if move.kind == MoveKind.SPLIT:
            await _define_beside(deps, move, work)
        await deps.store.place_moves.put(move, work)
        await relocating.begin(deps, move_id, move.changes, work)
        work.emit(PlaceMoveBegan.of(move))
    deps.deadlines.wake()
    return move


async def _define_beside(deps: Deps, move: PlaceMove, work: UnitOfWork) -> None:
    """Make the new place of a split."""
    parent = await _place(deps, move.sources[0].rpartition("/")[0], work)
    code = move.target.rpartition("/")[2]
    place = Place(
        derived_id("place", move.target, move.move_id),
        parent.level,
        code,
        move.name,
        move.target,
        parent.parent_id,
        since=deps.today,
    )
    await deps.store.places.claim(place, work)
    await deps.store.places.put(place, work)
    work.emit(PlaceDefined.of(place))


@retry_conflicts
async def reject(deps: Deps, caller: Principal, move_id: str, decision: str) -> PlaceMove:
    """Refuse a proposed move, or withdraw one's own; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        move = await visible(deps, caller, move_id, work)
        if move.state is State.REJECTED and move.decided_by == caller.subject:
            return move
        move = rules.reject(move, caller.subject, decision, deps.clock.now().replace(microsecond=0))
        await deps.deadlines.cancel(work, move_id, EXPIRES)
        await deps.store.place_moves.put(move, work)
    return move


@retry_conflicts
async def expire(deps: Deps, deadline: Deadline) -> None:
    """Let a move expire that was not decided in time."""
    async with deps.unit_of_work(deadline) as work:
        move = await deps.store.place_moves.get(deadline.subject, work)
        if move and move.state is State.PROPOSED:
            await deps.store.place_moves.put(replace(move, state=State.EXPIRED), work)


async def visible(deps: Deps, caller: Principal, move_id: str, work: UnitOfWork | None = None) -> PlaceMove:
    """Return a move to officials whose area holds all of it. Raises `NotFound` for others."""
    move = await deps.store.place_moves.get(move_id, work)
    if move is None or not caller.sees(move.area_path):
        raise NotFound("registration.no_such_move", "The move was not segments in your area")
    return move


async def require_settled(deps: Deps, path: str, work: UnitOfWork) -> None:
    """Raise `Conflict` where a new place would have a path that a move has left lately, or lie in one that moves."""
    now = deps.clock.now()
    for move in await deps.store.place_moves.holding(work):
        lately = move.ended_at is None or now - move.ended_at < rules.LEFT_FOR
        left = any(within(path, one.old) for one in move.changes)
        if lately and (left or (move.state is State.RUNNING and any(within(path, one) for one in move.sources))):
            text = f"Places have moved away from {path}: use the new path, or wait for a day"
            raise Conflict("registration.path_left", text, detail_zh=f"{path} 的地点已调整：请使用新路径")
