"""Journeys home (返程人员登记): declared once, with the risk that their origin has (R1.6)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.registration.domain import gate, journeys
from services.registration.domain.journeys import Declaration, Journey
from services.registration.usecases import Deps, plates
from services.registration.usecases.residents import visible
from services.registration.usecases.standings import follow_travel
from shared.base.errors import Conflict, Invalid, NotFound
from shared.events.registration import JourneyCancelled, JourneyChanged, JourneyDeclared, Risk
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

PLATE = "journey.plate"


@retry_conflicts
async def declare(deps: Deps, caller: Principal, stated: Declaration) -> Journey:
    """Record a journey home and the risk of its origin; the same `journey_id` again gives the same answer."""
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, stated.resident_id, work)
        if stored := await deps.store.journeys.get(stated.journey_id, work):
            known = open_plate(deps, stored)
            if known.declaration != stated:
                raise Conflict("registration.journey_taken", "That journey_id stands for another one: make a new one")
            return known
        _check_dates(deps, stated.departs_on, stated.arrives_on)
        risk, listed_on = await _risk(deps, stated.origin_region, (deps.today, stated.departs_on))
        journey = Journey(
            **vars(stated),
            household_id=resident.household_id,
            area_path=resident.area_path,
            risk=risk,
            risk_list_date=listed_on,
            declared_by=caller.subject,
            stated_by=gate.of_journey(stated.resident_id, caller.subject),
            declared_at=now,
        )
        await deps.store.journeys.insert(
            replace(journey, plate=deps.sealer.seal(stated.plate, PLATE, stated.journey_id)), work
        )
        await plates.remember(deps, journey.journey_id, journey.resident_id, journey.plate, work)
        work.emit(JourneyDeclared.of(journey))
        await follow_travel(deps, journey, None, work)
    return journey


@retry_conflicts
async def change(deps: Deps, caller: Principal, journey_id: str, departs_on: date, arrives_on: date) -> Journey:
    """Change the days of a journey whose arrival is not near yet; the same days again change nothing.

    The risk never falls: a list of the new days may raise it.
    """
    async with deps.unit_of_work() as work:
        stored = await visible_journey(deps, caller, journey_id, work)
        if not stored.cancelled and (stored.departs_on, stored.arrives_on) == (departs_on, arrives_on):
            return open_plate(deps, stored)
        require_readable(deps, stored)
        journeys.require_ahead(stored, deps.today, deps.days_before_arrival)
        _check_dates(deps, departs_on, arrives_on)
        risk, listed_on = await _risk(deps, stored.origin_region, (deps.today, departs_on))
        statement = gate.of_journey(stored.resident_id, caller.subject)
        changed = replace(stored, departs_on=departs_on, arrives_on=arrives_on, stated_by=statement)
        changed = replace(changed, confirmed_by=None)  # a second person confirmed other days
        if journeys.more_severe(risk, stored.risk) is not stored.risk:
            changed = replace(changed, risk=risk, risk_list_date=listed_on)
        await deps.store.journeys.put(changed, work)
        work.emit(JourneyChanged.of(changed))
        await follow_travel(deps, changed, stored, work)
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


def _check_dates(deps: Deps, departs_on: date, arrives_on: date) -> None:
    try:
        journeys.check_journey(departs_on, arrives_on, deps.today)
    except ValueError as error:
        raise Invalid("registration.journey_dates", f"{error}: correct the dates") from None


async def _risk(deps: Deps, region: str, days: Iterable[date]) -> tuple[Risk, date | None]:
    """Return the more severe of the risks by the lists in force on the days, and that list's date."""
    worst: tuple[Risk, date | None] = (Risk.LOW, None)
    for day in days:
        if listed := await deps.store.journeys.risk_list(day):
            risk = journeys.risk_of(region, listed.regions)
            if worst[1] is None or journeys.more_severe(risk, worst[0]) is not worst[0]:
                worst = (risk, listed.day)
    return worst


async def show(deps: Deps, caller: Principal, journey_id: str) -> Journey:
    """Return a declared journey to those who may see its resident's file. Raises `NotFound` for others."""
    return open_plate(deps, await visible_journey(deps, caller, journey_id))


async def visible_journey(deps: Deps, caller: Principal, journey_id: str, work: UnitOfWork | None = None) -> Journey:
    """Return a journey as it is stored, its plate sealed. Raises `NotFound`."""
    journey = await deps.store.journeys.get(journey_id, work)
    if journey is None:
        raise NotFound("registration.no_such_journey", "The journey was not found in your area")
    await visible(deps, caller, journey.resident_id, work)
    return journey
