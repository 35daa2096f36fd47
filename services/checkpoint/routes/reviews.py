"""Reviews of alerts and overrides over HTTP (R2.9, R2.4)."""

from services.checkpoint.domain.reviews import is_overdue
from services.checkpoint.routes.callers import PAGE, Limit, Staff, Uses, cursor, following
from services.checkpoint.routes.reading import alert_view
from services.checkpoint.schemas import reading
from services.checkpoint.schemas import reviews as schemas
from services.checkpoint.usecases import Deps, reviews
from shared.store.mongo import Document
from shared.web.http import api_router

router = api_router("reviews")


@router.post("/alerts/{alert_id}/review")
async def review_alert(alert_id: str, body: schemas.AlertReviewBody, deps: Uses, caller: Staff) -> reading.AlertView:
    """Say what came of an alert; another review joins the ones before it (R2.9)."""
    return alert_view(await reviews.review_alert(deps, caller, alert_id, body.outcome, body.note))


@router.get("/overrides")
async def list_overrides(
    deps: Uses,
    caller: Staff,
    state: schemas.OverrideState = schemas.OverrideState.OPEN,
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.OverridePage:
    """Overrides at gates in the caller's area that wait for a review or have one, the oldest first (R2.4)."""
    is_open = state is schemas.OverrideState.OPEN
    found = await deps.store.reviews.overrides_within(caller.area, is_open, cursor(after), limit)
    return schemas.OverridePage(items=[_override(deps, one) for one in found], next=following(found, limit))


@router.post("/overrides/{override_id}/review")
async def review_override(
    override_id: str, body: schemas.OverrideReviewBody, deps: Uses, caller: Staff
) -> schemas.OverrideView:
    """Say whether a gate was right to let somebody through all the same; not by whoever did it (R2.4)."""
    return _override(deps, await reviews.review_override(deps, caller, override_id, body.outcome, body.note))


def _override(deps: Deps, found: Document) -> schemas.OverrideView:
    overdue = found["open"] and is_overdue(found["at"], deps.clock.now())
    state = schemas.OverrideState.OPEN if found["open"] else schemas.OverrideState.REVIEWED
    facts = {"override_id": found["_id"], "state": state, "overdue": overdue}
    return schemas.OverrideView.model_validate(found | facts)
