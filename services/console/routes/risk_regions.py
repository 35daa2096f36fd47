"""Risk regions by day and hour: the lists, and a file that is shown first and then stated (R1.6)."""

from datetime import date

from fastapi.responses import HTMLResponse, Response

from services.console.client import movements, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.imports import PROBLEMS, file_of
from services.console.showing.texts import N_
from shared.web.roles import Role

CITY = (Role.CITY,)
ROWS = 50

router = page_router()


@router.get("/risk-regions")
async def list_risk_regions(visit: Person) -> HTMLResponse:
    """Show the lists of risk regions, the newest day first, and the form for a file."""
    return await _listed(visit)


async def _listed(
    visit: Staffed, problem: str | None = None, status: int = 200, file: movements.RegionFile | None = None
) -> HTMLResponse:
    kind = views.Page[movements.RiskList]
    page = await visit.api.get("registration", "/v1/risk-regions", kind, limit=ROWS)
    day = visit.value("day") or visit.deps.today.isoformat()
    facts = {"page": page, "day_typed": day, "file": file, "most": PROBLEMS, "may_state": visit.is_one_of(CITY)}
    return visit.page("journeys/risk_regions.html", status, problem=problem, **facts)


@router.post("/risk-regions/preview")
async def preview(visit: Acting) -> HTMLResponse:
    """Show what a file would state; nothing is stored."""
    return await _send(visit, "/preview")


@router.post("/risk-regions")
async def state(visit: Acting) -> Response:
    """State the risk regions of a day by a file; with a bad row, show the rows instead."""
    return await _send(visit, "")


async def _send(visit: Staffed, step: str) -> HTMLResponse:
    try:
        day = date.fromisoformat(visit.value("day"))
    except ValueError:
        return await _listed(visit, visit.text(N_("Choose the day from which the list is in force.")), 422)
    try:
        name, content = await file_of(visit)
        path = f"/v1/risk-region-files/{day}{step}"
        answer = await visit.api.upload("registration", path, movements.RegionFile, name, content)
    except (ApiAway, ApiRefused) as error:
        return await _listed(visit, problem_text(visit, error), error.status)
    return await _listed(visit, file=answer)
