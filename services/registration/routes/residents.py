"""Resident files over HTTP."""

from typing import Annotated

from fastapi import Path

from services.registration.domain.contacts import ContactPoints
from services.registration.domain.residents import Resident
from services.registration.routes.callers import AnyCaller, Office, Staff, Uses, listed_area, record_resident
from services.registration.schemas import PersonId
from services.registration.schemas.residents import (
    CardBody,
    CardView,
    CareBody,
    ChangedResident,
    ContactBody,
    Counts,
    FindBody,
    ResidentItem,
    ResidentView,
    StaffBody,
)
from services.registration.store.residents import DOOR
from services.registration.usecases import Deps, cards, contacts, residents
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Changes, Listed, Listing, Page, listed

FILE, NAME, LIST, CARD, PURPOSE = "resident_file", "search_by_name", "residents", "card", "care of residents"

router = api_router("residents")


@router.get("/counts")
async def counts(deps: Uses, caller: Staff) -> Counts:
    """How many households and residents are registered in the caller's area."""
    return Counts.of(await deps.store.residents.counts(caller.area))


@router.get("/residents")
async def list_residents(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed(DOOR, "registered", "-registered", searched="name")],
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
) -> Page[ResidentItem]:
    """List resident files within a path, a page at a time; without names. The reading is recorded."""
    path = listed_area(caller, within)
    await disclosures.record_list(caller, NAME if listing.q else LIST, path, purpose.usual(PURPOSE))
    stored, following = await residents.page(deps, path, listing.q, listing.sort, listing.after, listing.limit)
    return listing.page(map(ResidentItem.of, stored), following)


@router.get("/residents/changes")
async def list_changed_residents(
    deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading, within: MaybePath = ""
) -> Changes[ChangedResident]:
    """List the resident files within a path that have changed since the cursor `after`; without names."""
    path, now = listed_area(caller, within), deps.clock.now()
    await disclosures.record_list(caller, LIST, path, purpose.usual(PURPOSE))
    stored, changed = await deps.store.residents.changed(path, listing.after, listing.limit, now)
    return listing.changes(map(ChangedResident.of, stored), changed.following, changed.more)


@router.post("/residents/find")
async def find_resident(
    body: FindBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ResidentView:
    """Find a resident by ID number."""
    resident = await residents.find(deps, caller, body.id_number)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.get("/residents/{resident_id}")
async def show_resident(
    resident_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ResidentView:
    """Show a resident file to its own community or to the resident (R1.3)."""
    resident = await residents.visible(deps, caller, resident_id)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/care")
async def change_care(
    resident_id: Id, body: CareBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ResidentView:
    """Set special-care categories and the one-to-one keeper (R1.4)."""
    resident = await residents.change_care(deps, caller, resident_id, body.categories, body.keeper_id)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/residents/{resident_id}/staff")
async def link_staff(
    resident_id: Id, body: StaffBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> ResidentView:
    """State which member of staff a resident is: who is one decides nothing about that file and its household."""
    resident = await residents.link_staff(deps, caller, resident_id, body.person_id)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.get("/residents/{resident_id}/cards")
async def list_cards(
    resident_id: Id, deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[CardView]:
    """List the cards of a resident, and how each was passed on; a resident has few, so there is one page."""
    held = await cards.held_by(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, CARD, resident_id, purpose.usual(PURPOSE))
    return listing.page(map(CardView.of, held), None)


@router.post("/residents/{resident_id}/cards")
async def give_card(
    resident_id: Id, body: CardBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> CardView:
    """Give a card to a resident; the holder so far, within the caller's area, holds it no longer (R1.9)."""
    given = await cards.give(deps, caller, resident_id, body.card, body.reason)
    await record_resident(deps, disclosures, caller, CARD, resident_id, purpose.usual(PURPOSE))
    return CardView.of(given)


@router.put("/contacts/{person_id}", status_code=204)
async def set_contact(person_id: Annotated[PersonId, Path()], body: ContactBody, deps: Uses, caller: Staff) -> None:
    """State how a person is reached; it is stored sealed (R5.1)."""
    await contacts.set_contact(deps, caller, person_id, ContactPoints(body.phone, body.language, body.urls))


async def _disclosed(
    deps: Deps, resident: Resident, caller: Principal, disclosures: Disclosures, purpose: str
) -> ResidentView:
    await disclosures.record(caller, FILE, resident.resident_id, resident.area_path, purpose)
    points = contacts.open_contact(deps, await deps.store.contacts.get(resident.resident_id))
    return ResidentView.of(resident, name=residents.open_name(deps, resident), phone=points.phone)
