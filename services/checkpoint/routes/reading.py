"""Passages, presence and alerts over HTTP."""

from datetime import datetime, timedelta

from services.checkpoint.routes.callers import PAGE, Limit, Staff, Uses, cursor, following, stated, zoned
from services.checkpoint.schemas import reading as schemas
from services.checkpoint.store.readings import Kind
from shared.base.errors import Invalid
from shared.store.mongo import Document
from shared.web.http import api_router

DEFAULT_WINDOW = timedelta(days=1)
ALERT_WINDOW = timedelta(days=7)

router = api_router("reading")


@router.get("/passages")
async def list_passages(
    deps: Uses,
    caller: Staff,
    resident_id: str = "",
    gate_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    purpose: str = "",
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.PassagePage:
    """Passages by resident, gate and time; a resident's need a `purpose`, and the reading is recorded (R2.8)."""
    who = {name: value for name, value in (("resident_id", resident_id), ("gate_id", gate_id)) if value}
    if not who:
        raise Invalid("checkpoint.subject_missing", "Name a resident_id, a gate_id or both")
    now = deps.clock.now()
    start, end = zoned(since or now - DEFAULT_WINDOW), zoned(until or now + DEFAULT_WINDOW)
    behind = cursor(after)
    if resident_id:
        reader = (caller.subject, caller.area)
        await deps.store.readings.note(Kind.TRAJECTORY, reader, resident_id, stated(purpose), now)
    found = await deps.store.passages.find(who, caller.area, start, end, behind, limit)
    items = [schemas.PassageView.model_validate(row | {"scan_id": row["_id"]}) for row in found]
    return schemas.PassagePage(items=items, next=following(found, limit))


@router.get("/presence")
async def presence(deps: Uses, caller: Staff, within: str = "") -> schemas.PresenceView:
    """How many residents are inside the places within a path now (R2.7)."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    found = await deps.store.presence.inside(path)
    places = [schemas.PlacePresence(area_path=place, inside=count) for place, count in found.items()]
    return schemas.PresenceView(within=path, inside=sum(found.values()), places=places)


@router.get("/alerts")
async def list_alerts(
    deps: Uses,
    caller: Staff,
    since: datetime | None = None,
    reviewed: bool | None = None,
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.AlertPage:
    """Alerts at gates in the caller's area, the newest first, by default of the last seven days (R2.9)."""
    start = zoned(since or deps.clock.now() - ALERT_WINDOW)
    found = await deps.store.alerts.within(caller.area, start, cursor(after), limit, reviewed)
    return schemas.AlertPage(items=[alert_view(row) for row in found], next=following(found, limit))


def alert_view(row: Document) -> schemas.AlertView:
    """Return an alert as it is shown."""
    return schemas.AlertView.model_validate(row | {"alert_id": row["_id"]})
