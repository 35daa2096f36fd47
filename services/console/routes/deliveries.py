"""One delivery: its history, and the steps that a role may take: assign, confirm, report a failure, withdraw."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi.responses import HTMLResponse, Response

from services.console.client import goods, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.doors import compounds_of, door_of
from services.console.routes.people import or_none
from services.console.routes.supply import ASSIGNERS, CARRIERS, items_of

REASONS = ("nobody_home", "refused", "no_access", "other")

router = page_router()


@dataclass(frozen=True)
class Event:
    """A line of a delivery's history; the time is None where an earlier version stored none."""

    at: datetime | None
    what: str
    by: str = ""
    note: str = ""


def history_of(delivery: goods.Delivery) -> list[Event]:
    """Return what happened to a delivery, the newest first; a failure has the note of its report."""
    events = [Event(delivery.asked_at, "asked")]
    failures = list(delivery.failures)
    unstated = len(failures) - sum(step.what == "failed" for step in delivery.steps)
    events += [Event(None, "failed", one.reported_by, one.note or "") for one in failures[:unstated]]
    stated = iter(failures[max(unstated, 0) :])
    for step in delivery.steps:
        failure = next(stated, None) if step.what == "failed" else None
        note = (failure.note or "") if failure else ""
        note = delivery.left_at or "" if step.what == "handed_over" else note
        note = delivery.cancel_note or "" if step.what == "withdrawn" else note
        events.append(Event(step.at, step.what, step.by, note))
    known = {step.what for step in delivery.steps}
    if delivery.state == "handed_over" and "handed_over" not in known:
        events.append(
            Event(delivery.handed_over_at, "handed_over", delivery.confirmed_by or "", delivery.left_at or "")
        )
    if delivery.state == "cancelled" and not known & {"withdrawn", "isolation_ended", "care_ended"}:
        events.append(Event(None, "cancelled", delivery.cancelled_by or "", delivery.cancel_note or ""))
    return events[::-1]


@router.get("/supply/{delivery_id}")
async def show(visit: Person, delivery_id: str) -> HTMLResponse:
    """Show a delivery with its history and the steps that the person's role may take."""
    return await _show(visit, delivery_id)


async def _show(visit: Staffed, delivery_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    delivery, items, compounds, depots = await asyncio.gather(
        visit.api.get("supply", f"/v1/deliveries/{delivery_id}", goods.Delivery),
        items_of(visit),
        or_none(compounds_of(visit)),
        or_none(visit.api.get("supply", "/v1/depots", views.Page[goods.Depot], limit=500)),
    )
    names = await visit.names(delivery.resident_ids)
    named = [names[one] for one in delivery.resident_ids if one in names]
    today = visit.deps.today
    facts = {
        "delivery": delivery,
        "named": named,
        "door": named[0].door if named else door_of(delivery.area_path, compounds or []),
        "items": items,
        "depots": {one.depot_id: one.name for one in depots.items} if depots else {},
        "history": history_of(delivery),
        "steps": _steps(visit, delivery),
        "reasons": REASONS,
        "today": today,
        "filled": {"retry_on": (today + timedelta(days=1)).isoformat()} | dict(visit.fields),
    }
    return visit.page("supply/delivery.html", status, problem=problem, **facts)


def _steps(visit: Staffed, delivery: goods.Delivery) -> Sequence[str]:
    steps = []
    if delivery.state == "planned" and visit.is_one_of(CARRIERS):
        steps.append("hand_over")
    if delivery.is_open and visit.is_one_of(ASSIGNERS):
        steps.append("assign")
    if delivery.is_open and visit.is_one_of(OFFICE):
        steps.append("withdraw")
    return steps


async def _step(visit: Staffed, delivery_id: str, method: str, step: str, body: dict[str, object]) -> Response:
    try:
        await visit.api.send(method, "supply", f"/v1/deliveries/{delivery_id}/{step}", json=body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, delivery_id, problem_text(visit, error), error.status)
    return visit.go(f"/supply/{delivery_id}")


@router.post("/supply/{delivery_id}/assign")
async def assign(visit: Acting, delivery_id: str) -> Response:
    """Name who brings it, all of them; no name takes it from all."""
    people = visit.value("carriers").replace("，", ",").replace(";", ",").split(",")
    body: dict[str, object] = {"person_ids": [one.strip() for one in people if one.strip()]}
    return await _step(visit, delivery_id, "PUT", "carriers", body)


@router.post("/supply/{delivery_id}/handover")
async def hand_over(visit: Acting, delivery_id: str) -> Response:
    """Confirm that the household has its goods."""
    return await _step(visit, delivery_id, "POST", "handover", {"left_at": visit.value("left_at") or None})


@router.post("/supply/{delivery_id}/failure")
async def fail(visit: Acting, delivery_id: str) -> Response:
    """Report that the goods were not taken, and when it is tried again."""
    body: dict[str, object] = {name: visit.value(name) for name in ("reason", "retry_on")}
    return await _step(visit, delivery_id, "POST", "failure", body | {"note": visit.value("note") or None})


@router.post("/supply/{delivery_id}/withdraw")
async def withdraw(visit: Acting, delivery_id: str) -> Response:
    """Bring it no longer."""
    return await _step(visit, delivery_id, "POST", "withdrawal", {"note": visit.value("cancel_note")})
