"""Journeys home (返程人员登记): declared once, with the risk that their origin has (R1.6)."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from services.registration.domain import colours, journeys
from services.registration.domain.journeys import Journey
from services.registration.usecases import Deps
from services.registration.usecases.residents import visible
from services.registration.usecases.standings import add
from shared.base.errors import Conflict, Invalid, NotFound
from shared.events.registration import JourneyDeclared, Risk
from shared.store.mongo import Document
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal

PLATE = "journey.plate"


@retry_conflicts
async def declare(deps: Deps, caller: Principal, stated: Journey) -> Document:
    """Record a journey home and the risk of its origin; the same `journey_id` again gives the same answer."""
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, stated.resident_id, work)
        if stored := await deps.store.journeys.get(stated.journey_id, work):
            known = opened(deps, stored)
            if any(known[name] != value for name, value in _stated(stated).items()):
                raise Conflict("registration.journey_taken", "That journey_id stands for another one: make a new one")
            return known
        _check_dates(deps, stated)
        risk, listed_on = await _risk(deps, stated.origin_region, (deps.today, stated.departs_on))
        journey = _stated(stated) | {
            "_id": stated.journey_id,
            "household_id": resident["household_id"],
            "area_path": resident["area_path"],
            "risk": risk.value,
            "risk_list_date": listed_on and listed_on.isoformat(),
            "declared_by": caller.subject,
            "declared_at": now,
        }
        await deps.store.journeys.insert(journey | {"plate": deps.sealer.seal(stated.plate, PLATE)}, work)
        work.emit(JourneyDeclared.model_validate(journey))
        evidence = colours.travel_evidence(stated.journey_id, risk, stated.departs_on, now, deps.zone)
        if evidence:
            await add(deps, resident["_id"], resident["area_path"], evidence, work)
    return journey


def opened(deps: Deps, stored: Document) -> Document:
    """Return a stored journey in clear: a plate tells who somebody is, so it is kept sealed."""
    return stored | {"plate": deps.sealer.open(stored["plate"], PLATE)}


def _stated(journey: Journey) -> Document:
    dates = {"departs_on": journey.departs_on.isoformat(), "arrives_on": journey.arrives_on.isoformat()}
    return asdict(journey) | dates


def _check_dates(deps: Deps, stated: Journey) -> None:
    try:
        journeys.check_journey(stated.departs_on, stated.arrives_on, deps.today)
    except ValueError as error:
        raise Invalid("registration.journey_dates", f"{error}: correct the dates") from None


async def _risk(deps: Deps, region: str, days: Iterable[date]) -> tuple[Risk, date | None]:
    """Return the more severe of what the lists in force on the days say, and that list's date."""
    found: tuple[Risk, date | None] = (Risk.LOW, None)
    for day in days:
        if listed := await deps.store.journeys.risk_list(day):
            listed_on, regions = listed
            risk = journeys.risk_of(region, regions)
            if found[1] is None or journeys.more_severe(risk, found[0]) is not found[0]:
                found = (risk, listed_on)
    return found


async def show(deps: Deps, caller: Principal, journey_id: str) -> Document:
    """Return a declared journey to those who may see its resident's file. Raises `NotFound` for anybody else."""
    journey = await deps.store.journeys.get(journey_id)
    if journey is None:
        raise NotFound("registration.no_such_journey", "The journey was not found in your area")
    await visible(deps, caller, journey["resident_id"])
    return opened(deps, journey)
