"""Journeys home (返程人员登记): declared once, with the risk that their origin has (R1.6)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.registration.domain import colours, journeys
from services.registration.domain.journeys import Declaration, Journey
from services.registration.usecases import Deps
from services.registration.usecases.residents import visible
from services.registration.usecases.standings import add
from shared.base.errors import Conflict, Invalid, NotFound
from shared.events.registration import JourneyDeclared, Risk
from shared.store.unit_of_work import retry_conflicts
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
        _check_dates(deps, stated)
        risk, listed_on = await _risk(deps, stated.origin_region, (deps.today, stated.departs_on))
        journey = Journey(
            **vars(stated),
            household_id=resident.household_id,
            area_path=resident.area_path,
            risk=risk,
            risk_list_date=listed_on,
            declared_by=caller.subject,
            declared_at=now,
        )
        await deps.store.journeys.insert(replace(journey, plate=deps.sealer.seal(stated.plate, PLATE)), work)
        work.emit(JourneyDeclared.of(journey))
        if evidence := colours.travel_evidence(journey, now, deps.zone):
            await add(deps, resident.area_path, evidence, work)
    return journey


def open_plate(deps: Deps, stored: Journey) -> Journey:
    """Return a stored journey in clear: a plate identifies a person, so the store keeps it sealed."""
    return replace(stored, plate=deps.sealer.open(stored.plate, PLATE))


def _check_dates(deps: Deps, stated: Declaration) -> None:
    try:
        journeys.check_journey(stated.departs_on, stated.arrives_on, deps.today)
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
    journey = await deps.store.journeys.get(journey_id)
    if journey is None:
        raise NotFound("registration.no_such_journey", "The journey was not found in your area")
    await visible(deps, caller, journey.resident_id)
    return open_plate(deps, journey)
