"""Approvals of returns over HTTP: asked for, completed, signed, refused, and the arrival (R1.7)."""

from services.registration.domain.returns import Certificate, Form, Return, expires_at
from services.registration.routes.callers import AnyCaller, EmployersClerk, Employing, Office, Staff, Uses, listed_area
from services.registration.schemas.returns import PartsBody, ReturnBody, ReturnRefusalBody, ReturnView, SignatureBody
from services.registration.usecases import Deps, employers, return_consents, returns
from shared.events.registration_returns import ReturnState
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

RETURN, PURPOSE = "return", "approval of returns"

router = api_router("returns", about="Approvals of returns: one person, form, certificate and code, two signatures.")


@router.post("/returns", status_code=201)
async def ask_for_return(
    body: ReturnBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """Ask for the approval of a declared journey, by the person or for them; one is open at a time (R1.7)."""
    one = await returns.ask(deps, caller, body.return_id, body.journey_id)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.get("/returns")
async def list_returns(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
    state: ReturnState | None = None,
) -> Page[ReturnView]:
    """List the returns within an area path, by default the caller's own, with what each lacks, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.returns.page(path, listing.after, listing.limit, state)
    await disclosures.record_list(caller, RETURN, path, purpose.usual(PURPOSE))
    return listing.page((_view(deps, one) for one in stored), following)


@router.get("/returns/{return_id}")
async def show_return(
    return_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """Show the approval of a return to staff of its area, to the person and to who asked for it."""
    return await _answer(deps, await returns.find(deps, caller, return_id), caller, disclosures, purpose)


@router.post("/returns/{return_id}/parts")
async def complete_return(
    return_id: Id, body: PartsBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """State the form, the certificate or the code of a return; after a signature both sides sign again (R1.7)."""
    form = Form(**body.form.model_dump()) if body.form else None
    certificate = Certificate(**body.certificate.model_dump()) if body.certificate else None
    one = await returns.complete(deps, caller, return_id, form, certificate, body.code_id)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/returns/{return_id}/signatures")
async def sign_return(
    return_id: Id, body: SignatureBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """Sign for a side before the journey; with the signatures of two people the return is approved (R1.7)."""
    one = await returns.sign(deps, caller, return_id, body.side)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/returns/{return_id}/employer-consent")
async def consent_to_return(
    return_id: Id, deps: Uses, caller: EmployersClerk, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """Agree, as a clerk of the person's employer, to a return before the journey: both sides sign after it (R1.7)."""
    return await _answer(deps, await return_consents.consent(deps, caller, return_id), caller, disclosures, purpose)


@router.get("/employers/{employer_id}/returns")
async def list_returns_of_staff(
    employer_id: Id, deps: Uses, caller: Employing, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[ReturnView]:
    """List the returns of an employer's staff for which its consent is asked, or was given, a page at a time."""
    employer = await employers.manageable(deps, caller, employer_id)
    stored, following = await deps.store.returns.of_employer(employer_id, listing.after, listing.limit)
    await disclosures.record_list(caller, RETURN, employer.area_path, purpose.usual(PURPOSE))
    return listing.page((_view(deps, one) for one in stored), following)


@router.post("/returns/{return_id}/refusal")
async def refuse_return(
    return_id: Id, body: ReturnRefusalBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """Refuse a return, with the reason; the person reads it."""
    one = await returns.refuse(deps, caller, return_id, body.reason)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/returns/{return_id}/arrival")
async def report_arrival(
    return_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ReturnView:
    """State that the person has arrived: the community learns of it first, also of one without an approval (R1.7)."""
    one = await returns.arrive(deps, caller, return_id)
    return await _answer(deps, one, caller, disclosures, purpose)


async def _answer(deps: Deps, one: Return, caller: Principal, disclosures: Disclosures, purpose: Purpose) -> ReturnView:
    """Return the view and record the reading."""
    await disclosures.record(caller, RETURN, one.resident_id, one.area_path, purpose.usual(PURPOSE))
    return _view(deps, one)


def _view(deps: Deps, one: Return) -> ReturnView:
    return ReturnView.of(one, expires_at=expires_at(one.arrives_on, deps.zone))
