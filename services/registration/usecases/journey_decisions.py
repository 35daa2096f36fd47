"""The second person's decision on a journey that one official declared for a resident (R1.6, R1.9)."""

from dataclasses import replace

from services.registration.domain import journeys as rules
from services.registration.domain.journeys import Journey
from services.registration.usecases import Deps, return_keeping, standings
from services.registration.usecases.journeys import open_plate, require_readable, visible_journey
from services.registration.usecases.residents import visible
from shared.base.errors import Conflict
from shared.base.impersonal import require_impersonal
from shared.base.persons import same_person
from shared.events.registration import JourneyCancelled, JourneyChanged, Risk
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


@retry_conflicts
async def confirm(deps: Deps, caller: Principal, journey_id: str) -> Journey:
    """Confirm a journey: the colour rests on it as long as it was meant to; again, it changes nothing.

    Raises `Conflict` where it opens a case, which is confirmed in isolation, and where nothing waits.
    """
    async with deps.unit_of_work() as work:
        stored = await visible_journey(deps, caller, journey_id, work)
        if same_person(stored.confirmed_by, caller.subject):
            return open_plate(deps, stored)
        await _require_second(deps, caller, stored, work)
        if stored.risk is Risk.HIGH:
            text = "A journey from a high-risk region opens a case: confirm the case in isolation"
            raise Conflict("registration.journey_case", text)
        confirmed = replace(stored, confirmed_by=caller.subject)
        await standings.confirm_one(deps, stored, caller.subject, work)
        await deps.store.journeys.put(confirmed, work)
        work.emit(JourneyChanged.of(confirmed))
    return open_plate(deps, confirmed)


@retry_conflicts
async def refuse(deps: Deps, caller: Principal, journey_id: str, reason: str) -> Journey:
    """Refuse a journey that one official declared: the colour rests on it no longer; again, it changes nothing.

    Isolation drops the case that it planned, and withdraws one that no second person has confirmed.
    """
    require_impersonal(reason, "reason")
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        stored = await visible_journey(deps, caller, journey_id, work)
        if same_person(stored.refused_by, caller.subject):
            return open_plate(deps, stored)
        await _require_second(deps, caller, stored, work)
        refused = replace(stored, cancelled=True, refused_by=caller.subject, refused_at=now, refusal=reason)
        await deps.store.journeys.put(refused, work)
        work.emit(JourneyCancelled.of(refused))
        await standings.follow_travel(deps, refused, stored, work)
        await return_keeping.follow_journey(deps, refused, work)
    return open_plate(deps, refused)


async def _require_second(deps: Deps, caller: Principal, journey: Journey, work: UnitOfWork) -> None:
    resident = await visible(deps, caller, journey.resident_id, work)
    own = await own_of(deps.store.residents, caller)
    own.require_stranger(resident.resident_id, resident.household_id, resident.keeper_id)
    require_readable(deps, journey)
    rules.check_second(journey, caller.subject)
