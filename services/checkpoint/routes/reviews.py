"""Reviews of alerts and overrides over HTTP (R2.9, R2.4)."""

from typing import Annotated

from services.checkpoint.domain.reviews import Override, is_overdue
from services.checkpoint.routes.callers import Staff, Uses, last_row
from services.checkpoint.schemas import reading
from services.checkpoint.schemas import reviews as schemas
from services.checkpoint.usecases import Deps, reviews
from shared.web.disclosures import Disclosing
from shared.web.http import api_router
from shared.web.pages import Listing, Page, listed

router = api_router("reviews")


@router.post("/alerts/{alert_id}/review")
async def review_alert(
    alert_id: str, body: schemas.AlertReviewBody, deps: Uses, caller: Staff, disclosures: Disclosing
) -> reading.AlertView:
    """State what came of an alert; another review joins the ones before it (R2.9)."""
    alert = await reviews.review_alert(deps, caller, alert_id, body.outcome, body.note)
    await disclosures.record(caller, "alerts", alert.subject, "review of an alert")
    return reading.alert_view(alert, caller)


@router.get("/overrides")
async def list_overrides(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("at", "-at")],
    state: schemas.OverrideState = schemas.OverrideState.OPEN,
) -> Page[schemas.OverrideView]:
    """Overrides at gates in the caller's area that wait for a review or have one, the oldest first (R2.4)."""
    is_open = state is schemas.OverrideState.OPEN
    rows = await deps.store.overrides.within(caller.area, is_open, listing.descends, listing.after_time, listing.limit)
    following = last_row(rows, listing.limit, lambda override: override.override_id)
    return listing.page([_override(deps, one) for one in rows], following)


@router.post("/overrides/{override_id}/review")
async def review_override(
    override_id: str, body: schemas.OverrideReviewBody, deps: Uses, caller: Staff
) -> schemas.OverrideView:
    """State whether a gate was right to let a person through all the same; not by the officer who did it (R2.4)."""
    return _override(deps, await reviews.review_override(deps, caller, override_id, body.outcome, body.note))


def _override(deps: Deps, override: Override) -> schemas.OverrideView:
    return schemas.OverrideView(
        override_id=override.override_id,
        scan_id=override.scan_id,
        gate_id=override.gate_id,
        area_path=override.area_path,
        device_id=override.device_id,
        resident_id=override.resident_id,
        reason=override.reason,
        at=override.at,
        state=schemas.OverrideState.OPEN if override.open else schemas.OverrideState.REVIEWED,
        overdue=is_overdue(override, deps.clock.now()),
        reviews=[schemas.ReviewView.model_validate(review) for review in override.reviews],
    )
