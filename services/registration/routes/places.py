"""The place tree over HTTP."""

from typing import Annotated

from services.registration.routes.callers import AnyCaller, FileReader, Office, Uses, listed_area
from services.registration.schemas.places import (
    KeepersBody,
    KnownKeeperDuty,
    NamedPlace,
    PathsBody,
    PeriodView,
    PlaceBody,
    PlaceNames,
    PlaceView,
    ResponsibleView,
    period_view,
    responsible_view,
)
from services.registration.usecases import places, responsibility
from shared.events.registration import Keeper, PlaceLevel
from shared.web.break_glass import reads
from shared.web.http import api_router
from shared.web.ids import MaybePath, Path
from shared.web.pages import Listed, Listing, Page, listed
from shared.web.times import Day

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
    """Name those who answer for a place (包保) from a day on; the earlier ones stay with their dates (R1.2)."""
    keepers = [Keeper(person_id=one.person_id, duty=one.duty) for one in body.keepers]
    return PlaceView.of(await responsibility.assign_keepers(deps, caller, path, keepers, body.since))


@router.get("/places/keepers")
async def list_keepers(deps: Uses, caller: FileReader, listing: Listed, path: Path) -> Page[PeriodView]:
    """List who answers and who answered for a place, from when until when, the newest first, a page at a time."""
    kept, members, following = await responsibility.history(deps, caller, path, listing.after, listing.limit)
    return listing.page([period_view(one, members) for one in kept], following)


@router.get("/places/responsible")
async def show_responsible(
    deps: Uses, caller: FileReader, path: Path, day: Day | None = None, duty: KnownKeeperDuty | None = None
) -> ResponsibleView:
    """Show who answered for a door or a place on a day, by default today: the nearest of each duty, and all above."""
    asked = day or deps.today
    return responsible_view(path, asked, await responsibility.on_day(deps, caller, path, asked, duty))
