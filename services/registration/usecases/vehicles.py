"""Vehicles of residents and employers: registered by plate, listed, ended; a plate finds its resident (R1.10)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.registration.domain import vehicles as rules
from services.registration.domain.plates import check_plate, is_new_energy, mask_plate
from services.registration.domain.staff import check_since
from services.registration.domain.vehicles import Owner, Vehicle
from services.registration.usecases import STAFF, Deps, employers, plates
from services.registration.usecases.residents import visible as visible_resident
from shared.base.errors import Conflict, Invalid, NotFound
from shared.events.registration_employers import VehicleEnded, VehicleKind, VehicleRegistered
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

READERS = (*STAFF, Role.AUDITOR)


class Stated(NamedTuple):
    """A vehicle as it is stated."""

    vehicle_id: str
    plate: str
    kind: VehicleKind
    owner: Owner
    since: date


@retry_conflicts
async def register(deps: Deps, caller: Principal, stated: Stated) -> Vehicle:
    """Register a vehicle for its owner; the same `vehicle_id` again gives the same answer.

    Raises `Conflict` where the owner has it already, `Invalid` for what is no plate.
    """
    check_since(stated.since, deps.today)
    plate = _plate(stated.plate)
    async with deps.unit_of_work() as work:
        path = await _path(deps, caller, stated.owner, work)
        if known := await deps.store.vehicles.get(stated.vehicle_id, work):
            if (known.owner, known.plate) != (stated.owner, plate):
                raise Conflict("registration.vehicle_taken", "That vehicle_id stands for another one: make a new one")
            return known
        theirs = await deps.store.vehicles.of_owner(stated.owner, work=work)
        if any(one.plate == plate for one in theirs):
            raise Conflict("registration.vehicle_known", "The owner has this vehicle already: end that entry first")
        vehicle = Vehicle(
            vehicle_id=stated.vehicle_id,
            area_path=path,
            plate=plate,
            kind=stated.kind,
            since=stated.since,
            stated_by=caller.subject,
            stated_at=deps.clock.now().replace(microsecond=0),
            new_energy=is_new_energy(plate),
            resident_id=stated.owner.resident_id,
            employer_id=stated.owner.employer_id,
        )
        await deps.store.vehicles.put(vehicle, work)
        if vehicle.resident_id:
            await plates.remember(deps, vehicle.vehicle_id, vehicle.resident_id, plate, work)
        work.emit(VehicleRegistered.of(vehicle))
    return vehicle


@retry_conflicts
async def end(deps: Deps, caller: Principal, vehicle_id: str, day: date, reason: str) -> Vehicle:
    """Let a vehicle be the owner's no longer from a day on; again, it changes nothing."""
    check_since(day, deps.today)
    async with deps.unit_of_work() as work:
        old = await deps.store.vehicles.get(vehicle_id, work)
        if old is None:
            raise _unknown()
        await _path(deps, caller, old.owner, work)
        ended = rules.end(old, day, caller.subject, reason)
        if ended != old:
            await deps.store.vehicles.put(ended, work)
            await deps.store.plates.forget(vehicle_id, work)
            work.emit(VehicleEnded.of(ended))
    return ended


async def of_owner(deps: Deps, caller: Principal, owner: Owner, ended: bool) -> tuple[str, Sequence[Vehicle]]:
    """Return the path of an owner and the vehicles, with `ended` the former ones too. Raises `NotFound`."""
    if owner.employer_id:
        path = (await employers.visible(deps, caller, owner.employer_id)).area_path
    else:
        path = await _path(deps, caller, owner, None)
    return path, await deps.store.vehicles.of_owner(owner, ended)


def plate_for(caller: Principal, vehicle: Vehicle) -> str:
    """Return the plate as the caller may see it: an auditor reads its beginning and end."""
    whole = caller.may_see(vehicle.area_path, STAFF) or not caller.roles.isdisjoint((Role.EMPLOYER, Role.RESIDENT))
    return vehicle.plate if whole else mask_plate(vehicle.plate)


async def _path(deps: Deps, caller: Principal, owner: Owner, work: UnitOfWork | None) -> str:
    """Return where the owner is. Raises `NotFound` unless the caller sees the file, or keeps the employer's staff."""
    if owner.employer_id:
        return (await employers.manageable(deps, caller, owner.employer_id, work)).area_path
    if owner.resident_id:
        return (await visible_resident(deps, caller, owner.resident_id, work)).area_path
    raise _unknown()


def _plate(text: str) -> str:
    try:
        return check_plate(text)
    except ValueError as error:
        raise Invalid("registration.bad_plate", f"{error}") from None


def _unknown() -> NotFound:
    return NotFound("registration.no_such_vehicle", "The vehicle was not found in your area")
