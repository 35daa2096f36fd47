"""The place tree over HTTP."""

from typing import Annotated

from fastapi import Query

from services.registration.routes.callers import PAGE, Anyone, Limit, Office, Uses
from services.registration.schemas.places import KeepersBody, PlaceBody, PlacePage, PlaceView
from services.registration.usecases import places
from shared.events.registration import Keeper, PlaceLevel
from shared.store.mongo import Document
from shared.web.http import api_router

router = api_router("places")


@router.post("/places", status_code=201)
async def define_place(body: PlaceBody, deps: Uses, caller: Office) -> PlaceView:
    """Define a place below another, or change its name (R1.1)."""
    entry = places.PlaceEntry(body.level, body.code, body.name, body.parent)
    place, _ = await places.define(deps, caller, entry)
    return _place(place)


@router.get("/places")
async def list_places(
    deps: Uses,
    caller: Anyone,
    within: str = "",
    level: PlaceLevel | None = None,
    after: str = "",
    limit: Limit = PAGE,
) -> PlacePage:
    """List the places at and below a path, by default the caller's area, a page at a time."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    found, following = await deps.store.places.page(path, level and level.value, after, limit)
    return PlacePage(items=[_place(place) for place in found], next=following)


@router.put("/places/keepers")
async def assign_keepers(body: KeepersBody, deps: Uses, caller: Office, path: Annotated[str, Query()]) -> PlaceView:
    """Name those who answer for a place (包保, R1.2)."""
    keepers = [Keeper(person_id=one.person_id, duty=one.duty) for one in body.keepers]
    return _place(await places.assign_keepers(deps, caller, path, keepers))


def _place(place: Document) -> PlaceView:
    return PlaceView.model_validate(place | {"place_id": place["_id"]})
