"""The counter page for the rights of a person: a copy of the own data, its correction, its erasure (N11)."""

import json

from fastapi.responses import HTMLResponse, Response

from services.console.client import rights, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.showing.texts import N_
from shared.base.ids import new_id

STATES = ("open", "granted", "refused")
KINDS = ("export", "correction", "erasure")
IDENTITIES = ("paper_seen", "known_in_person", "representative")
FIELDS = ("name", "phone", "other")
_FORM = ("request_id", "kind", "identity", "note", "purpose", "about", "wanted", "evidence")
_OF_CORRECTION = ("about", "wanted", "evidence")
ROWS = 50

router = page_router()


@router.get("/rights")
async def list_requests(visit: Person, state: str = "open", after: str = "") -> HTMLResponse:
    """Show the requests of the area in one state, overdue ones first."""
    chosen = state if state in STATES else "open"
    kind = views.Page[rights.RightsRequest]
    page = await visit.api.get("registration", "/v1/rights", kind, limit=ROWS, state=chosen, after=after)
    names = await visit.names(one.resident_id for one in page.items)
    return visit.page("rights/list.html", page=page, named=names, states=STATES, state_chosen=chosen, after=after)


@router.get("/rights/new")
async def new(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the form in which an official takes a request down."""
    usual = {"request_id": new_id(), "kind": "export", "identity": "paper_seen"}
    return await _form(visit, resident_id, dict.fromkeys(_FORM, "") | usual)


async def _form(
    visit: Staffed, resident_id: str, filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    names = await visit.names([resident_id])
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "filled": filled}
    choices = {"kinds": KINDS, "identities": IDENTITIES, "correctable": FIELDS}
    return visit.page("rights/new.html", status, problem=problem, **facts, **choices)


@router.post("/rights")
async def ask(visit: Acting) -> Response:
    """Take a request down."""
    resident_id, filled = visit.value("resident_id"), {name: visit.value(name) for name in _FORM}
    is_correction = filled["kind"] == "correction"
    body = {name: value for name, value in filled.items() if is_correction or name not in _OF_CORRECTION}
    try:
        path = f"/v1/residents/{resident_id}/rights"
        made = await visit.api.post("registration", path, rights.RightsRequest, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, resident_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/rights/{made.request_id}")


@router.get("/rights/{request_id}")
async def show(visit: Person, request_id: str) -> HTMLResponse:
    """Show a request, what delays it, and which services have confirmed an erasure."""
    return await _show(visit, request_id)


async def _show(visit: Staffed, request_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    one = await visit.api.get("registration", f"/v1/rights/{request_id}", rights.RightsRequest)
    names = await visit.names([one.resident_id])
    may_decide = visit.is_one_of(OFFICE) and one.state == "open" and not one.is_of(visit.person.subject)
    facts = {"one": one, "named": names.get(one.resident_id), "reason": visit.value("reason")}
    may_copy = one.copy_ready and visit.is_one_of(OFFICE)
    return visit.page("rights/request.html", status, problem=problem, may_decide=may_decide, may_copy=may_copy, **facts)


async def _decide(visit: Staffed, request_id: str, step: str) -> Response:
    path, body = f"/v1/rights/{request_id}/{step}", {"reason": visit.value("reason")}
    try:
        await visit.api.post("registration", path, rights.RightsRequest, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, request_id, problem_text(visit, error), error.status)
    return visit.go(f"/rights/{request_id}")


@router.post("/rights/{request_id}/grant")
async def grant(visit: Acting, request_id: str) -> Response:
    """Grant a correction or an erasure."""
    return await _decide(visit, request_id, "grant")


@router.post("/rights/{request_id}/refuse")
async def refuse(visit: Acting, request_id: str) -> Response:
    """Refuse a correction or an erasure."""
    return await _decide(visit, request_id, "refuse")


@router.post("/rights/{request_id}/copy")
async def copy(visit: Acting, request_id: str) -> Response:
    """Return the copy as a page to read and print, or as a file; services that did not answer are named in it."""
    one = await visit.api.get("registration", f"/v1/rights/{request_id}", rights.RightsRequest)
    if not one.copy_ready:
        return await _show(
            visit, request_id, visit.text(N_("The copy can be fetched no longer: ask for it anew.")), 409
        )
    try:
        purpose = f"rights request {request_id}"
        made = await rights.fetch_copy(visit.api, one.resident_id, purpose, visit.deps.now())
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, request_id, problem_text(visit, error), error.status)
    if visit.value("form") == "json":
        kept_as = {"Content-Disposition": f'attachment; filename="personal-data-{one.resident_id}.json"'}
        content = json.dumps(made.as_json(), ensure_ascii=False, indent=1)
        return Response(content, media_type="application/json", headers=kept_as)
    return visit.page("rights/copy.html", one=one, copy=made)
