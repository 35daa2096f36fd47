"""Moves, merges and splits of subtrees of the place tree, and where a place was on a day (R1.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.registration.domain.places import Place, level_fits
from shared.base.area import rebased, within
from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration import PlaceLevel
from shared.events.registration_moves import MoveKind, PathChange

MOST_CHANGES = 500
DECIDED_WITHIN = timedelta(days=3)
# For so long a path that is left is not given to a new place: what was read before the move may still hold it.
LEFT_FOR = timedelta(days=1)


class State(StrEnum):
    """Where a move stands."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True)
class PlaceMove:
    """That places get other paths: `sources` move below `target`, merge into it, or become children of a new one.

    Of a split `target` is the path of the new place, `name` what it is called. `changes` are the paths that change, at
    and below which everything follows; of a merge one for each child. `places`, `households` and `residents` were
    counted when it was proposed.
    """

    move_id: str
    kind: MoveKind
    sources: tuple[str, ...]
    target: str
    area_path: str
    proposed_by: str
    proposed_at: datetime
    reason: str = field(metadata=SEALED)
    name: str = ""
    changes: tuple[PathChange, ...] = ()
    places: int = 0
    households: int = 0
    residents: int = 0
    state: State = State.PROPOSED
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)
    day: date | None = None
    ended_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it was approved: since its day, places have other paths."""
        return self.state in (State.RUNNING, State.DONE)


@dataclass(frozen=True)
class FormerPlace:
    """A place as it was before the day `until`, since a day that is not known where it was never moved before."""

    former_id: str
    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    parent_id: str | None
    since: date | None
    until: date
    move_id: str


def same(one: PlaceMove, other: PlaceMove) -> bool:
    """Whether two proposals under one id are the same."""
    return all(getattr(one, name) == getattr(other, name) for name in ("kind", "sources", "target", "name", "reason"))


def check_move(place: Place, target: Place) -> None:
    """Raise where a place cannot get another parent."""
    if within(target.path, place.path):
        raise Conflict(
            "registration.move_cycle",
            f"{target.path} lies within {place.path}: no place moves into its own subtree",
            detail_zh=f"{target.path} 在 {place.path} 之内：地点不能移入自己的下级",
        )
    if place.path.rpartition("/")[0] == target.path:
        raise Conflict(
            "registration.move_nothing",
            f"{place.path} lies in {target.path} already",
            detail_zh=f"{place.path} 已在该上级之下",
        )
    if not level_fits(target.level, place.level):
        text = f"A {place.level.value} does not lie in a {target.level.value}: choose another parent"
        raise Invalid("registration.place_level", text)


def check_merge(place: Place, into: Place) -> None:
    """Raise where a place cannot be merged into another one."""
    if place.path == into.path:
        raise Conflict(
            "registration.move_nothing",
            "A place is not merged into itself: name another",
            detail_zh="不能并入自身：请另选地点",
        )
    if place.level is not into.level or within(into.path, place.path) or within(place.path, into.path):
        raise Conflict(
            "registration.merge_kinds",
            f"Only places of one level are merged, not a {place.level.value} into a {into.level.value}",
            detail_zh="只有同级地点可以合并：请选择同一级别的地点",
        )


def check_split(children: Sequence[str], parent: Place) -> None:
    """Raise where these are no children of one place, or the place itself has no parent."""
    if any(one.rpartition("/")[0] != parent.path for one in children):
        raise Conflict(
            "registration.split_children",
            f"Only direct children of one place are split off: not all of them lie in {parent.path}",
            detail_zh=f"只能拆出同一地点的直接下级：并非全部属于 {parent.path}",
        )
    if parent.level is PlaceLevel.CITY:
        raise Invalid("registration.place_level", "A city is not split: name children of a lower place")


def require_closed_not(place: Place) -> None:
    """Raise `Conflict` for a place that is closed."""
    if place.closed:
        raise Conflict(
            "registration.place_closed",
            f"{place.path} is closed: it was merged into another place; use that one",
            detail_zh=f"{place.path} 已撤并：请使用并入后的地点",
        )


def overlaps(move: PlaceMove, paths: Iterable[str]) -> bool:
    """Whether a move touches places at, above or below one of the paths."""
    mine = [*move.sources, *(one.new for one in move.changes), move.target]
    moving = [*move.sources, *(one.new for one in move.changes)]
    return any(
        any(within(path, one) for one in moving) or any(within(one, path) for one in mine if one != move.target)
        for path in paths
    )


def approve(move: PlaceMove, by: str, now: datetime, day: date) -> PlaceMove:
    """Let a move hold, by another person than the one who proposed it."""
    _require_proposed(move)
    if same_person(move.proposed_by, by):
        raise Conflict(
            "registration.own_move",
            "Who proposed a move does not approve it: ask a colleague",
            detail_zh="提出调整的人不能自行批准：请由同事批准",
        )
    return replace(move, state=State.RUNNING, decided_by=by, decided_at=now, day=day)


def reject(move: PlaceMove, by: str, decision: str, now: datetime) -> PlaceMove:
    """Refuse a move, or withdraw one's own."""
    _require_proposed(move)
    return replace(move, state=State.REJECTED, decided_by=by, decided_at=now, decision=decision)


def _require_proposed(move: PlaceMove) -> None:
    if move.state is not State.PROPOSED:
        raise Conflict(
            "registration.move_decided",
            f"The move is {move.state.value}: nothing waits",
            detail_zh="该调整已处理：请刷新页面",
        )


def path_on(path: str, day: date, moves: Iterable[PlaceMove]) -> str:
    """Return the path that a door with this path had on a day; a path that was left leads to the present one first."""
    held = sorted((one for one in moves if one.holds and one.day), key=lambda one: (one.day, one.decided_at))
    back = path
    for move in reversed([one for one in held if one.day and one.day > day]):
        back = next((rebased(back, c.new, c.old) for c in move.changes if within(back, c.new)), back)
    if back != path:
        return back
    for move in (one for one in held if one.day and one.day <= day):
        path = path_after(path, move.changes)
    return path


def path_after(path: str, changes: Iterable[PathChange]) -> str:
    """Return what a path has become by these changes."""
    return next((rebased(path, one.old, one.new) for one in changes if within(path, one.old)), path)


def path_now(path: str, moves: Iterable[PlaceMove], now: datetime) -> str:
    """Return what a path has become by moves that are under way or ended lately."""
    for move in sorted(moves, key=lambda one: str(one.decided_at)):
        if move.holds and (move.ended_at is None or now - move.ended_at < LEFT_FOR):
            path = path_after(path, move.changes)
    return path


def path_before(path: str, moves: Iterable[PlaceMove]) -> str:
    """Return what a path was before a move that is under way: what lies there may have the old path still."""
    changes = (change for move in moves if move.state is State.RUNNING for change in move.changes)
    return next((rebased(path, one.new, one.old) for one in changes if within(path, one.new)), path)
