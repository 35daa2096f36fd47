"""Journeys home over HTTP."""

from collections.abc import Sequence
from datetime import UTC

from services.registration.domain.journeys import (
    Declaration,
    Journey,
    counts_from,
    falls_back_at,
    state_of,
)
from services.registration.domain.legs import Leg
from services.registration.routes.callers import AnyCaller, Officer, Staff, Uses, listed_area
from services.registration.schemas.journeys import (
    JourneyBody,
    JourneyDaysBody,
    JourneyFilter,
    JourneyView,
    LegBody,
    RefusalBody,
)
from services.registration.usecases import Deps, journey_decisions, journeys
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

JOURNEY, PURPOSE = "journey", "reception of arrivals"

router = api_router("journeys", about="Journeys home (返程人员登记).")


@router.post("/journeys", status_code=201)
async def declare_journey(
    body: JourneyBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> JourneyView:
    """Declare a journey home (返程人员登记), the own one, a household member's or a person's of the area (R1.6)."""
    stated = Declaration(
        body.journey_id,
        body.resident_id,
        body.origin_region,
        body.departs_on,
        body.arrives_on,
        body.route,
        body.transport,
        body.plate,
        body.contact,
        _legs(body.legs),
    )
    return await _answer(deps, await journeys.declare(deps, caller, stated), caller, disclosures, purpose)


@router.get("/journeys")
async def list_journeys(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
    state: JourneyFilter | None = None,
) -> Page[JourneyView]:
    """List the journeys declared within an area path, by default the caller's own, a page at a time.

    With `state` those alone that stand so today; `waiting` are those on whose confirmation a colour waits.
    """
    path = listed_area(caller, within)
    stored, following = await deps.store.journeys.page(
        path, listing.after, listing.limit, state, deps.today, deps.days_before_arrival
    )
    await disclosures.record_list(caller, JOURNEY, path, purpose.usual(PURPOSE))
    views = [_view(deps, journeys.open_plate(deps, one)) for one in stored]
    if state is JourneyFilter.WAITING:  # of a colour that has fallen back no person decides any longer
        now = deps.clock.now()
        views = [one for one in views if one.falls_back_at and one.falls_back_at > now]
    return listing.page(views, following)


@router.get("/journeys/{journey_id}")
async def show_journey(
    journey_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> JourneyView:
    """Show a declared journey."""
    journey = await journeys.show(deps, caller, journey_id)
    return await _answer(deps, journey, caller, disclosures, purpose)


@router.post("/journeys/{journey_id}/days")
async def change_journey(
    journey_id: Id, body: JourneyDaysBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> JourneyView:
    """Change the days, and with them the legs, of a journey before the arrival is near."""
    journey = await journeys.change(deps, caller, journey_id, body.departs_on, body.arrives_on, _legs(body.legs))
    return await _answer(deps, journey, caller, disclosures, purpose)


@router.post("/journeys/{journey_id}/cancellation")
async def cancel_journey(
    journey_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> JourneyView:
    """Cancel a journey before the arrival is near."""
    journey = await journeys.cancel(deps, caller, journey_id)
    return await _answer(deps, journey, caller, disclosures, purpose)


@router.post("/journeys/{journey_id}/confirmation")
async def confirm_journey(
    journey_id: Id, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> JourneyView:
    """Confirm, as the second person, a journey that one official declared; else the colour falls back (R1.9)."""
    journey = await journey_decisions.confirm(deps, caller, journey_id)
    return await _answer(deps, journey, caller, disclosures, purpose)


@router.post("/journeys/{journey_id}/refusal")
async def refuse_journey(
    journey_id: Id, body: RefusalBody, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> JourneyView:
    """Refuse, as the second person, a journey that one official declared: nothing rests on it any longer (R1.9)."""
    journey = await journey_decisions.refuse(deps, caller, journey_id, body.reason)
    return await _answer(deps, journey, caller, disclosures, purpose)


async def _answer(
    deps: Deps, journey: Journey, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> JourneyView:
    """Return a journey and record the reading."""
    await disclosures.record(caller, JOURNEY, journey.resident_id, journey.area_path, purpose.usual(PURPOSE))
    return _view(deps, journey)


def _view(deps: Deps, journey: Journey) -> JourneyView:
    ahead = deps.days_before_arrival
    return JourneyView.of(
        journey,
        counts_from=counts_from(journey.arrives_on, ahead),
        state=state_of(journey, deps.today, ahead),
        falls_back_at=falls_back_at(journey, ahead, deps.zone, deps.second_person_within),
    )


def _legs(stated: Sequence[LegBody]) -> tuple[Leg, ...]:
    """Return legs with their times in UTC, as the store gives them back."""
    utc = [
        {"departs_at": one.departs_at.astimezone(UTC), "arrives_at": one.arrives_at.astimezone(UTC)} for one in stated
    ]
    return tuple(Leg(**leg.model_dump() | times) for leg, times in zip(stated, utc, strict=True))
