"""Colours over HTTP."""

from services.registration.routes.callers import Anyone, Uses
from services.registration.schemas.standings import StandingChange, StandingView
from services.registration.usecases import standings
from shared.web.http import api_router

router = api_router("standings")


@router.get("/residents/{resident_id}/standing")
async def show_standing(resident_id: str, deps: Uses, caller: Anyone) -> StandingView:
    """Show a resident's colour with rule, evidence and expiry (R1.9)."""
    found, reason = await standings.explained(deps, caller, resident_id)
    return StandingView(resident_id=resident_id, reason=reason, **vars(found))


@router.get("/residents/{resident_id}/standing/history")
async def show_history(resident_id: str, deps: Uses, caller: Anyone) -> list[StandingChange]:
    """Show every change of a resident's colour, with rule and evidence (R1.9)."""
    changes = await standings.history(deps, caller, resident_id)
    return [StandingChange.model_validate(change) for change in changes]
