"""Colours over HTTP."""

from services.registration.routes.callers import AnyCaller, Officer, Uses, record_resident
from services.registration.schemas.standings import StandingChange, StandingView
from services.registration.usecases import standings
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page

COLOUR, PURPOSE = "colour", "care of residents"

router = api_router("standings", about="The colour of a resident's health code: rule, evidence, expiry, history.")


@router.get("/residents/{resident_id}/standing")
async def show_standing(
    resident_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> StandingView:
    """Show a resident's colour with rule, evidence and expiry (R1.9)."""
    standing, reason = await standings.explain(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, COLOUR, resident_id, purpose.usual(PURPOSE))
    return StandingView.of(standing, reason=reason)


@router.get("/residents/{resident_id}/standing/history")
async def list_standing_history(
    resident_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[StandingChange]:
    """Show every change of a resident's colour, with rule and evidence, a page at a time (R1.9)."""
    changes = await standings.history(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, COLOUR, resident_id, purpose.usual(PURPOSE))
    numbered = list(enumerate(changes))  # the history only grows
    page, following = listing.part(numbered, lambda one: str(one[0]))
    return listing.page((StandingChange.of(change) for _, change in page), following)


@router.post("/residents/{resident_id}/standing/confirmation")
async def confirm_standing(
    resident_id: Id, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> StandingView:
    """Confirm a fever or a journey that one person stated, as the second person; else the colour falls back (R1.9)."""
    standing = await standings.confirm(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, COLOUR, resident_id, purpose.usual(PURPOSE))
    return StandingView.of(standing, reason=None)
