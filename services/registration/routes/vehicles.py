"""Vehicles over HTTP: those of a resident, of an employer, of an area."""

from services.registration.domain.vehicles import Owner, Vehicle
from services.registration.routes.callers import AnyCaller, FileReader, Uses, listed_area
from services.registration.schemas.vehicles import VehicleBody, VehicleEndBody, VehicleView
from services.registration.usecases import vehicles
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

VEHICLES, PURPOSE = "vehicles", "vehicles of residents and employers"

router = api_router("vehicles", about="Vehicles, by plate and owner.")


@router.post("/vehicles", status_code=201)
async def register_vehicle(
    body: VehicleBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> VehicleView:
    """Register a vehicle for its owner: a resident, who may do so too, or an employer, by its clerk too (R1.10).

    A plate is that of an ordinary or of a new-energy vehicle; with it the resident is found in the search.
    """
    owner = Owner(body.resident_id, body.employer_id)
    stated = vehicles.Stated(body.vehicle_id, body.plate, body.kind, owner, body.since or deps.today)
    return await _answer(await vehicles.register(deps, caller, stated), caller, disclosures, purpose)


@router.get("/vehicles")
async def list_vehicles(
    deps: Uses,
    caller: FileReader,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
    ended: bool = False,
) -> Page[VehicleView]:
    """List the vehicles whose owners live or work in an area, by default the caller's own, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.vehicles.page(path, ended, listing.after, listing.limit)
    await disclosures.record_list(caller, VEHICLES, path, purpose.usual(PURPOSE))
    return listing.page([_view(caller, one) for one in stored], following)


@router.get("/residents/{resident_id}/vehicles")
async def list_vehicles_of_resident(
    resident_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading, ended: bool = False
) -> list[VehicleView]:
    """List the vehicles of a resident; with `ended` the former ones too."""
    path, stored = await vehicles.of_owner(deps, caller, Owner(resident_id=resident_id), ended)
    await disclosures.record(caller, VEHICLES, resident_id, path, purpose.usual(PURPOSE))
    return [_view(caller, one) for one in stored]


@router.get("/employers/{employer_id}/vehicles")
async def list_vehicles_of_employer(
    employer_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading, ended: bool = False
) -> list[VehicleView]:
    """List the vehicles of an employer; with `ended` the former ones too."""
    path, stored = await vehicles.of_owner(deps, caller, Owner(employer_id=employer_id), ended)
    await disclosures.record_list(caller, VEHICLES, path, purpose.usual(PURPOSE))
    return [_view(caller, one) for one in stored]


@router.post("/vehicles/{vehicle_id}/end")
async def end_vehicle(
    vehicle_id: Id, body: VehicleEndBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> VehicleView:
    """Let a vehicle be the owner's no longer from a day on; the entry stays. Again, it changes nothing."""
    ended = await vehicles.end(deps, caller, vehicle_id, body.day or deps.today, body.reason)
    return await _answer(ended, caller, disclosures, purpose)


async def _answer(vehicle: Vehicle, caller: Principal, disclosures: Disclosures, purpose: Purpose) -> VehicleView:
    """Return a vehicle and record the reading."""
    owner = vehicle.resident_id or vehicle.employer_id or vehicle.vehicle_id
    await disclosures.record(caller, VEHICLES, owner, vehicle.area_path, purpose.usual(PURPOSE))
    return _view(caller, vehicle)


def _view(caller: Principal, vehicle: Vehicle) -> VehicleView:
    return VehicleView.of(vehicle, plate=vehicles.plate_for(caller, vehicle))
