"""Appeals against a colour over HTTP."""

from operator import attrgetter
from typing import Annotated

from services.registration.domain.appeals import Appeal, State
from services.registration.routes.callers import AnyCaller, Officer, Staff, Uses, listed_area, record_resident
from services.registration.schemas.appeals import AppealBody, AppealView, DecisionBody
from services.registration.usecases import Deps, appeals
from shared.events.registration import Outcome
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Listing, Page, following_time, listed

CASE_ADVICE = "The colour rests on isolation case {}: it ends when the case is released or cancelled in isolation"
APPEAL, PURPOSE = "appeal", "decision of appeals"

router = api_router("appeals", about="Appeals of residents against a colour.")


@router.post("/residents/{resident_id}/appeals", status_code=201)
async def make_appeal(
    resident_id: Id, body: AppealBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> AppealView:
    """Appeal against the colour that the resident has now, by the resident or for them (R1.9)."""
    appeal = await appeals.make(deps, caller, resident_id, body.appeal_id, body.text)
    await _record(disclosures, caller, appeal, purpose)
    return _view(deps, appeal)


@router.get("/residents/{resident_id}/appeals")
async def list_appeals_of_resident(
    resident_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[AppealView]:
    """List the appeals of a resident, in the order in which they were made, a page at a time."""
    made = await appeals.of_resident(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, APPEAL, resident_id, purpose.usual(PURPOSE))
    page, following = listing.part(made, attrgetter("appeal_id"))
    return listing.page((_view(deps, appeal) for appeal in page), following)


@router.get("/appeals")
async def list_appeals(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("due_at", "-due_at")],
    disclosures: Disclosing,
    purpose: Reading,
    state: State = State.OPEN,
    within: MaybePath = "",
) -> Page[AppealView]:
    """List the appeals within an area path, by default the caller's own, a page at a time: overdue ones first."""
    path = listed_area(caller, within)
    made = await deps.store.appeals.page(path, state, listing.descends, listing.after_time, listing.limit)
    await disclosures.record_list(caller, APPEAL, path, purpose.usual(PURPOSE))
    last = following_time(made[-1].due_at, made[-1].appeal_id) if len(made) == listing.limit else None
    return listing.page((_view(deps, appeal) for appeal in made), last)


@router.get("/appeals/{appeal_id}")
async def show_appeal(
    appeal_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> AppealView:
    """Show an appeal to staff of its area and to the resident."""
    appeal = await appeals.find(deps, caller, appeal_id)
    await _record(disclosures, caller, appeal, purpose)
    return _view(deps, appeal)


@router.post("/appeals/{appeal_id}/uphold")
async def uphold_appeal(
    appeal_id: Id, body: DecisionBody, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> AppealView:
    """Uphold an appeal: what the colour rests on counts no longer, unless it is an isolation case."""
    appeal = await appeals.decide(deps, caller, appeal_id, Outcome.UPHELD, body.reason)
    await _record(disclosures, caller, appeal, purpose)
    return _view(deps, appeal)


@router.post("/appeals/{appeal_id}/reject")
async def reject_appeal(
    appeal_id: Id, body: DecisionBody, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> AppealView:
    """Reject an appeal: the colour stays what it is."""
    appeal = await appeals.decide(deps, caller, appeal_id, Outcome.REJECTED, body.reason)
    await _record(disclosures, caller, appeal, purpose)
    return _view(deps, appeal)


async def _record(disclosures: Disclosures, caller: Principal, appeal: Appeal, purpose: Purpose) -> None:
    await disclosures.record(caller, APPEAL, appeal.resident_id, appeal.area_path, purpose.usual(PURPOSE))


def _view(deps: Deps, appeal: Appeal) -> AppealView:
    advice = CASE_ADVICE.format(appeal.evidence) if appeal.state is State.UPHELD and not appeal.ended else None
    overdue = appeal.overdue(deps.clock.now())
    return AppealView.of(appeal, text=appeals.open_text(deps, appeal), overdue=overdue, advice=advice)
