"""Reviews of alerts and overrides over HTTP (R2.9, R2.4)."""

from typing import Annotated

from services.checkpoint.domain.reviews import Override, is_overdue
from services.checkpoint.routes.callers import Staff, Uses, gate_name, last_row
from services.checkpoint.routes.people import people_of
from services.checkpoint.schemas import reading
from services.checkpoint.schemas import reviews as schemas
from services.checkpoint.usecases import Deps, reviews
from shared.web.disclosures import Disclosing, Read, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listing, Page, listed

OVERRIDES = "overrides"  # a kind of readings

router = api_router("reviews", about="Reviews of alerts and of overrides.")


@router.post("/alerts/{alert_id}/review")
async def review_alert(
    alert_id: Id,
    body: schemas.AlertReviewBody,
    deps: Uses,
    caller: Staff,
    disclosures: Disclosing,
    purpose: Reading,
) -> reading.AlertView:
    """State what came of an alert; another review joins the ones before it (R2.9)."""
    alert = await reviews.review_alert(deps, caller, alert_id, body.outcome, body.note)
    read = people_of(deps, [alert.resident_id], caller.area) or [Read(alert.subject, alert.area_path)]
    await disclosures.record_all(caller, "alerts", read, purpose.usual("review of an alert"))
    return reading.alert_view(alert, caller, gate_name(deps, alert.gate_id))


@router.get("/overrides")
async def list_overrides(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("at", "-at")],
    disclosures: Disclosing,
    purpose: Reading,
    state: schemas.OverrideState = schemas.OverrideState.OPEN,
) -> Page[schemas.OverrideView]:
    """Overrides at gates in the caller's area that wait for a review or have one, the oldest first (R2.4)."""
    is_open = state is schemas.OverrideState.OPEN
    rows = await deps.store.overrides.within(caller.area, is_open, listing.descends, listing.after_time, listing.limit)
    people = people_of(deps, (override.resident_id for override in rows), caller.area)
    here = Read(caller.area, caller.area)
    await disclosures.record_all(caller, OVERRIDES, [here, *people], purpose.usual("review of overrides"))
    following = last_row(rows, listing.limit, lambda override: override.override_id)
    return listing.page([_override(deps, one) for one in rows], following)


@router.get("/overrides/{override_id}")
async def show_override(
    override_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> schemas.OverrideView:
    """Show an override at a gate in the caller's area, with its reviews (R2.4)."""
    override = await reviews.visible_override(deps, caller, override_id)
    read = people_of(deps, [override.resident_id], caller.area) or [Read(override.subject, override.area_path)]
    await disclosures.record_all(caller, OVERRIDES, read, purpose.usual("review of overrides"))
    return _override(deps, override)


@router.post("/overrides/{override_id}/review")
async def review_override(
    override_id: Id,
    body: schemas.OverrideReviewBody,
    deps: Uses,
    caller: Staff,
    disclosures: Disclosing,
    purpose: Reading,
) -> schemas.OverrideView:
    """State whether a gate was right to let a person through all the same; not by the officer who did it (R2.4)."""
    override = await reviews.review_override(deps, caller, override_id, body.outcome, body.note)
    read = people_of(deps, [override.resident_id], caller.area)
    await disclosures.record_all(caller, OVERRIDES, read, purpose.usual("review of overrides"))
    return _override(deps, override)


def _override(deps: Deps, override: Override) -> schemas.OverrideView:
    return schemas.OverrideView(
        override_id=override.override_id,
        scan_id=override.scan_id,
        gate_id=override.gate_id,
        gate_name=gate_name(deps, override.gate_id),
        area_path=override.area_path,
        device_id=override.device_id,
        resident_id=override.resident_id,
        reason=override.reason,
        at=override.at,
        state=schemas.OverrideState.OPEN if override.open else schemas.OverrideState.REVIEWED,
        overdue=is_overdue(override, deps.clock.now()),
        reviews=[schemas.ReviewView.model_validate(review) for review in override.reviews],
    )
