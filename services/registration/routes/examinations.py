"""Rows that wait for another office, over HTTP: the person's own office decides."""

from services.registration.domain.examinations import Examination, State
from services.registration.routes.callers import Office, Uses, listed_area, record_resident
from services.registration.schemas.examinations import ExaminationDecisionBody, ExaminationItem, ExaminationView
from services.registration.usecases import Deps, examinations
from services.registration.usecases.examining import open_row
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

EXAMINATION, PURPOSE = "examination", "examination of rows"

router = api_router(
    "examinations", about="Rows of a roster about people of another office, which that office examines."
)


@router.get("/examinations")
async def list_examinations(
    deps: Uses,
    caller: Office,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    state: State = State.OPEN,
    within: MaybePath = "",
) -> Page[ExaminationItem]:
    """List the rows about people of an area, by default the caller's own, that officials sent, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.examinations.page(path, state, listing.after, listing.limit)
    await disclosures.record_list(caller, EXAMINATION, path, purpose.usual(PURPOSE))
    return listing.page(map(ExaminationItem.of, stored), following)


@router.get("/examinations/{examination_id}")
async def show_examination(
    examination_id: Id, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> ExaminationView:
    """Show a row with what it states, to the office of the person."""
    asked = await examinations.show(deps, caller, examination_id)
    return await _disclosed(deps, asked, caller, disclosures, purpose)


@router.post("/examinations/{examination_id}/accept")
async def accept_row(
    examination_id: Id,
    body: ExaminationDecisionBody,
    deps: Uses,
    caller: Office,
    disclosures: Disclosing,
    purpose: Reading,
) -> ExaminationView:
    """Carry out a row as the office of the person; the change is kept with what was before."""
    asked = await examinations.accept(deps, caller, examination_id, body.reason)
    return await _disclosed(deps, asked, caller, disclosures, purpose)


@router.post("/examinations/{examination_id}/refuse")
async def refuse_row(
    examination_id: Id,
    body: ExaminationDecisionBody,
    deps: Uses,
    caller: Office,
    disclosures: Disclosing,
    purpose: Reading,
) -> ExaminationView:
    """Refuse a row; the official who sent it does not learn of it."""
    asked = await examinations.refuse(deps, caller, examination_id, body.reason)
    return await _disclosed(deps, asked, caller, disclosures, purpose)


async def _disclosed(
    deps: Deps, asked: Examination, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> ExaminationView:
    await record_resident(deps, disclosures, caller, EXAMINATION, asked.resident_id, purpose.usual(PURPOSE))
    row = open_row(deps, asked)
    return ExaminationView.of(asked, name=row.name, door=row.area_path, phone=row.phone, categories=row.categories)
