"""Appeals against a colour over HTTP."""

from datetime import datetime

from services.registration.domain.appeals import Appeal, State
from services.registration.routes.callers import PAGE, Anyone, Limit, Officer, Staff, Uses
from services.registration.schemas.appeals import AppealBody, AppealPage, AppealView, DecisionBody
from services.registration.store.appeals import After
from services.registration.usecases import Deps, appeals
from shared.base.errors import Invalid
from shared.events.registration import Outcome
from shared.web.http import api_router

CASE_ADVICE = "The colour rests on isolation case {}: it ends when the case is released or cancelled in isolation"

router = api_router("appeals")


@router.post("/residents/{resident_id}/appeals", status_code=201)
async def make(resident_id: str, body: AppealBody, deps: Uses, caller: Anyone) -> AppealView:
    """Appeal against the colour that the resident has now, by the resident or for them (R1.9)."""
    return _view(deps, await appeals.make(deps, caller, resident_id, body.appeal_id, body.text))


@router.get("/residents/{resident_id}/appeals")
async def list_own(resident_id: str, deps: Uses, caller: Anyone) -> list[AppealView]:
    """List the appeals of a resident, in the order in which they were made."""
    return [_view(deps, appeal) for appeal in await appeals.of_resident(deps, caller, resident_id)]


@router.get("/appeals")
async def list_appeals(
    deps: Uses, caller: Staff, state: State = State.OPEN, after: str = "", limit: Limit = PAGE
) -> AppealPage:
    """List the appeals of the caller's area, a page at a time: overdue ones first."""
    found = await deps.store.appeals.page(caller.area, state, _cursor(after), limit)
    following = f"{found[-1].due_at:%Y-%m-%dT%H:%M:%SZ}|{found[-1].appeal_id}" if len(found) == limit else None
    return AppealPage(items=[_view(deps, appeal) for appeal in found], next=following)


@router.get("/appeals/{appeal_id}")
async def show(appeal_id: str, deps: Uses, caller: Anyone) -> AppealView:
    """Show an appeal to staff of its area and to the resident."""
    return _view(deps, await appeals.find(deps, caller, appeal_id))


@router.post("/appeals/{appeal_id}/uphold")
async def uphold(appeal_id: str, body: DecisionBody, deps: Uses, caller: Officer) -> AppealView:
    """Uphold an appeal: what the colour rests on counts no longer, unless it is an isolation case."""
    return _view(deps, await appeals.decide(deps, caller, appeal_id, Outcome.UPHELD, body.reason))


@router.post("/appeals/{appeal_id}/reject")
async def reject(appeal_id: str, body: DecisionBody, deps: Uses, caller: Officer) -> AppealView:
    """Reject an appeal: the colour stays what it is."""
    return _view(deps, await appeals.decide(deps, caller, appeal_id, Outcome.REJECTED, body.reason))


def _view(deps: Deps, appeal: Appeal) -> AppealView:
    advice = CASE_ADVICE.format(appeal.evidence) if appeal.state is State.UPHELD and not appeal.ended else None
    facts = {"text": appeals.words(deps, appeal), "overdue": appeal.overdue(deps.clock.now()), "advice": advice}
    return AppealView.model_validate(vars(appeal) | facts)


def _cursor(after: str) -> After | None:
    if not after:
        return None
    due_at, _, appeal_id = after.partition("|")
    try:
        return After(datetime.fromisoformat(due_at), appeal_id)
    except ValueError:
        text = "'after' is the 'next' of the page before: send it as it came"
        raise Invalid("registration.bad_cursor", text) from None
