"""Approvals of returns: the list with what each lacks, and one with its documents and signatures (R1.7)."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import returns, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH
from shared.base.ids import new_id

STATES = ("open", "approved", "arrived", "refused", "expired", "cancelled")
ROWS = 50
OF_FORM, OF_CERTIFICATE = ("unit", "reason", "number"), ("kind", "number", "issued_on", "valid_until")

router = page_router()


@router.get("/returns")
async def list_returns(
    visit: Person, state: str = "open", within: Annotated[str, Query(max_length=LONGEST_PATH)] = "", after: str = ""
) -> HTMLResponse:
    """Show the returns of the area that stand so, with what each lacks."""
    chosen = state if state in STATES else "open"
    kind = views.Page[returns.Return]
    page = await visit.api.get(
        "registration", "/v1/returns", kind, limit=ROWS, state=chosen, within=within, after=after
    )
    names = await visit.names(one.resident_id for one in page.items)
    return visit.page("returns/list.html", page=page, named=names, states=STATES, state_chosen=chosen, after=after)


@router.post("/returns")
async def ask(visit: Acting) -> Response:
    """Ask for the approval of a journey."""
    body = {"return_id": new_id(), "journey_id": visit.value("journey_id")}
    made = await visit.api.post("registration", "/v1/returns", returns.Return, body)
    return visit.go(f"/returns/{made.return_id}")


@router.get("/returns/{return_id}")
async def show(visit: Person, return_id: str) -> HTMLResponse:
    """Show a return, and the steps that the person may take."""
    return await _show(visit, return_id)


async def _show(visit: Staffed, return_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    one = await visit.api.get("registration", f"/v1/returns/{return_id}", returns.Return)
    names = await visit.names([one.resident_id])
    facts = {"one": one, "named": names.get(one.resident_id), "filled": dict(visit.fields)}
    return visit.page("returns/return.html", status, problem=problem, may_sign=visit.is_one_of(OFFICE), **facts)


async def _step(visit: Staffed, return_id: str, step: str, body: dict[str, object] | None = None) -> Response:
    try:
        await visit.api.post("registration", f"/v1/returns/{return_id}/{step}", returns.Return, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, return_id, problem_text(visit, error), error.status)
    return visit.go(f"/returns/{return_id}")


@router.post("/returns/{return_id}/form")
async def state_form(visit: Acting, return_id: str) -> Response:
    """State the form of a return."""
    return await _step(visit, return_id, "parts", {"form": {name: visit.value(name) for name in OF_FORM}})


@router.post("/returns/{return_id}/certificate")
async def state_certificate(visit: Acting, return_id: str) -> Response:
    """State the certificate of a return."""
    stated = {name: visit.value(name) for name in OF_CERTIFICATE}
    return await _step(visit, return_id, "parts", {"certificate": stated})


@router.post("/returns/{return_id}/code")
async def state_code(visit: Acting, return_id: str) -> Response:
    """State the health code of the person."""
    return await _step(visit, return_id, "parts", {"code_id": visit.value("code_id")})


@router.post("/returns/{return_id}/sign")
async def sign(visit: Acting, return_id: str) -> Response:
    """Sign for a side."""
    return await _step(visit, return_id, "signatures", {"side": visit.value("side")})


@router.post("/returns/{return_id}/refuse")
async def refuse(visit: Acting, return_id: str) -> Response:
    """Refuse a return."""
    return await _step(visit, return_id, "refusal", {"reason": visit.value("reason")})


@router.post("/returns/{return_id}/arrive")
async def arrive(visit: Acting, return_id: str) -> Response:
    """State that the person has arrived."""
    return await _step(visit, return_id, "arrival")
