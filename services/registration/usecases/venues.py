"""Venues: registered, changed, their service desks staffed from the staff directory, closed (R1.10)."""

from collections.abc import Sequence
from datetime import date

from services.registration.domain import venues as rules
from services.registration.domain.staff import StaffMember, check_since
from services.registration.domain.venues import DeskStated, Venue, VenueFacts, VenueStep
from services.registration.usecases import STAFF, Deps, employers, staff
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.impersonal import require_impersonal
from shared.events.registration_employers import VenueChanged, VenueClosed, VenueRegistered
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

READERS = (*STAFF, Role.AUDITOR)


@retry_conflicts
async def register(
    deps: Deps,
    caller: Principal,
    venue_id: str,
    facts: VenueFacts,
    desks: Sequence[DeskStated],
    since: date,
    reason: str,
) -> Venue:
    """Register a venue with its desks; the same `venue_id` again gives the same answer."""
    step = _step(deps, caller, since, reason)
    async with deps.unit_of_work() as work:
        if known := await deps.store.venues.get(venue_id, work):
            if known.facts != facts or not caller.sees(known.area_path):
                raise Conflict("registration.venue_taken", "That venue_id stands for another venue: make a new one")
            return known
        await _check(deps, caller, facts, work)
        await _check_desks(deps, desks, work)
        venue = Venue(venue_id, **vars(facts), steps=(step,))
        venue = rules.staff_desks(venue, desks, step) if desks else venue
        await deps.store.venues.put(venue, work)
        work.emit(VenueRegistered.of(venue))
    return venue


@retry_conflicts
async def change(deps: Deps, caller: Principal, venue_id: str, facts: VenueFacts, reason: str) -> Venue:
    """Change what is stated of a venue; the same again changes nothing."""
    step = _step(deps, caller, deps.today, reason)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, venue_id, work)
        await _check(deps, caller, facts, work)
        return await _keep(deps, old, rules.restate(old, facts, step), work)


@retry_conflicts
async def staff_desks(
    deps: Deps, caller: Principal, venue_id: str, desks: Sequence[DeskStated], since: date, reason: str
) -> Venue:
    """State the desks of a venue and their keepers from a day on; the earlier ones stay with their dates."""
    step = _step(deps, caller, since, reason)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, venue_id, work)
        await _check_desks(deps, desks, work)
        return await _keep(deps, old, rules.staff_desks(old, desks, step), work)


@retry_conflicts
async def close(deps: Deps, caller: Principal, venue_id: str, day: date, reason: str) -> Venue:
    """Close a venue for good from a day on; its record stays. Again, it changes nothing."""
    step = _step(deps, caller, day, reason)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, venue_id, work)
        closed = rules.close(old, step)
        if closed != old:
            await deps.store.venues.put(closed, work)
            work.emit(VenueClosed.of(closed))
    return closed


async def visible(deps: Deps, caller: Principal, venue_id: str, work: UnitOfWork | None = None) -> Venue:
    """Return a venue to staff and auditors of its area. Raises `NotFound` for others."""
    venue = await deps.store.venues.get(venue_id, work)
    if venue is None or not caller.may_see(venue.area_path, READERS):
        raise NotFound("registration.no_such_venue", "The venue was not found in your area")
    return venue


async def staff_of(deps: Deps, venues: Sequence[Venue]) -> dict[str, StaffMember]:
    """Return the entries of all keepers of the venues' desks, by person."""
    return await staff.names(deps, [one.person_id for venue in venues for desk in venue.desks for one in desk.keepers])


async def _keep(deps: Deps, old: Venue, new: Venue, work: UnitOfWork) -> Venue:
    if new != old:
        await deps.store.venues.put(new, work)
        work.emit(VenueChanged.of(new))
    return new


async def _check(deps: Deps, caller: Principal, facts: VenueFacts, work: UnitOfWork) -> None:
    caller.require_area(facts.area_path, f"the place {facts.area_path}")
    require_impersonal(facts.name, "name")
    require_impersonal(facts.opening, "opening")
    if await deps.store.places.at(facts.area_path, work) is None:
        text = f"There is no place {facts.area_path} in your area: define it first"
        raise NotFound("registration.no_such_place", text)
    if facts.employer_id:
        await employers.visible(deps, caller, facts.employer_id, work)


async def _check_desks(deps: Deps, desks: Sequence[DeskStated], work: UnitOfWork) -> None:
    """Raise `Invalid` for a keeper who is not in the staff directory, or has left it."""
    for desk in desks:
        require_impersonal(f"{desk.name} {desk.post}", "desks")
    wanted = {one for desk in desks for one in desk.keeper_ids}
    known = {one.person_id for one in await deps.store.staff.each(wanted, work) if one.active_until is None}
    if missing := sorted(wanted - known):
        text = f"Not in the staff directory: {', '.join(missing)}. Register the person first"
        raise Invalid("registration.keeper_unknown", text, missing="、".join(missing))


def _step(deps: Deps, caller: Principal, since: date, reason: str) -> VenueStep:
    check_since(since, deps.today)
    return VenueStep(caller.subject, deps.clock.now().replace(microsecond=0), since, reason)
