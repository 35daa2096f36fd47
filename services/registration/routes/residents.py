"""Resident files over HTTP."""

from typing import Annotated

from fastapi import Path

from services.registration.routes.callers import PAGE, Anyone, Limit, Staff, Uses
from services.registration.schemas import PersonId
from services.registration.schemas.residents import (
    CareBody,
    ContactBody,
    Counts,
    FindBody,
    ResidentItem,
    ResidentPage,
    ResidentView,
)
from services.registration.usecases import Deps, contacts, residents
from shared.base.errors import NotFound
from shared.base.sealing import keyed_hash
from shared.store.mongo import Document
from shared.web.http import api_router

router = api_router("residents")


@router.get("/counts")
async def counts(deps: Uses, caller: Staff) -> Counts:
    """How many households and residents are registered in the caller's area."""
    return Counts.model_validate(await deps.store.residents.counts(caller.area))


@router.get("/residents")
async def list_residents(
    deps: Uses,
    caller: Staff,
    within: str = "",
    after: str = "",
    limit: Limit = PAGE,
) -> ResidentPage:
    """List resident files within a path, a page at a time; without personal data."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    found, following = await deps.store.residents.page(path, after, limit)
    items = [ResidentItem.model_validate(r | {"resident_id": r["_id"]}) for r in found]
    return ResidentPage(items=items, next=following)


@router.post("/residents/find")
async def find_resident(body: FindBody, deps: Uses, caller: Staff) -> ResidentView:
    """Find a resident by ID number."""
    found = await deps.store.residents.by_hash(keyed_hash(deps.id_hash_key, "id_number", body.id_number))
    if found is None or not caller.sees(found["area_path"]):
        raise NotFound("registration.no_such_resident", "No resident with that ID number was found in your area")
    return await _resident(deps, found)


@router.get("/residents/{resident_id}")
async def show_resident(resident_id: str, deps: Uses, caller: Anyone) -> ResidentView:
    """Show a resident file to its own community or to the resident (R1.3)."""
    return await _resident(deps, await residents.visible(deps, caller, resident_id))


@router.put("/residents/{resident_id}/care")
async def change_care(resident_id: str, body: CareBody, deps: Uses, caller: Staff) -> ResidentView:
    """Set special-care categories and the one-to-one keeper (R1.4)."""
    changed = await residents.change_care(deps, caller, resident_id, body.categories, body.keeper_id)
    return await _resident(deps, changed)


@router.put("/contacts/{person_id}", status_code=204)
async def set_contact(person_id: Annotated[PersonId, Path()], body: ContactBody, deps: Uses, caller: Staff) -> None:
    """Say how a person is reached; it is kept sealed (R5.1)."""
    await contacts.set_contact(deps, caller, person_id, contacts.Contact(body.phone, body.language, body.urls))


async def _resident(deps: Deps, resident: Document) -> ResidentView:
    reach = contacts.opened(deps, await deps.store.contacts.get(resident["_id"]))
    name = deps.sealer.open(resident["sealed"]["name"], residents.NAME)
    facts = {"resident_id": resident["_id"], "name": name, "phone": reach.phone}
    return ResidentView.model_validate(resident | facts)
