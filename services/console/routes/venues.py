"""Venues: the list with gaps, one with its service desks and keepers, and what the office states of it; vehicles."""

import asyncio
from collections import defaultdict
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import employers, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH
from services.console.showing.employer_words import WORDS
from shared.base.ids import new_id

ROWS, MORE_DESKS = 50, 2
_FACTS = ("name", "kind", "area_path", "opening", "reason")

router = page_router()


@router.get("/venues")
async def list_venues(
    visit: Person,
    within: Annotated[str, Query(max_length=LONGEST_PATH)] = "",
    kind: str = "",
    gaps: bool = False,
    after: str = "",
) -> HTMLResponse:
    """Show the venues of an area, or those that are short of keepers."""
    asked = {"within": within, "kind": kind if kind in WORDS["venue_kind"] else "", "gaps": "true" if gaps else ""}
    listed = views.Page[employers.Venue]
    page, places = await asyncio.gather(
        visit.api.get_by("registration", "/v1/venues", listed, [("limit", ROWS), ("after", after), *asked.items()]),
        visit.places(),
    )
    facts = {"page": page, "places": places, "asked": asked, "after": after, "words": WORDS}
    return visit.page("venues/list.html", may_register=visit.is_one_of(OFFICE), **facts)


@router.get("/venues/new")
async def new(visit: Person) -> HTMLResponse:
    """Show the form for a venue."""
    return await _form(visit)


@router.post("/venues/new")
async def register(visit: Acting) -> Response:
    """Register a venue."""
    venue_id = visit.value("venue_id") or new_id()
    body: dict[str, Any] = {name: visit.value(name) for name in _FACTS} | {"venue_id": venue_id}  # Any: a body of JSON
    body["area_path"] = body["area_path"] or visit.person.area
    try:
        await visit.api.post("registration", "/v1/venues", employers.Venue, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, problem_text(visit, error), error.status)
    return visit.go(f"/venues/{venue_id}")


async def _form(visit: Staffed, problem: str | None = None, status: int = 200) -> HTMLResponse:
    filled = {name: visit.value(name) for name in _FACTS}
    facts = {"filled": filled, "places": await visit.places(), "words": WORDS, "venue_id": new_id()}
    return visit.page("venues/new.html", status, problem=problem, **facts)


@router.get("/venues/{venue_id}")
async def show(visit: Person, venue_id: str) -> HTMLResponse:
    """Show a venue with its desks, who keeps each, and who did."""
    return await _show(visit, venue_id)


async def _show(visit: Staffed, venue_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    one = await visit.api.get("registration", f"/v1/venues/{venue_id}", employers.Venue)
    await visit.name_colleagues(*(step.by for step in one.steps))
    facts = {
        "one": one,
        "more": range(MORE_DESKS),
        "may_change": visit.is_one_of(OFFICE),
        "reason": visit.value("reason"),
    }
    return visit.page("venues/venue.html", status, problem=problem, **facts)


@router.post("/venues/{venue_id}/desks")
async def staff_desks(visit: Acting, venue_id: str) -> Response:
    """State the desks of a venue and who keeps them."""
    rows = zip(visit.values("desk"), visit.values("post"), visit.values("keepers"), strict=False)
    desks = [
        {"name": name.strip(), "post": post.strip(), "keeper_ids": keepers.replace(",", " ").split()}
        for name, post, keepers in rows
        if name.strip()
    ]
    return await _step(visit, venue_id, "PUT", "desks", {"desks": desks, "reason": visit.value("reason")})


@router.post("/venues/{venue_id}/close")
async def close(visit: Acting, venue_id: str) -> Response:
    """Close a venue for good."""
    return await _step(visit, venue_id, "POST", "closure", {"reason": visit.value("reason")})


async def _step(visit: Staffed, venue_id: str, method: str, step: str, body: object) -> Response:
    try:
        await visit.api.send(method, "registration", f"/v1/venues/{venue_id}/{step}", json=body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, venue_id, problem_text(visit, error), error.status)
    return visit.go(f"/venues/{venue_id}")


@router.get("/people/{resident_id}/vehicles")
async def show_vehicles(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the vehicles of a resident, and the form for another one."""
    return await _vehicles(visit, resident_id)


async def _vehicles(visit: Staffed, resident_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    path = f"/v1/residents/{resident_id}/vehicles"
    owned = await visit.api.get("registration", path, employers.Vehicles, ended="true")
    names = await visit.names([resident_id])
    facts = {"vehicles": owned.root, "resident_id": resident_id, "named": names.get(resident_id), "words": WORDS}
    made = {"vehicle_id": new_id(), "filled": defaultdict(str, visit.fields)}
    return visit.page("venues/vehicles.html", status, problem=problem, **made, **facts)


@router.post("/people/{resident_id}/vehicles")
async def state_vehicle(visit: Acting, resident_id: str) -> Response:
    """Register a vehicle of a resident, or end the entry of one."""
    try:
        if ended := visit.value("ended"):
            body = {"reason": visit.value("reason")}
            await visit.api.post("registration", f"/v1/vehicles/{ended}/end", employers.Vehicle, body)
        else:
            made = {name: visit.value(name) for name in ("vehicle_id", "plate", "kind")} | {"resident_id": resident_id}
            await visit.api.post("registration", "/v1/vehicles", employers.Vehicle, made)
    except (ApiRefused, ApiAway) as error:
        return await _vehicles(visit, resident_id, problem_text(visit, error), error.status)
    return visit.go(f"/people/{resident_id}/vehicles")
