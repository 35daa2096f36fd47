"""Break-glass over HTTP: reading outside the own area, for a reason and a time, seen by the auditors of that area."""

from datetime import timedelta
from typing import Annotated

from services.registration.routes.callers import AnyCaller, Staff, Uses
from services.registration.schemas.break_glass import BreakGlassBody, BreakGlassView
from services.registration.usecases import break_glass
from shared.web.disclosures import Auditor
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listing, Page, following_time, listed
from shared.web.step_up import Fresh

router = api_router("break-glass", about="Reading outside the own area, for a reason and a time.")


@router.post("/break-glass", status_code=201)
async def open_break_glass(body: BreakGlassBody, deps: Uses, caller: Staff, fresh: Fresh) -> BreakGlassView:
    """Open an area outside the own one to the caller, for reading alone, by a fresh sign-in with a second factor.

    Within seconds every service answers readings that name the `glass_id` in the header `Lastmetre-Break-Glass`
    as if that area were the caller's own, and records each reading as break-glass. The auditors of the area see it.
    """
    fresh.require()
    length = timedelta(minutes=body.minutes)
    glass = await break_glass.open_area(deps, caller, body.glass_id, body.area_path, body.reason, length)
    return BreakGlassView.of(glass)


@router.get("/break-glass")
async def list_break_glass(
    deps: Uses,
    caller: Auditor,
    listing: Annotated[Listing, listed("-opened_at", "opened_at")],
    only_open: bool = False,
) -> Page[BreakGlassView]:
    """List what was opened within the caller's area or around it, as usual the newest first; past ones too, or not."""
    asked = (listing.descends, listing.after_time, listing.limit)
    rows = await break_glass.page(deps, caller, only_open, *asked)
    last = following_time(rows[-1].opened_at, rows[-1].glass_id) if len(rows) == listing.limit else None
    return listing.page(map(BreakGlassView.of, rows), last)


@router.delete("/break-glass/{glass_id}")
async def close_break_glass(glass_id: Id, deps: Uses, caller: AnyCaller) -> BreakGlassView:
    """Close early what the caller opened; the office and the auditors of the area close any."""
    return BreakGlassView.of(await break_glass.close(deps, caller, glass_id))
