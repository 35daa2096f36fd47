"""Registration over HTTP."""

import io
from datetime import date
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Path, Query, Response, UploadFile

from services.registration import schemas
from services.registration.domain.journeys import Journey
from services.registration.rosters import ImportReport
from services.registration.usecases import STAFF, Deps, contacts, imports, journeys, places, residents, standings
from shared import http
from shared.access import Principal, Role, allow
from shared.errors import NotFound
from shared.events.registration import Keeper, PlaceLevel
from shared.mongo import Document
from shared.sealing import keyed_hash

PAGE = 200
SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {}}, "description": "The QR code"}}

router = APIRouter(prefix="/v1", tags=["registration"])
Uses = Annotated[Deps, Depends(http.deps)]
Anyone = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*STAFF))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
City = Annotated[Principal, Depends(allow(Role.CITY))]
Limit = Annotated[int, Query(ge=1, le=1000)]
PersonId = Annotated[schemas.PersonId, Path()]


@router.post("/places", status_code=201)
async def define_place(body: schemas.PlaceBody, deps: Uses, caller: Office) -> schemas.PlaceView:
    """Define a place below another, or change its name (R1.1)."""
    place, _ = await places.define(deps, caller, body.level, body.code, body.name, body.parent)
    return _place(place)


@router.get("/places")
async def list_places(
    deps: Uses,
    caller: Anyone,
    within: str = "",
    level: PlaceLevel | None = None,
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.PlacePage:
    """List the places at and below a path, by default the caller's area, a page at a time."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    found, following = await deps.store.places_page(path, level and level.value, after, limit)
    return schemas.PlacePage(items=[_place(place) for place in found], next=following)


@router.put("/places/keepers")
async def assign_keepers(
    body: schemas.KeepersBody, deps: Uses, caller: Office, path: Annotated[str, Query()]
) -> schemas.PlaceView:
    """Name those who answer for a place (包保, R1.2)."""
    keepers = [Keeper(person_id=one.person_id, duty=one.duty) for one in body.keepers]
    return _place(await places.assign_keepers(deps, caller, path, keepers))


@router.post("/imports/places")
async def import_places(file: UploadFile, deps: Uses, caller: Office) -> ImportReport:
    """Import a roster of places from .xlsx or .csv: 级别, 编码, 名称, 上级 (R1.12)."""
    return await places.import_places(deps, caller, await file.read())


@router.post("/imports/residents")
async def import_residents(file: UploadFile, deps: Uses, caller: Staff) -> ImportReport:
    """Import a roster of residents from .xlsx or .csv (UTF-8 or GBK); the report names every bad row (R1.12)."""
    return await imports.import_residents(deps, caller, await file.read())


@router.get("/imports/{import_id}")
async def import_report(import_id: str, deps: Uses, caller: Staff) -> ImportReport:
    """Show the report of an earlier import."""
    report = await deps.store.import_report(import_id)
    if report is None or not caller.sees(report["area_path"]):
        raise NotFound("registration.no_such_import", "The import was not found in your area")
    return ImportReport.model_validate(report)


@router.get("/counts")
async def counts(deps: Uses, caller: Staff) -> schemas.Counts:
    """How many households and residents are registered in the caller's area."""
    return schemas.Counts.model_validate(await deps.store.counts(caller.area))


@router.get("/residents")
async def list_residents(
    deps: Uses,
    caller: Staff,
    within: str = "",
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.ResidentPage:
    """List resident files within a path, a page at a time; without personal data."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    found, following = await deps.store.residents_page(path, after, limit)
    items = [schemas.ResidentItem.model_validate(r | {"resident_id": r["_id"]}) for r in found]
    return schemas.ResidentPage(items=items, next=following)


@router.post("/residents/find")
async def find_resident(body: schemas.FindBody, deps: Uses, caller: Staff) -> schemas.ResidentView:
    """Find a resident by ID number."""
    found = await deps.store.resident_by_hash(keyed_hash(deps.id_hash_key, "id_number", body.id_number))
    if found is None or not caller.sees(found["area_path"]):
        raise NotFound("registration.no_such_resident", "No resident with that ID number was found in your area")
    return await _resident(deps, found)


@router.get("/residents/{resident_id}")
async def show_resident(resident_id: str, deps: Uses, caller: Anyone) -> schemas.ResidentView:
    """Show a resident file to its own community or to the resident (R1.3)."""
    return await _resident(deps, await residents.visible(deps, caller, resident_id))


@router.put("/residents/{resident_id}/care")
async def change_care(resident_id: str, body: schemas.CareBody, deps: Uses, caller: Staff) -> schemas.ResidentView:
    """Set special-care categories and the one-to-one keeper (R1.4)."""
    changed = await residents.change_care(deps, caller, resident_id, body.categories, body.keeper_id)
    return await _resident(deps, changed)


@router.put("/contacts/{person_id}", status_code=204)
async def set_contact(person_id: PersonId, body: schemas.ContactBody, deps: Uses, caller: Staff) -> None:
    """Say how a person is reached; it is kept sealed (R5.1)."""
    await contacts.set_contact(deps, caller, person_id, contacts.Contact(body.phone, body.language, body.urls))


@router.put("/risk-regions/{day}", status_code=204)
async def put_risk_regions(day: date, body: schemas.RiskListBody, deps: Uses, caller: City) -> None:
    """State the risk regions in force from a day on (R1.6)."""
    await deps.store.put_risk_list(day, body.regions)


@router.get("/risk-regions/{day}")
async def show_risk_regions(day: date, deps: Uses, caller: Anyone) -> schemas.RiskListView:
    """Show the risk regions in force on a day (R1.6)."""
    listed = await deps.store.risk_list(day)
    if listed is None:
        raise NotFound("registration.no_risk_list", f"No list of risk regions was in force on {day}")
    return schemas.RiskListView(in_force_since=listed[0], regions=dict(listed[1]))


@router.post("/journeys", status_code=201)
async def declare_journey(body: schemas.JourneyBody, deps: Uses, caller: Anyone) -> schemas.JourneyView:
    """Declare a journey home (返程人员登记, R1.6)."""
    journey = await journeys.declare(deps, caller, Journey(**body.model_dump()))
    return schemas.JourneyView.model_validate(journey)


@router.get("/journeys")
async def list_journeys(deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE) -> schemas.JourneyPage:
    """List the journeys declared in the caller's area, a page at a time."""
    found, following = await deps.store.journeys_page(caller.area, after, limit)
    items = [schemas.JourneyView.model_validate(journeys.opened(deps, journey)) for journey in found]
    return schemas.JourneyPage(items=items, next=following)


@router.get("/journeys/{journey_id}")
async def show_journey(journey_id: str, deps: Uses, caller: Anyone) -> schemas.JourneyView:
    """Show a declared journey."""
    return schemas.JourneyView.model_validate(await journeys.show(deps, caller, journey_id))


@router.get("/residents/{resident_id}/standing")
async def show_standing(resident_id: str, deps: Uses, caller: Anyone) -> schemas.StandingView:
    """Show a resident's colour with rule, evidence and expiry (R1.9)."""
    found = await standings.standing(deps, caller, resident_id)
    return schemas.StandingView(resident_id=resident_id, **vars(found))


@router.get("/residents/{resident_id}/standing/history")
async def show_history(resident_id: str, deps: Uses, caller: Anyone) -> list[schemas.StandingChange]:
    """Show every change of a resident's colour, with rule and evidence (R1.9)."""
    changes = await standings.history(deps, caller, resident_id)
    return [schemas.StandingChange.model_validate(change) for change in changes]


@router.get("/residents/{resident_id}/code")
async def issue_code(resident_id: str, deps: Uses, caller: Anyone) -> schemas.CodeView:
    """Issue the resident's signed health code (健康码)."""
    text, code = await standings.issue_code(deps, caller, resident_id)
    return schemas.CodeView(code=text, colour=code.colour, expires_at=code.expires_at)


@router.get("/residents/{resident_id}/code.svg", response_class=Response, responses=SVG)
async def draw_code(resident_id: str, deps: Uses, caller: Anyone) -> Response:
    """Draw the resident's signed health code as a QR code."""
    text, _ = await standings.issue_code(deps, caller, resident_id)
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", scale=6, border=4)
    return Response(drawing.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _place(place: Document) -> schemas.PlaceView:
    return schemas.PlaceView.model_validate(place | {"place_id": place["_id"]})


async def _resident(deps: Deps, resident: Document) -> schemas.ResidentView:
    reach = contacts.opened(deps, await deps.store.contact(resident["_id"]))
    name = deps.sealer.open(resident["sealed"]["name"], "resident.name")
    facts = {"resident_id": resident["_id"], "name": name, "phone": reach.phone}
    return schemas.ResidentView.model_validate(resident | facts)
