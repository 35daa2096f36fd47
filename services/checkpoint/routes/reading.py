"""Passages, presence and alerts over HTTP."""

from datetime import timedelta
from typing import Annotated

from services.checkpoint.routes.callers import Staff, Uses, last_row, zoned
from services.checkpoint.schemas import reading as schemas
from shared.base.errors import Invalid
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.pages import Listing, Page, listed
from shared.web.times import Instant

DEFAULT_WINDOW = timedelta(days=1)
ALERT_WINDOW = timedelta(days=7)

router = api_router("reading")


@router.get("/passages")
async def list_passages(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("at", "-at")],
    disclosures: Disclosing,
    purpose: Reading,
    resident_id: str = "",
    gate_id: str = "",
    since: Instant | None = None,
    until: Instant | None = None,
) -> Page[schemas.PassageView]:
    """Passages by resident, gate and time; a resident's need a `purpose`, and each reading is recorded (R2.8)."""
    who = {name: value for name, value in (("resident_id", resident_id), ("gate_id", gate_id)) if value}
    if not who:
        raise Invalid("checkpoint.subject_missing", "Name a resident_id, a gate_id or both")
    now = deps.clock.now()
    start, end = zoned(since or now - DEFAULT_WINDOW), zoned(until or now + DEFAULT_WINDOW)
    if resident_id:
        await disclosures.record(caller, "trajectory", resident_id, purpose.required())
    else:
        await disclosures.record(caller, "passages", gate_id, purpose.usual("passages at a gate"))
    after, limit = listing.after_time, listing.limit
    rows = await deps.store.passages.find(who, caller.area, start, end, listing.descends, after, limit)
    following = last_row(rows, listing.limit, lambda passage: passage.scan_id)
    return listing.page(map(schemas.PassageView.model_validate, rows), following)


@router.get("/presence")
async def presence(deps: Uses, caller: Staff, within: str = "") -> schemas.PresenceView:
    """How many residents are inside the places within a path now (R2.7)."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    counts = await deps.store.presence.inside(path)
    places = [schemas.PlacePresence(area_path=place, inside=count) for place, count in counts.items()]
    return schemas.PresenceView(within=path, inside=sum(counts.values()), places=places)


@router.get("/alerts")
async def list_alerts(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("-at", "at")],
    disclosures: Disclosing,
    purpose: Reading,
    since: Instant | None = None,
    reviewed: bool | None = None,
) -> Page[schemas.AlertView]:
    """Alerts at gates in the caller's area, as usual the newest first, by default of the last seven days (R2.9)."""
    start = zoned(since or deps.clock.now() - ALERT_WINDOW)
    await disclosures.record(caller, "alerts", caller.area, purpose.usual("follow-up of alerts"))
    rows = await deps.store.alerts.within(
        caller.area, start, listing.descends, listing.after_time, listing.limit, reviewed
    )
    following = last_row(rows, listing.limit, lambda alert: alert.alert_id)
    return listing.page(map(schemas.AlertView.model_validate, rows), following)
