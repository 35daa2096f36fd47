"""Rented doors over HTTP: landlords and their tenants (R1.5)."""

from enum import StrEnum

from services.registration.domain.rentals import Landlord, Rental
from services.registration.routes.callers import AnyCaller, Staff, Uses, listed_area
from services.registration.schemas.rentals import (
    GridRentalsItem,
    RentalBody,
    RentalView,
    TenantBody,
    TenantFileBody,
)
from services.registration.usecases import Deps, rentals
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

RENTAL, PURPOSE = "rental", "registration of tenants"

router = api_router("rentals", about="Rented doors (出租房), their landlords and tenants.")


class RentalFilter(StrEnum):
    """Which rented doors a list holds."""

    OVERDUE = "overdue"
    NO_LANDLORD = "no_landlord"


@router.post("/rentals", status_code=201)
async def state_rental(
    body: RentalBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> RentalView:
    """State that a door is rented out and whose it is; again, with another landlord, changes it (R1.5)."""
    stated = body.landlord
    landlord = Landlord(stated.resident_id, stated.name, stated.phone or "") if stated else None
    one = await rentals.open_rental(deps, caller, body.rental_id, body.area_path, body.rooms, landlord)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.get("/rentals")
async def list_rentals(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
    only: RentalFilter | None = None,
) -> Page[RentalView]:
    """List the rented doors within an area path: all, those whose landlord is overdue, or those without a landlord."""
    path = listed_area(caller, within)
    due_before = deps.clock.now() if only is RentalFilter.OVERDUE else None
    stored, following = await deps.store.rentals.page(
        path, listing.after, listing.limit, due_before, only is RentalFilter.NO_LANDLORD
    )
    await disclosures.record_list(caller, RENTAL, path, purpose.usual(PURPOSE))
    return listing.page((_view(deps, one) for one in stored), following)


@router.get("/rental-counts")
async def count_rentals(deps: Uses, caller: Staff, within: MaybePath = "") -> list[GridRentalsItem]:
    """Count the rented doors within an area path by grid: how many are overdue, how many lack a landlord."""
    counted = await deps.store.rentals.counts(listed_area(caller, within), deps.clock.now())
    return [GridRentalsItem.model_validate(row | {"grid_path": row["_id"]}) for row in counted]


@router.get("/rentals/{rental_id}")
async def show_rental(
    rental_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RentalView:
    """Show a rented door with its tenants to staff of its area and to the landlord."""
    return await _answer(deps, await rentals.find(deps, caller, rental_id), caller, disclosures, purpose)


@router.post("/rentals/{rental_id}/tenants")
async def state_tenant(
    rental_id: Id, body: TenantBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RentalView:
    """State a tenant: the landlord registers them by it; of one whom staff states, the landlord is notified (R1.5)."""
    one = await rentals.state_tenant(deps, caller, rental_id, rentals.Tenant(**body.model_dump()))
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/rentals/{rental_id}/tenants/{tenancy_id}/registration")
async def register_tenant(
    rental_id: Id, tenancy_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RentalView:
    """Register a tenant whom others stated: by the landlord, or by staff for a landlord outside the city (R1.5)."""
    one = await rentals.register(deps, caller, rental_id, tenancy_id)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/rentals/{rental_id}/tenants/{tenancy_id}/file")
async def name_tenant_file(
    rental_id: Id,
    tenancy_id: Id,
    body: TenantFileBody,
    deps: Uses,
    caller: Staff,
    disclosures: Disclosing,
    purpose: Reading,
) -> RentalView:
    """State which resident file is the tenant's: then the landlord may declare journeys for them (R1.5)."""
    one = await rentals.name_file(deps, caller, rental_id, tenancy_id, body.resident_id)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/rentals/{rental_id}/tenants/{tenancy_id}/departure")
async def tenant_left(
    rental_id: Id, tenancy_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RentalView:
    """State that a tenant has left, by the landlord or by staff (R1.5)."""
    one = await rentals.leave(deps, caller, rental_id, tenancy_id)
    return await _answer(deps, one, caller, disclosures, purpose)


async def _answer(deps: Deps, one: Rental, caller: Principal, disclosures: Disclosures, purpose: Purpose) -> RentalView:
    """Return the view and record the reading."""
    await disclosures.record(caller, RENTAL, one.rental_id, one.area_path, purpose.usual(PURPOSE))
    return _view(deps, one)


def _view(deps: Deps, one: Rental) -> RentalView:
    return RentalView.of(one, overdue=one.overdue(deps.clock.now()))
