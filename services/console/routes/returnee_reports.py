"""Reports of returnees: those to verify, overdue ones first, and the decision on one (R1.5)."""

import asyncio

from fastapi.responses import HTMLResponse, Response

from services.console.client import movements, reports, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.people import or_none

STATES = ("open", "verified", "unfounded")
ROWS = 50

router = page_router()


@router.get("/returnee-reports")
async def list_reports(visit: Person, state: str = "open", after: str = "") -> HTMLResponse:
    """Show the reports of the area that stand so."""
    chosen = state if state in STATES else "open"
    kind = views.Page[reports.Report]
    page = await visit.api.get("registration", "/v1/returnee-reports", kind, limit=ROWS, state=chosen, after=after)
    return visit.page("reports/list.html", page=page, states=STATES, state_chosen=chosen, after=after)


@router.get("/returnee-reports/{report_id}")
async def show(visit: Person, report_id: str) -> HTMLResponse:
    """Show a report, and the declarations by which it may be verified."""
    return await _show(visit, report_id)


async def _show(visit: Staffed, report_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    one = await visit.api.get("registration", f"/v1/returnee-reports/{report_id}", reports.Report)
    journeys = await _journeys(visit, one) if one.state == "open" else []
    names = await visit.names(journey.resident_id for journey in journeys)
    facts = {"one": one, "journeys": journeys, "named": names, "reason": visit.value("reason")}
    return visit.page("reports/report.html", status, problem=problem, **facts)


async def _journeys(visit: Staffed, one: reports.Report) -> list[movements.Journey]:
    """Return the journeys that were declared for persons at the reported place."""
    kind, path = views.Page[movements.Journey], "/v1/journeys"
    asked = (
        or_none(visit.api.get("registration", path, kind, within=one.area_path, state=state, limit=ROWS))
        for state in ("current", "planned")
    )
    return [journey for page in await asyncio.gather(*asked) if page for journey in page.items]


async def _decide(visit: Staffed, report_id: str, step: str, body: dict[str, str]) -> Response:
    try:
        await visit.api.post("registration", f"/v1/returnee-reports/{report_id}/{step}", reports.Report, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, report_id, problem_text(visit, error), error.status)
    return visit.go(f"/returnee-reports/{report_id}")


@router.post("/returnee-reports/{report_id}/verify")
async def verify(visit: Acting, report_id: str) -> Response:
    """Let a report be verified by a declaration."""
    return await _decide(visit, report_id, "verification", {"journey_id": visit.value("journey_id")})


@router.post("/returnee-reports/{report_id}/dismiss")
async def dismiss(visit: Acting, report_id: str) -> Response:
    """Let a report be unfounded."""
    return await _decide(visit, report_id, "unfounded", {"reason": visit.value("reason")})
