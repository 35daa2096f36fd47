"""Welfare of staff over HTTP: terms, insurance, pledges, goods, totals by unit (R1.13)."""

from collections.abc import Iterable

from services.registration.domain import welfare as rules
from services.registration.domain.welfare import Record, Terms
from services.registration.routes.callers import City, FileReader, Office, Uses, listed_area
from services.registration.schemas.welfare import (
    EnrolmentBody,
    GoodsBody,
    PledgeBody,
    TermsBody,
    TermsList,
    TermsView,
    UnitTotalsView,
    WelfareRecords,
    WelfareTotals,
    WelfareView,
)
from services.registration.usecases import Deps, staff, welfare
from services.registration.usecases.welfare import Given
from shared.events.registration_welfare import WelfareKind
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Read, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath, PersonId
from shared.web.pages import Listed, Page

WELFARE, PURPOSE = "welfare", "welfare of staff"

router = api_router("welfare", about="Welfare of staff: the epidemic insurance, pledges signed, goods received.")


@router.post("/welfare/terms", status_code=201)
async def propose_welfare_terms(body: TermsBody, deps: Uses, caller: City) -> TermsView:
    """Propose the terms of an insurance or the text of a pledge, from a day on; another official approves them."""
    terms = Terms(**body.model_dump(), proposed_by=caller.subject, proposed_at=deps.clock.now().replace(microsecond=0))
    return _terms_view(await welfare.propose(deps, terms), set())


@router.post("/welfare/terms/{terms_id}/approve")
async def approve_welfare_terms(terms_id: Id, deps: Uses, caller: City) -> TermsView:
    """Approve terms as the second person; again, it gives the same answer."""
    approved = await welfare.approve(deps, caller, terms_id)
    return _terms_view(approved, await _valid(deps))


@router.get("/welfare/terms")
async def list_welfare_terms(deps: Uses, caller: FileReader) -> TermsList:
    """List all terms of insurance and texts of pledges with their dates, the latest first."""
    valid = await _valid(deps)
    return TermsList(items=[_terms_view(one, valid) for one in await deps.store.welfare.terms()])


@router.post("/welfare/enrolments", status_code=201)
async def enrol_staff(
    body: EnrolmentBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> WelfareRecords:
    """Insure members of staff by the terms in force, or renew their insurance, all of them or none."""
    given = Given(body.request_id, WelfareKind.INSURANCE, body.person_ids, body.starts_on, body.terms_id)
    return await _record(deps, caller, given, disclosures, purpose.usual(PURPOSE))


@router.post("/welfare/pledges", status_code=201)
async def record_pledges(
    body: PledgeBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> WelfareRecords:
    """Record that members of staff signed the pledge (承诺表) in force, before a witness."""
    given = Given(body.request_id, WelfareKind.PLEDGE, body.person_ids, body.signed_on, body.terms_id, body.witness_id)
    return await _record(deps, caller, given, disclosures, purpose.usual(PURPOSE))


@router.post("/welfare/goods", status_code=201)
async def record_goods(
    body: GoodsBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> WelfareRecords:
    """Record that members of staff received goods, such as masks, and signed for them."""
    given = Given(
        body.request_id,
        WelfareKind.GOODS,
        body.person_ids,
        body.received_on,
        item=body.item,
        quantity=body.quantity,
        signature=body.signature,
    )
    return await _record(deps, caller, given, disclosures, purpose.usual(PURPOSE))


@router.get("/welfare")
async def list_welfare(
    deps: Uses,
    caller: FileReader,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    kind: WelfareKind | None = None,
    within: MaybePath = "",
) -> Page[WelfareView]:
    """List records of welfare within an area path, by default the caller's own, a page at a time; without names."""
    path = listed_area(caller, within)
    await disclosures.record_list(caller, WELFARE, path, purpose.usual(PURPOSE))
    stored, following = await deps.store.welfare.page(path, kind, listing.after, listing.limit)
    return listing.page(_views(deps, stored), following)


@router.get("/welfare/totals")
async def total_welfare(deps: Uses, caller: FileReader, within: MaybePath = "") -> WelfareTotals:
    """Total by unit who is insured, whose renewal is due, who signed, and which goods were received."""
    records = await deps.store.welfare.within(listed_area(caller, within))
    return WelfareTotals(items=[UnitTotalsView.of(one) for one in rules.total(records, deps.today)])


@router.get("/staff/{person_id}/welfare")
async def show_staff_welfare(
    person_id: PersonId, deps: Uses, caller: FileReader, disclosures: Disclosing, purpose: Reading
) -> WelfareRecords:
    """Show the insurance, pledges and goods of a member of staff, the oldest first."""
    member = await staff.visible(deps, caller, person_id)
    await disclosures.record(caller, WELFARE, member.person_id, member.area_path, purpose.usual(PURPOSE))
    return WelfareRecords(items=_views(deps, await deps.store.welfare.of_person(member.person_id)))


async def _record(
    deps: Deps, caller: Principal, given: Given, disclosures: Disclosures, purpose: str
) -> WelfareRecords:
    records = await welfare.record(deps, caller, given)
    await disclosures.record_all(caller, WELFARE, [Read(one.person_id, one.area_path) for one in records], purpose)
    return WelfareRecords(items=_views(deps, records))


def _views(deps: Deps, records: Iterable[Record]) -> list[WelfareView]:
    return [WelfareView.of(one, ending=one.is_ending(deps.today)) for one in records]


async def _valid(deps: Deps) -> set[str]:
    terms = await deps.store.welfare.terms()
    valid = (rules.in_force(terms, kind, deps.today) for kind in rules.OF_TERMS)
    return {one.terms_id for one in valid if one}


def _terms_view(terms: Terms, valid: set[str]) -> TermsView:
    return TermsView.of(terms, in_force=terms.terms_id in valid)
