"""Triage desks: one form registers a person face to face; the desk's day with its counts; the card to print (R1.11)."""

import asyncio

from fastapi.responses import HTMLResponse, Response

from services.console.client import desks, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.domain.desk_forms import body_of
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, STAFF, Acting, Person, Staffed, page_router
from services.console.routes.people import or_none
from services.console.showing.qr import qr_svg
from services.console.showing.words import SYMPTOMS
from shared.base.ids import new_id

ROWS = 20
_OF_PERSON = ("triage_id", "who", "name", "contact_phone", "compound", "building", "unit", "room", "temperature_c")
TYPED = (*_OF_PERSON, "origin_region", "departs_on", "arrives_on", "transport", "plate", "blank_card", "issue_card")

router = page_router()


@router.get("/desks")
async def list_desks(visit: Person) -> HTMLResponse:
    """Show the desks of the area."""
    return await _list(visit, {})


async def _list(visit: Staffed, filled: dict[str, str], problem: str | None = None, status: int = 200) -> HTMLResponse:
    page = await visit.api.get("registration", "/v1/desks", views.Page[desks.Desk], limit=50)
    usual = {"desk_id": new_id(), "name": "", "area_path": visit.area, "staff": visit.person.subject}
    facts = {"may_state": visit.is_one_of(OFFICE), "places": await visit.places(), "filled": usual | filled}
    return visit.page("desks/list.html", status, problem=problem, page=page, **facts)


@router.post("/desks")
async def state(visit: Acting) -> Response:
    """State a desk and who is on duty there."""
    filled = {name: visit.value(name) for name in ("desk_id", "name", "area_path", "staff")}
    staff = filled["staff"].replace("，", " ").replace(",", " ").replace("、", " ").split()
    body: dict[str, object] = {"name": filled["name"], "area_path": filled["area_path"], "staff": staff}
    body |= {"closed": bool(visit.value("closed"))}
    try:
        await visit.api.put("registration", f"/v1/desks/{filled['desk_id']}", desks.Desk, body)
    except (ApiRefused, ApiAway) as error:
        return await _list(visit, filled, problem_text(visit, error), error.status)
    return visit.go("/desks")


@router.get("/desks/{desk_id}")
async def show(visit: Person, desk_id: str, done: str = "") -> HTMLResponse:
    """Show the form of a desk, what to do with the person who was registered last, and the day."""
    return await _show(visit, desk_id, {}, done=done)


async def _show(
    visit: Staffed,
    desk_id: str,
    filled: dict[str, str],
    problem: str | None = None,
    status: int = 200,
    done: str = "",
) -> HTMLResponse:
    path = f"/v1/desks/{desk_id}"
    desk = await visit.api.get("registration", path, desks.Desk)
    last, day, rows, places = await asyncio.gather(
        or_none(visit.api.get("registration", f"/v1/triages/{done}", desks.Triage)) if done else _none(),
        or_none(visit.api.get("registration", f"{path}/day", desks.Day)),
        or_none(visit.api.get("registration", f"{path}/triages", views.Page[desks.Triage], limit=200)),
        visit.places(),
    )
    listed = list(reversed(rows.items))[:ROWS] if rows else []
    names = await visit.names(one.resident_id for one in [*listed, *([last] if last else [])] if one.resident_id)
    usual = dict.fromkeys(TYPED, "") | {"triage_id": new_id(), "issue_card": "yes"}
    usual |= {"departs_on": visit.deps.today.isoformat(), "arrives_on": visit.deps.today.isoformat()}
    facts = {
        "desk": desk,
        "last": last,
        "day": day,
        "rows": listed,
        "named": names,
        "compounds": [one for one in places if one.level == "compound"],
        "filled": usual | filled,
        "symptoms": SYMPTOMS,
        "chosen": visit.values("symptoms"),
        "may_register": visit.is_one_of(STAFF) and not desk.closed,
    }
    return visit.page("desks/desk.html", status, problem=problem, **facts)


async def _none() -> None:
    return None


@router.post("/desks/{desk_id}/triages")
async def register(visit: Acting, desk_id: str) -> Response:
    """Register a person; then the form is empty again for the next one in the queue."""
    filled = {name: visit.value(name) for name in TYPED}
    try:
        body = body_of(filled, visit.values("symptoms"))
        made = await visit.api.post("registration", f"/v1/desks/{desk_id}/triages", desks.Triage, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, desk_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/desks/{desk_id}?done={made.triage_id}")


@router.get("/triages/{triage_id}/card")
async def card(visit: Person, triage_id: str) -> HTMLResponse:
    """Show the convenience card (就诊卡) to print, to who gave it and on that day."""
    one = await visit.api.get("registration", f"/v1/triages/{triage_id}", desks.Triage)
    names = await visit.names([one.resident_id] if one.resident_id else [])
    facts = {"one": one, "named": names.get(one.resident_id or ""), "qr": qr_svg(one.card) if one.card else ""}
    return visit.page("desks/card.html", **facts)
