"""Venues (场所) and their service desks over HTTP."""

from services.registration.domain.venues import DeskStated, Venue
from services.registration.routes.callers import FileReader, Office, Uses, listed_area
from services.registration.schemas.venues import (
    ClosureBody,
    DesksBody,
    KnownVenueKind,
    VenueBody,
    VenueFactsBody,
    VenueView,
    venue_view,
)
from services.registration.usecases import Deps, venues
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page
from shared.web.times import Day

router = api_router("venues", about="Venues (场所), their service desks and who keeps each.")


@router.post("/venues", status_code=201)
async def register_venue(body: VenueBody, deps: Uses, caller: Office) -> VenueView:
    """Register a venue with its service desks and their keepers (R1.10)."""
    desks = [DeskStated(one.name, one.post, tuple(one.keeper_ids)) for one in body.desks]
    since = body.since or deps.today
    venue = await venues.register(deps, caller, body.venue_id, body.facts(), desks, since, body.reason)
    return await _view(deps, venue)


@router.get("/venues")
async def list_venues(
    deps: Uses,
    caller: FileReader,
    listing: Listed,
    within: MaybePath = "",
    kind: KnownVenueKind | None = None,
    gaps: bool = False,
    closed: bool = False,
    day: Day | None = None,
) -> Page[VenueView]:
    """List the venues of an area, by default the caller's own, a page at a time; with `gaps` those short of keepers.

    Two members of staff answer for each service desk; a venue without desks is a gap too.
    """
    path = listed_area(caller, within)
    stored, following = await deps.store.venues.page(path, kind, gaps, closed, listing.after, listing.limit)
    known = await venues.staff_of(deps, stored)
    return listing.page([venue_view(one, day or deps.today, known) for one in stored], following)


@router.get("/venues/{venue_id}")
async def show_venue(venue_id: Id, deps: Uses, caller: FileReader, day: Day | None = None) -> VenueView:
    """Show a venue as it was on a day, by default today, and every change of it."""
    return await _view(deps, await venues.visible(deps, caller, venue_id), day)


@router.put("/venues/{venue_id}")
async def change_venue(venue_id: Id, body: VenueFactsBody, deps: Uses, caller: Office) -> VenueView:
    """Change what is stated of a venue. The same again changes nothing."""
    return await _view(deps, await venues.change(deps, caller, venue_id, body.facts(), body.reason))


@router.put("/venues/{venue_id}/desks")
async def staff_desks(venue_id: Id, body: DesksBody, deps: Uses, caller: Office) -> VenueView:
    """State the service desks of a venue and their keepers from a day on; who goes stays with the dates."""
    since = body.since or deps.today
    return await _view(deps, await venues.staff_desks(deps, caller, venue_id, body.stated(), since, body.reason))


@router.post("/venues/{venue_id}/closure")
async def close_venue(venue_id: Id, body: ClosureBody, deps: Uses, caller: Office) -> VenueView:
    """Close a venue for good from a day on; its record stays. Again, it changes nothing."""
    return await _view(deps, await venues.close(deps, caller, venue_id, body.day or deps.today, body.reason))


async def _view(deps: Deps, venue: Venue, day: Day | None = None) -> VenueView:
    return venue_view(venue, day or deps.today, await venues.staff_of(deps, [venue]))
