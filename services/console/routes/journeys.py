"""Journeys home: lists by how they stand, a journey with its consequences, declaring one, the second person (R1.6)."""

import asyncio
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import movements, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICERS, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_items, state_export
from services.console.routes.people import or_none
from services.console.showing.texts import N_
from shared.base.ids import new_id

STATES = ("waiting", "planned", "current", "past", "cancelled", "refused")
ROWS = 50
_LEGS = range(1, 4)
_OF_LEG = ("to_region", "departs_at", "arrives_at", "transport", "number", "seat", "plate")
_OF_JOURNEY = ("journey_id", "origin_region", "departs_on", "arrives_on", "route", "transport", "plate", "contact")
_TYPED = (*_OF_JOURNEY, *(f"leg{number}_{name}" for number in _LEGS for name in _OF_LEG))
_HEADING = (
    N_("Name"),
    N_("Door"),
    N_("Phone"),
    N_("From where"),
    N_("Risk"),
    N_("Leaves on"),
    N_("Arrives on"),
    N_("Way"),
    N_("Transport"),
    N_("Number plate"),
    N_("State"),
    N_("Declared by"),
    N_("Second person"),
)

router = page_router()


@router.get("/journeys")
async def list_journeys(
    visit: Person,
    state: str = "current",
    within: Annotated[str, Query(max_length=LONGEST_PATH)] = "",
    after: str = "",
) -> HTMLResponse:
    """Show the journeys of the area that stand so, door by door."""
    chosen = state if state in STATES else "current"
    compounds = visit.api.get("registration", "/v1/places", views.Page[views.Place], level="compound", limit=500)
    page, places = await asyncio.gather(_page(visit, chosen, within, after, ROWS), or_none(compounds))
    names = await visit.names(one.resident_id for one in page.items)
    facts = {"state_chosen": chosen, "states": STATES, "within": within, "after": after, "me": visit.person.subject}
    return visit.page("journeys/list.html", page=page, named=names, compounds=places.items if places else [], **facts)


async def _page(visit: Staffed, state: str, within: str, after: str, limit: int) -> views.Page[movements.Journey]:
    kind = views.Page[movements.Journey]
    return await visit.api.get(
        "registration", "/v1/journeys", kind, state=state, within=within, after=after, limit=limit
    )


@router.post("/journeys.csv")
async def export_journeys(visit: Acting) -> Response:
    """Return the list as .csv; the export is stated first."""
    state, within = visit.value("state"), visit.value("within")[:LONGEST_PATH]
    chosen = state if state in STATES else "current"
    await state_export(visit, "journeys", within)
    listed = await gather_items(lambda after: _page(visit, chosen, within, after, 1_000))
    names = await visit.names(one.resident_id for one in listed.rows)
    return answer_csv(visit, "journeys", _HEADING, [_cells(visit, one, names) for one in listed.rows], listed.is_cut)


def _cells(visit: Staffed, one: movements.Journey, names: dict[str, views.Named]) -> list[object]:
    named = names.get(one.resident_id)
    who = [named.name, named.door, named.phone] if named else ["", one.area_path, ""]
    days = [one.departs_on.isoformat(), one.arrives_on.isoformat()]
    way = [one.route, one.transport, one.plate, visit.word("journey_state", one.state)]
    return [
        *who,
        one.origin_region,
        visit.word("risk", one.risk),
        *days,
        *way,
        one.declared_by,
        one.confirmed_by or one.refused_by,
    ]


@router.get("/journeys/new")
async def new(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the form of a journey that is declared for a resident."""
    return await _form(visit, resident_id, {"journey_id": new_id()})


async def _form(
    visit: Staffed, resident_id: str, filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    names = await visit.names([resident_id])
    today = visit.deps.today
    usual = dict.fromkeys(_TYPED, "") | {"departs_on": (today - timedelta(days=1)).isoformat()}
    facts = {"resident_id": resident_id, "named": names.get(resident_id)}
    usual |= {"arrives_on": today.isoformat()}
    return visit.page("journeys/new.html", status, problem=problem, filled=usual | filled, **facts)


@router.post("/journeys")
async def declare(visit: Acting) -> Response:
    """Declare a journey for a resident."""
    resident_id, filled = visit.value("resident_id"), {name: visit.value(name) for name in _TYPED}
    try:
        body = _declaration(filled, visit.deps.zone) | {"resident_id": resident_id}
        made = await visit.api.post("registration", "/v1/journeys", movements.Journey, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, resident_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/journeys/{made.journey_id}")


def _declaration(filled: dict[str, str], zone: tzinfo) -> dict[str, object]:
    """Return what the form states; each leg begins where the one before ended, and the days are those of the legs."""
    body: dict[str, object] = {name: filled[name] for name in _OF_JOURNEY}
    legs: list[dict[str, str]] = []
    for number in _LEGS:
        leg = {name: filled[f"leg{number}_{name}"] for name in _OF_LEG}
        if leg["to_region"]:
            times = {name: _instant(leg[name], zone) for name in ("departs_at", "arrives_at")}
            legs.append(leg | times | {"from_region": legs[-1]["to_region"] if legs else filled["origin_region"]})
    if legs:
        body |= {"departs_on": legs[0]["departs_at"][:10], "arrives_on": legs[-1]["arrives_at"][:10], "legs": legs}
    return body


def _instant(local: str, zone: tzinfo) -> str:
    """Return a local time of the form with the city's offset; what is none stays, and the service names it."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=zone).isoformat()
    except ValueError:
        return local


@router.get("/journeys/{journey_id}")
async def show(visit: Person, journey_id: str) -> HTMLResponse:
    """Show a journey, what rests on it, and the steps that the person may take."""
    return await _show(visit, journey_id)


async def _show(visit: Staffed, journey_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    journey = await visit.api.get("registration", f"/v1/journeys/{journey_id}", movements.Journey)
    who = journey.resident_id
    standing, cases, names = await asyncio.gather(
        or_none(visit.api.get("registration", f"/v1/residents/{who}/standing", views.Standing)),
        or_none(visit.api.get("isolation", "/v1/cases", views.Page[views.Case], resident_id=who)),
        visit.names([who]),
    )
    facts = {"journey": journey, "named": names.get(who), "standing": standing, "cases": cases}
    steps = _steps(visit, journey, visit.deps.today)
    filled = dict(visit.fields)
    return visit.page("journeys/journey.html", status, problem=problem, steps=steps, filled=filled, **facts)


def _steps(visit: Staffed, journey: movements.Journey, today: date) -> set[str]:
    """Return the steps that the page offers; the service checks each of them again."""
    if journey.is_taken_back:
        return set()
    steps = {"days", "cancel"} if today < journey.counts_from else set()
    if journey.rests_on_one and visit.is_one_of(OFFICERS) and not journey.is_of(visit.person.subject):
        steps |= {"refuse"} | ({"confirm"} if journey.risk != "high" else set())
    return steps


async def _step(visit: Staffed, journey_id: str, step: str, body: dict[str, str] | None = None) -> Response:
    path = f"/v1/journeys/{journey_id}/{step}"
    try:
        await visit.api.post("registration", path, movements.Journey, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, journey_id, problem_text(visit, error), error.status)
    return visit.go(f"/journeys/{journey_id}")


@router.post("/journeys/{journey_id}/confirm")
async def confirm(visit: Acting, journey_id: str) -> Response:
    """Confirm a journey as the second person."""
    return await _step(visit, journey_id, "confirmation")


@router.post("/journeys/{journey_id}/refuse")
async def refuse(visit: Acting, journey_id: str) -> Response:
    """Refuse a journey as the second person."""
    return await _step(visit, journey_id, "refusal", {"reason": visit.value("reason")})


@router.post("/journeys/{journey_id}/days")
async def change(visit: Acting, journey_id: str) -> Response:
    """Change the days of a journey that is not near yet."""
    return await _step(visit, journey_id, "days", {name: visit.value(name) for name in ("departs_on", "arrives_on")})


@router.post("/journeys/{journey_id}/cancel")
async def cancel(visit: Acting, journey_id: str) -> Response:
    """Cancel a journey that is not near yet."""
    return await _step(visit, journey_id, "cancellation")
