"""Rows to examine: what officials of other areas sent about people of this one, and the decision on each."""

from fastapi.responses import HTMLResponse, Response

from services.console.client import histories, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router

STATES = ("open", "accepted", "refused")
ROWS = 50

router = page_router()


@router.get("/examinations")
async def list_examinations(visit: Person, state: str = "open", after: str = "") -> HTMLResponse:
    """Show the rows of one state; at first those that wait for a decision."""
    chosen = state if state in STATES else "open"
    kind = views.Page[histories.ExaminationItem]
    page = await visit.api.get("registration", "/v1/examinations", kind, state=chosen, after=after, limit=ROWS)
    names = await visit.names(one.resident_id for one in page.items)
    return visit.page("examinations/list.html", page=page, named=names, state_chosen=chosen, states=STATES)


@router.get("/examinations/{examination_id}")
async def show(visit: Person, examination_id: str) -> HTMLResponse:
    """Show what a row states beside what the file has."""
    return await _show(visit, examination_id)


async def _show(visit: Staffed, examination_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    path = f"/v1/examinations/{examination_id}"
    asked = await visit.api.get("registration", path, histories.Examination)
    names = await visit.names([asked.resident_id])
    facts = {"asked": asked, "named": names.get(asked.resident_id), "reason": visit.value("reason")}
    return visit.page("examinations/row.html", status, problem=problem, **facts)


async def _decide(visit: Staffed, examination_id: str, step: str) -> Response:
    path, body = f"/v1/examinations/{examination_id}/{step}", {"reason": visit.value("reason")}
    try:
        await visit.api.post("registration", path, histories.Examination, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, examination_id, problem_text(visit, error), error.status)
    return visit.go("/examinations")


@router.post("/examinations/{examination_id}/accept")
async def accept(visit: Acting, examination_id: str) -> Response:
    """Carry a row out."""
    return await _decide(visit, examination_id, "accept")


@router.post("/examinations/{examination_id}/refuse")
async def refuse(visit: Acting, examination_id: str) -> Response:
    """Refuse a row; its sender does not learn of it."""
    return await _decide(visit, examination_id, "refuse")
