"""Permissions to leave: the requests that wait, one with its steps, the form, the pass to print (R1.8)."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import exits, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH
from services.console.showing.qr import qr_svg
from shared.base.ids import new_id

STATES = ("requested", "approved", "refused", "revoked", "withdrawn", "expired")
REACHES, REASONS = ("city", "province", "compound"), ("medical", "work", "study", "supplies", "family", "other")
ROWS = 50
_TYPED = ("exit_id", "reach", "reason", "since", "until", "destination", "note", "plate", "exits", "gates", "tested_at")

router = page_router()


@router.get("/exits")
async def list_exits(
    visit: Person,
    state: str = "requested",
    within: Annotated[str, Query(max_length=LONGEST_PATH)] = "",
    after: str = "",
) -> HTMLResponse:
    """Show the permissions of the area that stand so: first the requests that wait for a decision."""
    chosen = state if state in STATES else "requested"
    kind = views.Page[exits.ExitPermission]
    page = await visit.api.get("registration", "/v1/exits", kind, limit=ROWS, state=chosen, within=within, after=after)
    names = await visit.names(one.resident_id for one in page.items)
    return visit.page("exits/list.html", page=page, named=names, states=STATES, state_chosen=chosen, after=after)


@router.get("/exits/new")
async def new(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the form of a request for a resident."""
    begins = visit.deps.clock.now().astimezone(visit.deps.zone).replace(second=0, microsecond=0, tzinfo=None)
    times = {"since": begins.isoformat(timespec="minutes")}
    times |= {"until": (begins + timedelta(days=1)).isoformat(timespec="minutes")}
    return await _form(visit, resident_id, {"exit_id": new_id(), "exits": "1"} | times)


async def _form(
    visit: Staffed, resident_id: str, filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    names = await visit.names([resident_id])
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "reaches": REACHES, "reasons": REASONS}
    stated = dict.fromkeys(_TYPED, "") | filled
    return visit.page("exits/new.html", status, problem=problem, filled=stated, **facts)


@router.post("/exits")
async def ask(visit: Acting) -> Response:
    """Ask for a permission to leave for a resident."""
    resident_id, filled = visit.value("resident_id"), {name: visit.value(name) for name in _TYPED}
    try:
        body = _request(visit, resident_id, filled)
        made = await visit.api.post("registration", "/v1/exits", exits.ExitPermission, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, resident_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/exits/{made.exit_id}")


def _request(visit: Staffed, resident_id: str, filled: dict[str, str]) -> dict[str, object]:
    body: dict[str, object] = {name: filled[name] for name in ("exit_id", "reach", "reason", "destination", "note")}
    tested = _instant(visit, filled["tested_at"]) if filled["tested_at"] else None
    body |= {name: _instant(visit, filled[name]) for name in ("since", "until")}
    gates = filled["gates"].replace("，", ",").split(",")
    body |= {"plate": filled["plate"], "exits": filled["exits"] or "0"}
    body |= {"gates": [one.strip() for one in gates if one.strip()]}
    return body | {"travellers": [{"resident_id": resident_id, "tested_at": tested}]}


def _instant(visit: Staffed, local: str) -> str:
    """Return a local time of the form with the city's offset; what is none stays, and the service names it."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=visit.deps.zone).isoformat()
    except ValueError:
        return local


@router.get("/exits/{exit_id}")
async def show(visit: Person, exit_id: str) -> HTMLResponse:
    """Show a permission, what it lacks, and the steps that the person may take."""
    return await _show(visit, exit_id)


async def _show(visit: Staffed, exit_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    one = await visit.api.get("registration", f"/v1/exits/{exit_id}", exits.ExitPermission)
    names = await visit.names([who.resident_id for who in one.travellers])
    is_office = visit.is_one_of(OFFICE)
    return visit.page("exits/exit.html", status, problem=problem, may_decide=is_office, one=one, named=names)


@router.get("/exits/{exit_id}/pass")
async def show_pass(visit: Person, exit_id: str, traveller: str = "") -> HTMLResponse:
    """Show a traveller's pass to print, with its QR code."""
    path = f"/v1/exits/{exit_id}/pass"
    made = await visit.api.get("registration", path, exits.ExitPass, traveller=traveller)
    return visit.page("exits/pass.html", one=made, qr=qr_svg(made.pass_text))


async def _step(visit: Staffed, exit_id: str, step: str, body: dict[str, object] | None = None) -> Response:
    try:
        await visit.api.post("registration", f"/v1/exits/{exit_id}/{step}", exits.ExitPermission, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, exit_id, problem_text(visit, error), error.status)
    return visit.go(f"/exits/{exit_id}")


@router.post("/exits/{exit_id}/approve")
async def approve(visit: Acting, exit_id: str) -> Response:
    """Approve a request."""
    return await _step(visit, exit_id, "approval")


@router.post("/exits/{exit_id}/refuse")
async def refuse(visit: Acting, exit_id: str) -> Response:
    """Refuse a request."""
    return await _step(visit, exit_id, "refusal", {"reason": visit.value("reason")})


@router.post("/exits/{exit_id}/revoke")
async def revoke(visit: Acting, exit_id: str) -> Response:
    """Revoke a permission."""
    return await _step(visit, exit_id, "revocation", {"reason": visit.value("reason")})


@router.post("/exits/{exit_id}/withdraw")
async def withdraw(visit: Acting, exit_id: str) -> Response:
    """Take a request back that the person made."""
    return await _step(visit, exit_id, "withdrawal")
