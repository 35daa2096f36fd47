"""Who answers for a place, and who did on a day: named, kept with dates, with the names of the directory (R1.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from services.registration.domain import responsibility as rules
from services.registration.domain.place_moves import path_on, require_closed_not
from services.registration.domain.places import Place
from services.registration.domain.responsibility import Naming, Period
from services.registration.domain.staff import StaffMember, check_since
from services.registration.usecases import Deps, staff
from shared.base.area import ancestors
from shared.base.errors import NotFound
from shared.base.ids import new_id
from shared.events.registration import Duty, Keeper, KeeperAssigned
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


class Answerable(NamedTuple):
    """Who answered for a door or a place: the nearest of each duty, and all levels above it, with names of places."""

    nearest: Sequence[Period]
    levels: Sequence[Period]
    places: dict[str, str]
    staff: dict[str, StaffMember]


@retry_conflicts
async def assign_keepers(
    deps: Deps, caller: Principal, path: str, keepers: Sequence[Keeper], since: date | None
) -> Place:
    """Name those who answer for a place from a day on, by default today; they replace the earlier ones, who are kept.

    The same again changes nothing.
    """
    caller.require_area(path, f"the place {path}")
    named = tuple(dict.fromkeys(keepers))
    day = since or deps.today
    check_since(day, deps.today)
    async with deps.unit_of_work() as work:
        place = await deps.store.places.at(path, work)
        if place is None:
            raise NotFound("registration.no_such_place", f"There is no place {path} in your area: define it first")
        require_closed_not(place)
        if place.keepers == named:
            return place
        kept = await deps.store.periods.at([path], work)
        before = rules.unrecorded(path, place.keepers, kept, new_id)
        naming = Naming(day, caller.subject, deps.clock.now())
        changed = rules.hand_over(path, [*kept, *before], named, naming, new_id)
        ended = {one.period_id for one in changed}
        await deps.store.periods.put([*(one for one in before if one.period_id not in ended), *changed], work)
        place = replace(place, keepers=named)
        await deps.store.places.put(place, work)
        work.emit(KeeperAssigned.of(place))
    return place


async def on_day(deps: Deps, caller: Principal, path: str, day: date, duty: Duty | None) -> Answerable:
    """Return who answered for a door or a place on a day. Raises `NotFound` outside the area."""
    caller.require_area(path, f"the place {path}")
    paths = ancestors(path_on(path, day, await deps.store.place_moves.holding()))
    kept = await deps.store.periods.at(paths)
    for place in await deps.store.places.at_each(paths):
        kept += rules.unrecorded(place.path, place.keepers, [one for one in kept if one.path == place.path], new_id)
    held = sorted(rules.on_day(kept, day, duty), key=lambda one: (-len(one.path), one.duty, one.period_id))
    names = {one.path: one.name for one in await deps.store.place_moves.former_at(paths)}
    names |= await deps.store.places.names(paths)
    return Answerable(rules.nearest(paths[0], held), held, names, await _staff_of(deps, held))


async def history(
    deps: Deps, caller: Principal, path: str, after: str, limit: int
) -> tuple[Sequence[Period], dict[str, StaffMember], str | None]:
    """Return a page of those who answer or answered for a place, the newest first, with their entries."""
    caller.require_area(path, f"the place {path}")
    kept, following = await deps.store.periods.page(path, after, limit)
    place = await deps.store.places.at(path) if following is None else None
    if place is not None:  # those who were named before periods were kept are the oldest
        known = await deps.store.periods.at([path])
        kept = [*kept, *rules.unrecorded(path, place.keepers, known, new_id)]
    return kept, await _staff_of(deps, kept), following


async def _staff_of(deps: Deps, periods: Iterable[Period]) -> dict[str, StaffMember]:
    return await staff.names(deps, [one.person_id for one in periods])
