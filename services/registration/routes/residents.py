"""Resident files over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Response

from services.registration.domain.residents import Named, Resident
from services.registration.routes.callers import (
    AnyCaller,
    FileReader,
    Office,
    Staff,
    Uses,
    listed_area,
    record_resident,
)
from services.registration.schemas.residents import (
    CardBody,
    CardView,
    CareBody,
    ChangedResident,
    Counts,
    FindBody,
    IdentifyBody,
    NamedResident,
    NamesBody,
    NamesView,
    ResidentItem,
    ResidentView,
    SearchBody,
    StaffBody,
)
from services.registration.store.residents import DOOR
from services.registration.usecases import Deps, cards, contacts, names, residents, searching
from services.registration.usecases.searching import Wanted
from shared.base import id_numbers, normal_form
from shared.web.access import Principal
from shared.web.break_glass import reads
from shared.web.disclosures import Auditor, Disclosing, Disclosures, Read, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Changes, Listed, Listing, Page, Searched, listed
from shared.web.sights import Sight, may_see

FILE, LIST, CARD, PURPOSE = "resident_file", "residents", "card", "care of residents"
NAME, PHONE, BY_DOOR = "search_by_name", "search_by_phone", "search_by_door"
NAMES, AUDIT = "names", "audit of readings"

SEARCHED = Searched("/v1/residents/search", (DOOR, "registered", "-registered"), "name")
IDENTIFIED = Searched("/v1/residents/identify", (DOOR,), "name")
SEARCHED_BY_DOOR = SEARCHED._replace(orders=(DOOR,))
# Of a search by an address (RFC 9745): since when it is deprecated, and what takes its place.
MOVED = {"Deprecation": "@1796083200", "Link": f'<{SEARCHED.path}>; rel="successor-version"'}

router = api_router("residents", about="Resident files (一人一档): search, care, cards. Each reading is recorded.")


@router.get("/counts")
async def count_residents(deps: Uses, caller: Staff) -> Counts:
    """How many households and residents are registered in the caller's area."""
    return Counts.of(await deps.store.residents.counts(caller.area))


@router.get("/residents")
async def list_residents(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed(*SEARCHED.orders, searched=SEARCHED.field, search_deprecated=True)],
    response: Response,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
) -> Page[ResidentItem]:
    """List resident files within a path, a page at a time; without names. The reading is recorded.

    `q` is deprecated: an address stands in the logs of proxies. Search with `POST /v1/residents/search`.
    """
    if listing.q:
        response.headers.update(MOVED)
    wanted, kind = Wanted(name=listing.q), NAME if listing.q else LIST
    return await _page(deps, caller, listing, within, wanted, disclosures, purpose.usual(PURPOSE), kind)


@router.post("/residents/search")
@reads
async def search_residents(
    body: SearchBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> Page[ResidentItem]:
    """List resident files, a page at a time; without names. The reading is recorded, and not what is searched for.

    Those whose names begin with `q`; or whose `phone` it is, whole or its last four digits; or who live behind a
    `door`, in a building or a unit, as people write it, with the compound's name before it or in any compound of the
    area. One of the three.
    """
    searched = SEARCHED_BY_DOOR if body.door else SEARCHED
    listing = searched.listing(body.q, body.cursor or "", body.limit, body.sort)
    wanted = Wanted(name=listing.q, phone=body.phone or "", door=body.door or "")
    kind = PHONE if body.phone else BY_DOOR if body.door else NAME
    return await _page(deps, caller, listing, body.within, wanted, disclosures, purpose.usual(PURPOSE), kind)


async def _page(
    deps: Deps,
    caller: Principal,
    listing: Listing,
    within: str,
    wanted: Wanted,
    disclosures: Disclosures,
    purpose: str,
    kind: str,
) -> Page[ResidentItem]:
    path = listed_area(caller, within)
    await disclosures.record_list(caller, kind, path, purpose)
    stored, following = await searching.page(deps, path, wanted, listing.sort, listing.after, listing.limit)
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
@reads
async def find_resident(
    body: FindBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ResidentView:
    """Find a resident by ID number."""
    resident = await residents.find(deps, caller, body.id_number)
    return await _disclosed(deps, resident, caller, disclosures, purpose.usual(PURPOSE))


@router.post("/residents/names")
@reads
async def look_up_names(
    body: NamesBody, deps: Uses, caller: FileReader, disclosures: Disclosing, purpose: Reading
) -> NamesView:
    """Return the names, doors and phones of those residents who are in the caller's area; each reading is recorded.

    An auditor sees no phones.
    """
    named = await residents.named(deps, caller, body.resident_ids)
    return NamesView(items=await _names(caller, named, disclosures, purpose.usual(PURPOSE)))


@router.post("/residents/identify")
async def identify_residents(
    body: IdentifyBody, deps: Uses, caller: Auditor, disclosures: Disclosing, purpose: Reading
) -> Page[NamedResident]:
    """List the residents of the caller's area with that ID number, or whose names begin so: with names and doors.

    For auditors, who look a person up whose readings they examine; the search and each name are recorded as readings.
    """
    listing = IDENTIFIED.listing(body.q, body.cursor or "", body.limit, "")
    path = listed_area(caller, "")
    await disclosures.record_list(caller, NAME, path, purpose.usual(AUDIT))
    number = id_numbers.whole(normal_form.id_number(body.q))
    if id_numbers.is_checked(number):
        named = await residents.with_id_number(deps, caller, number)
        return listing.page(await _names(caller, named, disclosures, purpose.usual(AUDIT)), None)
    stored, following = await searching.page(
        deps, path, Wanted(name=listing.q), listing.sort, listing.after, listing.limit
    )
    named = await residents.named(deps, caller, [one.resident_id for one in stored])
    return listing.page(await _names(caller, named, disclosures, purpose.usual(AUDIT)), following)


async def _names(
    caller: Principal, named: Sequence[Named], disclosures: Disclosures, purpose: str
) -> list[NamedResident]:
    """Return the names as the caller may see them, and record each as read."""
    await disclosures.record_all(caller, NAMES, [Read(one.resident_id, one.area_path) for one in named], purpose)
    sees_phones = may_see(caller, Sight.PHONES_BESIDE_NAMES)
    return [NamedResident.of(one if sees_phones else replace(one, phone=None)) for one in named]


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


async def _disclosed(
    deps: Deps, resident: Resident, caller: Principal, disclosures: Disclosures, purpose: str
) -> ResidentView:
    await disclosures.record(caller, FILE, resident.resident_id, resident.area_path, purpose)
    phone = contacts.show_phone(deps, await deps.store.contacts.get(resident.resident_id))
    return ResidentView.of(resident, name=names.open_name(deps, resident), phone=phone)
