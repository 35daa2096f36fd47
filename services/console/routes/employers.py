"""Employers: the list, one with its staff, vehicles and returns, and what the office and its clerks state of it."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import employers, returns, rosters, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH
from services.console.routes.imports import PROBLEMS, file_of
from services.console.routes.people import or_none
from services.console.showing import sheets
from services.console.showing.employer_words import WORDS
from shared.base.ids import new_id
from shared.web.roles import Role

ROWS = 50
EMPLOYING = OFFICE | {Role.EMPLOYER}
_FACTS = ("name", "code", "kind", "area_path", "reason")
_WORK = ("name", "id_number", "phone", "home", "post", "workshop", "team", "shift", "since", "reason")
_JOURNEY = ("resident_id", "origin_region", "departs_on", "arrives_on", "transport", "plate")

router = page_router()


@router.get("/employers")
async def list_employers(
    visit: Person,
    within: Annotated[str, Query(max_length=LONGEST_PATH)] = "",
    kind: str = "",
    state: str = "",
    after: str = "",
) -> HTMLResponse:
    """Show the employers of an area, or those for which the person acts."""
    chosen = kind if kind in WORDS["employer_kind"] else ""
    stands = state if state in WORDS["employer_state"] else ""
    asked = {"within": within, "kind": chosen, "state": stands}
    listed = views.Page[employers.Employer]
    page, places = await asyncio.gather(
        visit.api.get_by("registration", "/v1/employers", listed, [("limit", ROWS), ("after", after), *asked.items()]),
        visit.places(),
    )
    facts = {"page": page, "places": places, "asked": asked, "after": after, "words": WORDS}
    return visit.page("employers/list.html", may_register=visit.is_one_of(OFFICE), **facts)


@router.get("/employers/new")
async def new(visit: Person) -> HTMLResponse:
    """Show the form for an employer."""
    return await _form(visit)


@router.post("/employers/new")
async def register(visit: Acting) -> Response:
    """Register an employer."""
    employer_id = visit.value("employer_id") or new_id()
    body = _facts(visit) | {"employer_id": employer_id}
    try:
        await visit.api.post("registration", "/v1/employers", employers.Employer, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, problem_text(visit, error), error.status)
    return visit.go(f"/employers/{employer_id}")


async def _form(visit: Staffed, problem: str | None = None, status: int = 200) -> HTMLResponse:
    filled = {name: visit.value(name) for name in (*_FACTS, "clerk_ids")}
    facts = {"filled": filled, "places": await visit.places(), "words": WORDS, "employer_id": new_id()}
    return visit.page("employers/new.html", status, problem=problem, **facts)


def _facts(visit: Staffed) -> dict[str, object]:
    body: dict[str, object] = {name: visit.value(name) for name in _FACTS}
    body["area_path"] = body["area_path"] or visit.person.area
    return body | {"clerk_ids": visit.value("clerk_ids").replace(",", " ").split()}


@dataclass(frozen=True)
class _Chosen:
    """Which staff of an employer are shown, and what a sheet would do."""

    show: str = "here"
    after: str = ""
    preview: rosters.Preview | None = None
    problem: str | None = None
    status: int = 200


@router.get("/employers/{employer_id}")
async def show(visit: Person, employer_id: str, show: str = "here", after: str = "") -> HTMLResponse:
    """Show an employer with its staff: those who work there, who may not come in today, or who have left."""
    return await _show(visit, employer_id, _Chosen(show if show in WORDS["employee_show"] else "here", after))


async def _show(visit: Staffed, employer_id: str, chosen: _Chosen) -> HTMLResponse:
    path, api = f"/v1/employers/{employer_id}", visit.api
    listed = views.Page[employers.Employee]
    may_manage = visit.is_one_of(EMPLOYING)
    one, counts, page, vehicles = await asyncio.gather(
        api.get("registration", path, employers.Employer),
        or_none(api.get("registration", f"{path}/counts", employers.EmployerCounts)),
        api.get("registration", f"{path}/employees", listed, show=chosen.show, limit=ROWS, after=chosen.after),
        or_none(api.get("registration", f"{path}/vehicles", employers.Vehicles)),
    )
    kind = views.Page[returns.Return]
    asked = await or_none(api.get("registration", f"{path}/returns", kind, limit=ROWS)) if may_manage else None
    await visit.name_colleagues(*(step.by for step in one.steps))
    return visit.page(
        "employers/employer.html",
        chosen.status,
        one=one,
        counts=counts,
        page=page,
        vehicles=vehicles.root if vehicles else None,
        returns=asked.items if asked else [],
        names={row.resident_id: row.name for row in page.items if row.resident_id},
        chosen=chosen,
        words=WORDS,
        filled=defaultdict(str, visit.fields),
        problem=chosen.problem,
        today=visit.deps.today,
        most=PROBLEMS,
        vehicle_id=new_id(),
        places=await visit.places(),
        may_register=visit.is_one_of(OFFICE),
        may_manage=may_manage,
        may_consent=visit.is_one_of({Role.EMPLOYER}),
    )


async def _done(visit: Staffed, employer_id: str, method: str, path: str, body: object) -> Response:
    """Send what a form of the employer's page states, and show the page again."""
    try:
        await visit.api.send(method, "registration", path, json=body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, employer_id, _Chosen(problem=problem_text(visit, error), status=error.status))
    return visit.go(f"/employers/{employer_id}")


@router.post("/employers/{employer_id}")
async def change(visit: Acting, employer_id: str) -> Response:
    """Change what is stated of an employer."""
    return await _done(visit, employer_id, "PUT", f"/v1/employers/{employer_id}", _facts(visit))


@router.post("/employers/{employer_id}/state")
async def turn(visit: Acting, employer_id: str) -> Response:
    """Close an employer, or let it work again."""
    body = {"state": visit.value("state"), "reason": visit.value("reason")}
    return await _done(visit, employer_id, "POST", f"/v1/employers/{employer_id}/state", body)


@router.post("/employers/{employer_id}/employees")
async def state_employee(visit: Acting, employer_id: str) -> Response:
    """State a member of staff."""
    body: dict[str, object] = {name: visit.value(name) for name in _WORK if visit.value(name)}
    return await _done(visit, employer_id, "POST", f"/v1/employers/{employer_id}/employees", body)


@router.post("/employers/{employer_id}/vehicles")
async def state_vehicle(visit: Acting, employer_id: str) -> Response:
    """Register a vehicle of the employer."""
    body = {name: visit.value(name) for name in ("vehicle_id", "plate", "kind")} | {"employer_id": employer_id}
    return await _done(visit, employer_id, "POST", "/v1/vehicles", body)


@router.post("/employers/{employer_id}/consent")
async def consent(visit: Acting, employer_id: str) -> Response:
    """Agree to the return of a member of staff."""
    path = f"/v1/returns/{visit.value('return_id')}/employer-consent"
    return await _done(visit, employer_id, "POST", path, {})


@router.post("/employers/{employer_id}/preview")
async def preview_sheet(visit: Acting, employer_id: str) -> Response:
    """Show what a sheet of staff would do; nothing is stored."""
    try:
        name, content = await file_of(visit)
        read = await visit.api.upload("registration", "/v1/imports/employees/preview", rosters.Preview, name, content)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, employer_id, _Chosen(problem=problem_text(visit, error), status=error.status))
    return await _show(visit, employer_id, _Chosen(preview=read))


@router.post("/employers/{employer_id}/import")
async def import_sheet(visit: Acting, employer_id: str) -> Response:
    """Import a sheet of staff, and lead to its progress."""
    try:
        name, content = await file_of(visit)
        accepted = await visit.api.upload("registration", "/v1/imports/employees", rosters.Import, name, content)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, employer_id, _Chosen(problem=problem_text(visit, error), status=error.status))
    return visit.go(f"/imports/{accepted.import_id}")


@router.post("/employers/{employer_id}/staff.xlsx")
async def export(visit: Acting, employer_id: str) -> Response:
    """Return the staff as a sheet; registration asks for a fresh sign-in and records it."""
    path = f"/v1/employers/{employer_id}/employees/export"
    answer = await visit.api.send("POST", "registration", path, json={"form": "xlsx"})
    kept_as = {"Content-Disposition": f'attachment; filename="staff-{employer_id[:8]}.xlsx"'}
    return Response(answer.content, media_type=sheets.XLSX, headers=kept_as)


@router.get("/employers/{employer_id}/employees/{employee_id}")
async def show_employee(visit: Person, employer_id: str, employee_id: str) -> HTMLResponse:
    """Show a member of staff with the family, a form for a journey, and the history."""
    return await _employee(visit, employer_id, employee_id)


async def _employee(
    visit: Staffed, employer_id: str, employee_id: str, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    path = f"/v1/employers/{employer_id}"
    one, entry = await asyncio.gather(
        visit.api.get("registration", path, employers.Employer),
        visit.api.get("registration", f"{path}/employees/{employee_id}", employers.Employee),
    )
    await visit.name_colleagues(*(step.by for step in entry.steps))
    facts = {
        "one": one,
        "entry": entry,
        "filled": defaultdict(str, visit.fields),
        "journey_id": new_id(),
        "return_id": new_id(),
    }
    return visit.page("employers/employee.html", status, problem=problem, today=visit.deps.today, **facts)


@router.post("/employers/{employer_id}/employees/{employee_id}/leave")
async def leave(visit: Acting, employer_id: str, employee_id: str) -> Response:
    """Let a member of staff have left."""
    body = {"reason": visit.value("reason")} | ({"day": visit.value("day")} if visit.value("day") else {})
    path = f"/v1/employers/{employer_id}/employees/{employee_id}/departure"
    try:
        await visit.api.post("registration", path, employers.Employee, body)
    except (ApiRefused, ApiAway) as error:
        return await _employee(visit, employer_id, employee_id, problem_text(visit, error), error.status)
    return visit.go(f"/employers/{employer_id}")


@router.post("/employers/{employer_id}/employees/{employee_id}/journey")
async def declare(visit: Acting, employer_id: str, employee_id: str) -> Response:
    """Declare a journey of a member of staff, and ask for the approval of the return."""
    journey = {name: visit.value(name) for name in _JOURNEY} | {"journey_id": visit.value("journey_id")}
    asked = {"return_id": visit.value("return_id"), "journey_id": journey["journey_id"]}
    try:
        await visit.api.post("registration", "/v1/journeys", views.Nothing, journey)
        await visit.api.post("registration", "/v1/returns", returns.Return, asked)
    except (ApiRefused, ApiAway) as error:
        return await _employee(visit, employer_id, employee_id, problem_text(visit, error), error.status)
    return visit.go(f"/employers/{employer_id}")
