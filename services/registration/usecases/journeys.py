"""Journeys home (返程人员登记): declared once, with the risk that their origin has (R1.6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.registration.domain import gate, journeys, risk_lists
from services.registration.domain.journeys import Declaration, Journey
from services.registration.domain.legs import Leg, check_legs
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, employers, plates, return_keeping
from services.registration.usecases.residents import visible
from services.registration.usecases.risk_lists import Lists
from services.registration.usecases.standings import follow_travel
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.persons import same_person
from shared.events.registration import JourneyCancelled, JourneyChanged, JourneyDeclared
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.own import own_of

PLATE = "journey.plate"


@retry_conflicts
async def declare(deps: Deps, caller: Principal, stated: Declaration) -> Journey:
    """Record a journey home and the risk of its origin; the same `journey_id` again gives the same answer."""
    async with deps.unit_of_work() as work:
        return await declare_in(deps, caller, stated, work)


async def declare_in(deps: Deps, caller: Principal, stated: Declaration, work: UnitOfWork) -> Journey:
    """Record a journey home as `declare` does, as a part of what the unit of work does."""
    resident = await _declared_for(deps, caller, stated.resident_id, work)
    if stored := await deps.store.journeys.get(stated.journey_id, work):
        known = open_plate(deps, stored)
        if known.declaration != stated:
            raise Conflict("registration.journey_taken", "That journey_id stands for another one: make a new one")
        return known
    _check(deps, stated)
    risk = await Lists(deps).assess(stated, (deps.today, stated.departs_on))
    journey = Journey(
        **vars(stated),
        household_id=resident.household_id,
        area_path=resident.area_path,
        risk=risk.risk,
        risk_list_date=risk.list_date,
        risk_region=risk.region,
        declared_by=caller.subject,
        stated_by=gate.of_journey(stated.resident_id, caller.subject),
        declared_at=deps.clock.now(),
    )
    await deps.store.journeys.insert(
        replace(journey, plate=deps.sealer.seal(stated.plate, PLATE, stated.journey_id)), work
    )
    await plates.remember(deps, journey.journey_id, journey.resident_id, journey.plate, work)
    work.emit(JourneyDeclared.of(journey))
    await follow_travel(deps, journey, None, work)
    return journey


@retry_conflicts
async def change(
    deps: Deps, caller: Principal, journey_id: str, departs_on: date, arrives_on: date, legs: Sequence[Leg] = ()
) -> Journey:
    """Change the days, and with them the legs, of a journey whose arrival is not near yet; again changes nothing.

    The risk does not fall with the days: a list of the new days may raise it.
    """
    async with deps.unit_of_work() as work:
        stored = await visible_journey(deps, caller, journey_id, work)
        declared = (stored.departs_on, stored.arrives_on, stored.legs)
        if not stored.cancelled and declared == (departs_on, arrives_on, tuple(legs) or stored.legs):
            return open_plate(deps, stored)
        require_readable(deps, stored)
        journeys.require_ahead(stored, deps.today, deps.days_before_arrival)
        if stored.legs and not legs:
            text = "The journey is declared by its legs: state the legs of the new days"
            raise Invalid("registration.journey_legs_missing", text)
        statement = gate.of_journey(stored.resident_id, caller.subject)
        changed = replace(stored, departs_on=departs_on, arrives_on=arrives_on, legs=tuple(legs), stated_by=statement)
        changed = replace(changed, confirmed_by=None)  # a second person confirmed other days
        _check(deps, changed)
        risk = await Lists(deps).assess(changed, (deps.today, departs_on))
        if risk_lists.more_severe(risk.risk, stored.risk) is not stored.risk:
            changed = journeys.reassess(changed, risk, deps.clock.now().replace(microsecond=0))
        await deps.store.journeys.put(changed, work)
        work.emit(JourneyChanged.of(changed))
        await follow_travel(deps, changed, stored, work)
        await return_keeping.follow_journey(deps, changed, work)
    return open_plate(deps, changed)


@retry_conflicts
async def cancel(deps: Deps, caller: Principal, journey_id: str) -> Journey:
    """Cancel a journey whose arrival is not near yet; again gives the same answer."""
    async with deps.unit_of_work() as work:
        stored = await visible_journey(deps, caller, journey_id, work)
        if not stored.cancelled:
            require_readable(deps, stored)
            journeys.require_ahead(stored, deps.today, deps.days_before_arrival)
            cancelled = replace(stored, cancelled=True)
            await deps.store.journeys.put(cancelled, work)
            work.emit(JourneyCancelled.of(cancelled))
            await follow_travel(deps, cancelled, stored, work)
            await return_keeping.follow_journey(deps, cancelled, work)
            stored = cancelled
    return open_plate(deps, stored)


def open_plate(deps: Deps, stored: Journey) -> Journey:
    """Return a stored journey in clear: a plate identifies a person, so the store keeps it sealed.

    The plate is `UNREADABLE` where it does not open.
    """
    return replace(stored, plate=deps.sealer.show(stored.plate, PLATE, stored.journey_id))


def require_readable(deps: Deps, stored: Journey) -> None:
    """Raise `Unreadable` for a journey whose plate does not open: it is not changed."""
    deps.sealer.open(stored.plate, PLATE, stored.journey_id)


def _check(deps: Deps, stated: Declaration) -> None:
    try:
        journeys.check_journey(stated.departs_on, stated.arrives_on, deps.today)
    except ValueError as error:
        raise Invalid("registration.journey_dates", f"{error}: correct the dates") from None
    try:
        check_legs(stated.legs, stated.origin_region, stated.departs_on, stated.arrives_on, deps.zone)
    except ValueError as error:
        raise Invalid("registration.journey_legs", f"{error}: correct the legs") from None


async def _declared_for(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork | None) -> Resident:
    """Return whom the caller may declare for: the own household, a person of the area, an employer's staff."""
    resident = await deps.store.residents.get(resident_id, work)
    if resident and Role.RESIDENT in caller.roles:
        own = await own_of(deps.store.residents, caller)
        if resident.household_id in own.households:
            return resident
    if resident and await employers.employs(deps, caller, resident_id, work):
        return resident
    return await visible(deps, caller, resident_id, work)


async def show(deps: Deps, caller: Principal, journey_id: str) -> Journey:
    """Return a declared journey to those who may see its resident's file. Raises `NotFound` for others."""
    return open_plate(deps, await visible_journey(deps, caller, journey_id))


async def visible_journey(deps: Deps, caller: Principal, journey_id: str, work: UnitOfWork | None = None) -> Journey:
    """Return a journey as it is stored, its plate sealed. Raises `NotFound`."""
    journey = await deps.store.journeys.get(journey_id, work)
    if journey is None:
        raise NotFound("registration.no_such_journey", "The journey was not found in your area")
    may_see = _declared_for if same_person(journey.declared_by, caller.subject) else visible
    await may_see(deps, caller, journey.resident_id, work)
    return journey
