"""The one search box over HTTP."""

from dataclasses import replace

from services.registration.routes.callers import Staff, Uses, listed_area
from services.registration.routes.residents import NAMES, PURPOSE
from services.registration.schemas.asking import LookedUp, LookUpBody, MatchingResident
from services.registration.store.residents import DOOR
from services.registration.usecases import asking
from shared.web.break_glass import reads
from shared.web.disclosures import Disclosing, Read, Reading
from shared.web.http import api_router
from shared.web.pages import Searched
from shared.web.sights import Sight, may_see

LOOKED_UP = Searched("/v1/residents/look-up", (DOOR,), "name")

router = api_router("residents", about="Resident files (一人一档): search, care, cards. Each reading is recorded.")


@router.post("/residents/look-up")
@reads
async def look_up_residents(
    body: LookUpBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> LookedUp:
    """List the residents whom a text asks for, with names and doors; the search and each of them are recorded.

    A name or its beginning, in characters, in pinyin without tones or by initials; the last four digits of a phone or
    of an ID number; a whole phone or ID number, of 15 digits too; a door such as 3-2-501; a plate of a declared
    journey. `looked_for` has what the text was taken for.
    """
    path, why = listed_area(caller, body.within), purpose.usual(PURPOSE)
    listing = LOOKED_UP.listing(None, body.cursor or "", body.limit)
    answer = await asking.look_up(deps, path, body.text, listing.after, listing.limit)
    for kind in answer.kinds:
        await disclosures.record_list(caller, f"search_by_{kind}", path, why)
    matching = await asking.matching(deps, caller, answer.residents)
    read = [Read(one.resident.resident_id, one.resident.area_path) for one in matching]
    await disclosures.record_all(caller, NAMES, read, why)
    if not may_see(caller, Sight.PHONES_BESIDE_NAMES):
        matching = [one._replace(named=replace(one.named, phone=None)) for one in matching]
    page = listing.page(map(MatchingResident.of_matching, matching), answer.following)
    return LookedUp(items=page.items, next=page.next, looked_for=list(answer.kinds))
