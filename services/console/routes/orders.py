"""Colours by hand: the second person's queue, an order's file, and how one is proposed, approved, refused or lifted."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.showing.texts import N_
from shared.base.ids import new_id

STATES = ("proposed", "approved", "rejected", "expired", "lifted")
USUAL_DAYS = 3

router = page_router()


@router.get("/orders")
async def list_orders(visit: Person, state: str = "proposed", after: str = "") -> HTMLResponse:
    """Show the orders of the area in one state; at first those that wait for a second person."""
    chosen = state if state in STATES else "proposed"
    kind = views.Page[views.ColourOrder]
    page = await visit.api.get("registration", "/v1/colour-orders", kind, state=chosen, after=after, limit=50)
    await visit.name_colleagues(*(one.proposed_by for one in page.items))
    return visit.page("orders/list.html", page=page, state_chosen=chosen, states=STATES, me=visit.person.subject)


@router.get("/orders/new")
async def new(visit: Person, resident_id: Annotated[list[str] | None, Query()] = None) -> HTMLResponse:
    """Show the form of an order for the residents that were chosen."""
    return await _form(visit, resident_id or [], {"order_id": new_id()})


async def _form(
    visit: Staffed, resident_ids: list[str], filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    names = await visit.names(resident_ids)
    until = visit.deps.pages.local(visit.deps.clock.now() + timedelta(days=USUAL_DAYS))
    usual = {"colour": "yellow", "reason": "", "until": f"{until:%Y-%m-%dT%H:%M}"}
    facts = {"resident_ids": resident_ids, "named": names, "filled": usual | filled}
    return visit.page("orders/new.html", status, problem=problem, **facts)


@router.post("/orders")
async def propose(visit: Acting) -> Response:
    """Propose a colour."""
    ids = visit.values("resident_id")
    filled = {name: visit.value(name) for name in ("order_id", "colour", "reason", "until")}
    try:
        until = datetime.fromisoformat(filled["until"]).replace(tzinfo=visit.deps.zone)
    except ValueError:
        return await _form(visit, ids, filled, visit.text(N_("Until: enter a day and an hour.")), 422)
    body = filled | {"until": until.isoformat(), "resident_ids": ids}
    try:
        order = await visit.api.post("registration", "/v1/colour-orders", views.ColourOrderFile, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, ids, filled, problem_text(visit, error), error.status)
    return visit.go(f"/orders/{order.order_id}")


@router.get("/orders/{order_id}")
async def show(visit: Person, order_id: str) -> HTMLResponse:
    """Show an order."""
    return await _show(visit, order_id)


async def _show(visit: Staffed, order_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    order = await visit.api.get("registration", f"/v1/colour-orders/{order_id}", views.ColourOrderFile)
    await visit.name_colleagues(order.proposed_by, order.decided_by)
    may_decide = order.state == "proposed" and order.proposed_by != visit.person.subject
    facts = {"order": order, "may_decide": may_decide, "me": visit.person.subject, "lift_id": new_id()}
    return visit.page("orders/order.html", status, problem=problem, reason=visit.value("reason"), **facts)


async def _decide(visit: Staffed, order_id: str, step: str, body: dict[str, str] | None = None) -> Response:
    try:
        path = f"/v1/colour-orders/{order_id}/{step}"
        order = await visit.api.post("registration", path, views.ColourOrderFile, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, order_id, problem_text(visit, error), error.status)
    return visit.go(f"/orders/{order.order_id}")


@router.post("/orders/{order_id}/approve")
async def approve(visit: Acting, order_id: str) -> Response:
    """Approve an order as the second person."""
    return await _decide(visit, order_id, "approve")


@router.post("/orders/{order_id}/reject")
async def reject(visit: Acting, order_id: str) -> Response:
    """Refuse an order, or withdraw the own one."""
    return await _decide(visit, order_id, "reject", {"reason": visit.value("reason")})


@router.post("/orders/{order_id}/lift")
async def lift(visit: Acting, order_id: str) -> Response:
    """Propose to end an order before its time."""
    body = {"order_id": visit.value("lift_id"), "reason": visit.value("reason")}
    return await _decide(visit, order_id, "lift", body)
