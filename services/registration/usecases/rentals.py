"""Rented doors: opened by staff, tenants registered by the landlord or found by others, files, departures (R1.5)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.registration.domain import rental_policies, rentals
from services.registration.domain.rentals import Landlord, Rental, Tenancy
from services.registration.usecases import STAFF, Deps
from services.registration.usecases.residents import visible
from shared.base.area import ancestors, within
from shared.base.errors import Conflict, Invalid, NotFound
from shared.events.registration_rentals import RentalChanged, TenantReported
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

_GRID_LEVEL = 6  # /city/district/street/community/area/grid


@dataclass(frozen=True)
class Tenant:
    """A tenant as stated."""

    tenancy_id: str
    name: str
    phone: str
    room: str
    arrived_at: datetime


@retry_conflicts
async def open_rental(
    deps: Deps, caller: Principal, rental_id: str, area_path: str, rooms: int, landlord: Landlord | None
) -> Rental:
    """State that a door is rented out, and whose it is; again with another landlord or number of rooms changes it."""
    caller.require_area(area_path, f"the place {area_path}")
    async with deps.unit_of_work() as work:
        known = await deps.store.rentals.get(rental_id, work)
        if known and known.area_path != area_path:
            raise Conflict("registration.rental_taken", "That rental_id stands for another door: make a new one")
        if not await deps.store.places.at_each(ancestors(area_path)):
            raise NotFound("registration.no_such_place", f"There is no place {area_path}")
        if landlord and landlord.resident_id:
            await _require_resident(deps, landlord.resident_id, work)
        grid = "/".join(area_path.split("/")[: _GRID_LEVEL + 1])
        if known is None:
            new = Rental(rental_id, area_path, grid, rooms, landlord, caller.subject, _now(deps))
            return await _keep(deps, new, work)
        return await _keep_changed(deps, known, replace(known, rooms=rooms, landlord=landlord), work)


@retry_conflicts
async def state_tenant(deps: Deps, caller: Principal, rental_id: str, tenant: Tenant) -> Rental:
    """State a tenant: by the landlord, who is registered with it; by staff, for the landlord to register in time."""
    now = _now(deps)
    if tenant.arrived_at > now:
        raise Invalid("registration.tenant_ahead", "'arrived_at' lies in the future: state the tenant on arrival")
    policy = rental_policies.policy_at(tenant.arrived_at.astimezone(deps.zone).date())
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, rental_id, work)
        stated = Tenancy(
            **vars(tenant), due_at=policy.due_at(tenant.arrived_at), stated_by=caller.subject, stated_at=now
        )
        changed = rentals.add(one, stated)
        if changed == one:
            return one
        if await is_landlord(deps, caller, one):
            changed = rentals.register(changed, tenant.tenancy_id, caller.subject, now)
        return await _keep(deps, changed, work, TenantReported if changed.waiting > one.waiting else RentalChanged)


@retry_conflicts
async def register(deps: Deps, caller: Principal, rental_id: str, tenancy_id: str) -> Rental:
    """Register a tenant: by the landlord, or by staff for one who lives outside the city; again changes nothing."""
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, rental_id, work)
        if one.landlord_id and not await is_landlord(deps, caller, one):
            text = "The landlord is a resident and registers the tenants: the office states who lives there"
            raise Conflict("registration.landlord_registers", text)
        return await _keep_changed(deps, one, rentals.register(one, tenancy_id, caller.subject, _now(deps)), work)


@retry_conflicts
async def name_file(deps: Deps, caller: Principal, rental_id: str, tenancy_id: str, resident_id: str) -> Rental:
    """State which resident file is the tenant's, by staff; the file is of the same compound or what is larger."""
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, rental_id, work)
        resident = await visible(deps, caller, resident_id, work)
        if not within(resident.area_path, one.grid_path):
            raise Invalid("registration.tenant_elsewhere", "That person lives in another grid: correct the file first")
        return await _keep_changed(deps, one, rentals.name_file(one, tenancy_id, resident_id), work)


@retry_conflicts
async def leave(deps: Deps, caller: Principal, rental_id: str, tenancy_id: str) -> Rental:
    """State that a tenant has left, by the landlord or by staff; again changes nothing."""
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, rental_id, work)
        return await _keep_changed(deps, one, rentals.leave(one, tenancy_id, _now(deps)), work)


async def find(deps: Deps, caller: Principal, rental_id: str, work: UnitOfWork | None = None) -> Rental:
    """Return one to staff of its area and to the landlord. Raises `NotFound` for others."""
    one = await deps.store.rentals.get(rental_id, work)
    if one is None or not (caller.may_see(one.area_path, STAFF) or await is_landlord(deps, caller, one)):
        raise NotFound("registration.no_such_rental", "The rented door was not found in your area")
    return one


async def is_landlord(deps: Deps, caller: Principal, one: Rental) -> bool:
    """Whether the door is the caller's own."""
    if one.landlord_id is None:
        return False
    own = await own_of(deps.store.residents, caller)
    return one.landlord_id in own.residents


async def lets_to(deps: Deps, landlord_id: str, tenant_id: str, work: UnitOfWork | None) -> bool:
    """Whether the resident lives behind a door of the landlord."""
    doors = await deps.store.rentals.of_landlord(landlord_id, tenant_id, work)
    return any(tenant_id in door.tenants for door in doors)


async def _require_resident(deps: Deps, resident_id: str, work: UnitOfWork) -> None:
    if await deps.store.residents.get(resident_id, work) is None:
        raise NotFound("registration.no_such_landlord", "The landlord has no resident file: state name and phone")


async def _keep_changed(deps: Deps, before: Rental, after: Rental, work: UnitOfWork) -> Rental:
    return after if after == before else await _keep(deps, after, work)


async def _keep(
    deps: Deps, one: Rental, work: UnitOfWork, kind: type[RentalChanged | TenantReported] = RentalChanged
) -> Rental:
    await deps.store.rentals.put(one, work)
    work.emit(kind.of(one, resident_id=one.landlord_id))
    return one


def _now(deps: Deps) -> datetime:
    return deps.clock.now().replace(microsecond=0)
