"""The staff directory (工作人员名册) over HTTP."""

from services.registration.domain.staff import StaffFacts
from services.registration.routes.callers import AnyCaller, Colleague, FileReader, Office, Uses, listed_area
from services.registration.schemas.staff import (
    KnownDuty,
    KnownQualification,
    NamedStaff,
    StaffChangeBody,
    StaffChangeView,
    StaffEndBody,
    StaffFactsBody,
    StaffMemberBody,
    StaffNames,
    StaffNamesBody,
    StaffSearchBody,
    StaffView,
    staff_change_view,
    staff_view,
)
from services.registration.store.staff import Wanted
from services.registration.usecases import Deps, staff
from services.registration.usecases.staff import StaffEntry, Statement
from shared.web.access import Principal
from shared.web.break_glass import reads
from shared.web.disclosures import Disclosing, Disclosures, Reading
from shared.web.http import api_router
from shared.web.ids import MaybePath, PersonId
from shared.web.pages import Listed, Page, Searched

ENTRY, LIST, NAME, CHANGE, PURPOSE = "staff_entry", "staff", "search_of_staff", "staff_change", "duty of staff"
SEARCHED = Searched("/v1/staff/search", ("area",), "name")

router = api_router("staff", about="The staff directory (工作人员名册): who works where, with which duties.")


@router.post("/staff", status_code=201)
async def register_staff(
    body: StaffMemberBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> StaffView:
    """Put a person into the staff directory; the same again gives the same answer (R1.2)."""
    one = await staff.register(deps, caller, body.person_id, _stated(deps, body))
    return await _answer(one, caller, disclosures, purpose.usual(PURPOSE))


@router.get("/staff")
async def list_staff(
    deps: Uses,
    caller: FileReader,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
    duty: KnownDuty | None = None,
    qualification: KnownQualification | None = None,
    ended: bool = False,
) -> Page[StaffView]:
    """List the staff of an area, by default the caller's own, a page at a time, with phones; recorded as a reading.

    Those who have the `duty` or the `qualification` now; with `ended` those who have left. `POST /v1/staff/search`
    searches by name.
    """
    path = listed_area(caller, within)
    await disclosures.record_list(caller, LIST, path, purpose.usual(PURPOSE))
    wanted = Wanted(ended, duty, qualification)
    members, following = await staff.page(deps, caller, path, wanted, "", listing.after, listing.limit)
    return listing.page(map(staff_view, members), following)


@router.post("/staff/search")
@reads
async def search_staff(
    body: StaffSearchBody, deps: Uses, caller: FileReader, disclosures: Disclosing, purpose: Reading
) -> Page[StaffView]:
    """List the staff of an area whose names begin with `q`, a page at a time; the reading is recorded."""
    listing = SEARCHED.listing(body.q, body.cursor or "", body.limit)
    path = listed_area(caller, body.within)
    await disclosures.record_list(caller, NAME, path, purpose.usual(PURPOSE))
    wanted = Wanted(body.ended, body.duty, body.qualification)
    members, following = await staff.page(deps, caller, path, wanted, listing.q, listing.after, listing.limit)
    return listing.page(map(staff_view, members), following)


@router.post("/staff/names")
@reads
async def look_up_staff(body: StaffNamesBody, deps: Uses, caller: Colleague) -> StaffNames:
    """Look up the names and units of up to 500 officials by the subjects of their tokens, of any area.

    Who acted in an office is no secret within the city's service: no phone is in the answer, and nothing is recorded.
    Persons without an entry are left out.
    """
    named = await staff.names(deps, body.person_ids)
    wanted = [named[one] for one in dict.fromkeys(body.person_ids) if one in named]
    return StaffNames(items=[NamedStaff.of(one, left=one.active_until) for one in wanted])


@router.get("/staff/{person_id}")
async def show_staff(
    person_id: PersonId, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> StaffView:
    """Show an entry of the directory to staff and auditors of its area, and to the person."""
    one = await staff.entry_for(deps, caller, await staff.visible(deps, caller, person_id))
    return await _answer(one, caller, disclosures, purpose.usual(PURPOSE))


@router.put("/staff/{person_id}")
async def change_staff(
    person_id: PersonId, body: StaffChangeBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> StaffView:
    """Change an entry from a day on: what it held until then stays, with its dates. The same again changes nothing."""
    one = await staff.change(deps, caller, person_id, _stated(deps, body, body.reason))
    return await _answer(one, caller, disclosures, purpose.usual(PURPOSE))


@router.post("/staff/{person_id}/end")
async def end_staff(
    person_id: PersonId, body: StaffEndBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> StaffView:
    """End an entry: from that day on the person is staff no longer; the entry stays, and the name of who acted."""
    one = await staff.end(deps, caller, person_id, body.day or deps.today, body.reason)
    return await _answer(one, caller, disclosures, purpose.usual(PURPOSE))


@router.get("/staff/{person_id}/changes")
async def list_staff_changes(
    person_id: PersonId, deps: Uses, caller: FileReader, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[StaffChangeView]:
    """List the changes of an entry: who, when, why, before and after; the newest first, a page at a time.

    How the phone changed is in the history of the person's contact.
    """
    member, made, following = await staff.changes_of(deps, caller, person_id, listing.after, listing.limit)
    await disclosures.record(caller, CHANGE, person_id, member.area_path, purpose.usual(PURPOSE))
    return listing.page(map(staff_change_view, made), following)


def _stated(deps: Deps, body: StaffFactsBody, reason: str = "") -> Statement:
    facts = StaffFacts(body.name, body.unit, body.area_path, tuple(body.qualifications), tuple(body.duties))
    return Statement(facts, body.since or deps.today, body.phone, reason)


async def _answer(one: StaffEntry, caller: Principal, disclosures: Disclosures, purpose: str) -> StaffView:
    """Return an entry and record the reading."""
    await disclosures.record(caller, ENTRY, one.member.person_id, one.member.area_path, purpose)
    return staff_view(one)
