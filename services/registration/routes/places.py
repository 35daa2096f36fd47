"""The place tree over HTTP."""

from typing import Annotated

from services.registration.routes.callers import AnyCaller, Office, Uses, listed_area
from services.registration.schemas.places import KeepersBody, NamedPlace, PathsBody, PlaceBody, PlaceNames, PlaceView
from services.registration.usecases import places
from shared.events.registration import Keeper, PlaceLevel
from shared.web.break_glass import reads
from shared.web.http import api_router
from shared.web.ids import MaybePath, Path
from shared.web.pages import Listing, Page, listed

router = api_router(
    "places", about="The place tree, from the city down to a unit, and who answers for each place (包保)."
)


@router.post("/places", status_code=201)
async def define_place(body: PlaceBody, deps: Uses, caller: Office) -> PlaceView:
    """Define a place below another, or change its name (R1.1)."""
    entry = places.PlaceEntry(body.level, body.code, body.name, body.parent)
    place, _ = await places.define(deps, caller, entry)
    return PlaceView.of(place)


@router.get("/places")
async def list_places(
    deps: Uses,
    caller: AnyCaller,
    listing: Annotated[Listing, listed(searched="name")],
    within: MaybePath = "",
    level: PlaceLevel | None = None,
) -> Page[PlaceView]:
    """List the places at and below a path, by default the caller's area, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.places.page(path, level, listing.q, listing.after, listing.limit)
    return listing.page(map(PlaceView.of, stored), following)


@router.post("/places/names")
@reads
async def look_up_places(body: PathsBody, deps: Uses, caller: AnyCaller) -> PlaceNames:
    """Look up the names of up to 500 places of the caller's area by their paths; other paths are left out."""
    paths = [path for path in dict.fromkeys(body.paths) if caller.sees(path)]
    names = await deps.store.places.names(paths)
    return PlaceNames(items=[NamedPlace(path=path, name=names[path]) for path in paths if path in names])


@router.put("/places/keepers")
async def assign_keepers(body: KeepersBody, deps: Uses, caller: Office, path: Path) -> PlaceView:
    """Name those who answer for a place (包保, R1.2)."""
    keepers = [Keeper(person_id=one.person_id, duty=one.duty) for one in body.keepers]
    return PlaceView.of(await places.assign_keepers(deps, caller, path, keepers))
