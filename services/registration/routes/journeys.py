"""Journeys home and risk regions over HTTP."""

from datetime import date

from services.registration.domain.journeys import Journey
from services.registration.routes.callers import PAGE, Anyone, City, Limit, Staff, Uses
from services.registration.schemas.journeys import JourneyBody, JourneyPage, JourneyView, RiskListBody, RiskListView
from services.registration.usecases import journeys
from shared.base.errors import NotFound
from shared.web.http import api_router

router = api_router("journeys")


@router.put("/risk-regions/{day}", status_code=204)
async def put_risk_regions(day: date, body: RiskListBody, deps: Uses, caller: City) -> None:
    """State the risk regions in force from a day on (R1.6)."""
    await deps.store.journeys.put_risk_list(day, body.regions)


@router.get("/risk-regions/{day}")
async def show_risk_regions(day: date, deps: Uses, caller: Anyone) -> RiskListView:
    """Show the risk regions in force on a day (R1.6)."""
    listed = await deps.store.journeys.risk_list(day)
    if listed is None:
        raise NotFound("registration.no_risk_list", f"No list of risk regions was in force on {day}")
    return RiskListView(in_force_since=listed[0], regions=dict(listed[1]))


@router.post("/journeys", status_code=201)
async def declare_journey(body: JourneyBody, deps: Uses, caller: Anyone) -> JourneyView:
    """Declare a journey home (返程人员登记, R1.6)."""
    journey = await journeys.declare(deps, caller, Journey(**body.model_dump()))
    return JourneyView.model_validate(journey)


@router.get("/journeys")
async def list_journeys(deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE) -> JourneyPage:
    """List the journeys declared in the caller's area, a page at a time."""
    found, following = await deps.store.journeys.page(caller.area, after, limit)
    items = [JourneyView.model_validate(journeys.opened(deps, journey)) for journey in found]
    return JourneyPage(items=items, next=following)


@router.get("/journeys/{journey_id}")
async def show_journey(journey_id: str, deps: Uses, caller: Anyone) -> JourneyView:
    """Show a declared journey."""
    return JourneyView.model_validate(await journeys.show(deps, caller, journey_id))
