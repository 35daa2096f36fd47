"""Passages, presence and alerts over HTTP."""

from datetime import timedelta
from typing import Annotated

from services.checkpoint.domain.alerts import Alert, Wanted
from services.checkpoint.routes.callers import Staff, Uses, gate_name, last_row, zoned
from services.checkpoint.routes.people import people_of
from services.checkpoint.schemas import reading as schemas
from services.checkpoint.usecases import Deps, reviews
from shared.base.errors import Invalid
from shared.envelope.open_enum import KNOWN
from shared.events.checkpoint import AlertRule
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Read, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybeCode, MaybeId, MaybePath
from shared.web.pages import Listing, Page, listed
from shared.web.times import Instant

DEFAULT_WINDOW = timedelta(days=1)
ALERT_WINDOW = timedelta(days=7)

router = api_router("reading", about="Passages, presence, flow, contacts and alerts.")


@router.get("/passages")
async def list_passages(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("at", "-at")],
    disclosures: Disclosing,
    purpose: Reading,
    resident_id: MaybeId = "",
    gate_id: MaybeCode = "",
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
        of_one = people_of(deps, [resident_id], caller.area)
        await disclosures.record_all(caller, "trajectory", of_one, purpose.required())
    after, limit = listing.after_time, listing.limit
    rows = await deps.store.passages.find(who, caller.area, start, end, listing.descends, after, limit)
    if not resident_id:
        people = people_of(deps, (passage.resident_id for passage in rows), caller.area)
        at_gate = Read(gate_id, _gate_path(deps, gate_id, caller))
        await disclosures.record_all(caller, "passages", [at_gate, *people], purpose.usual("passages at a gate"))
    following = last_row(rows, listing.limit, lambda passage: passage.scan_id)
    return listing.page((schemas.passage_view(one, caller, gate_name(deps, one.gate_id)) for one in rows), following)


@router.get("/presence")
async def count_presence(deps: Uses, caller: Staff, within: MaybePath = "") -> schemas.PresenceView:
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
    rule: Annotated[AlertRule, KNOWN] | None = None,
    gate_id: MaybeCode = "",
) -> Page[schemas.AlertView]:
    """Alerts at gates in the caller's area, as usual the newest first, by default of the last seven days (R2.9)."""
    start = zoned(since or deps.clock.now() - ALERT_WINDOW)
    wanted = Wanted(reviewed, rule, gate_id)
    rows = await deps.store.alerts.within(
        caller.area, start, listing.descends, listing.after_time, listing.limit, wanted
    )
    people = people_of(deps, (alert.resident_id for alert in rows), caller.area)
    here = Read(caller.area, caller.area)
    await disclosures.record_all(caller, "alerts", [here, *people], purpose.usual("follow-up of alerts"))
    following = last_row(rows, listing.limit, lambda alert: alert.alert_id)
    return listing.page((_alert(deps, alert, caller) for alert in rows), following)


@router.get("/alerts/{alert_id}")
async def show_alert(
    alert_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> schemas.AlertView:
    """Show an alert with its reviews; the reading is recorded (R2.9)."""
    alert = await reviews.visible(deps, caller, alert_id)
    read = people_of(deps, [alert.resident_id], caller.area) or [Read(alert.subject, alert.area_path)]
    await disclosures.record_all(caller, "alerts", read, purpose.usual("follow-up of alerts"))
    return _alert(deps, alert, caller)


def _alert(deps: Deps, alert: Alert, caller: Principal) -> schemas.AlertView:
    return schemas.alert_view(alert, caller, gate_name(deps, alert.gate_id))


def _gate_path(deps: Deps, gate_id: str, caller: Principal) -> str:
    gate = deps.known.gates.get(gate_id)
    return gate.area_path if gate else caller.area
