"""The rights of a person over HTTP: a copy of the own data, its correction, its erasure (N11)."""

from typing import Annotated

from services.registration.domain.rights import SERVICES, RightsRequest, policy_at
from services.registration.routes.callers import AnyCaller, Office, Staff, Uses, listed_area, record_resident
from services.registration.schemas.rights import AnswerBody, RightsBody, RightsView
from services.registration.usecases import Deps, residents, rights
from shared.events.registration_rights import RightKind, RightState
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Listing, Page, following_time, listed
from shared.web.step_up import Fresh

REQUEST, PURPOSE = "rights_request", "rights of a person"

router = api_router("rights", about="The rights of a person: a copy of the own data, its correction, its erasure.")


@router.post("/residents/{resident_id}/rights", status_code=201)
async def ask_for_right(
    resident_id: Id, body: RightsBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RightsView:
    """Take down what a person asks for, by the person or at the counter; a copy is granted at once.

    A correction and an erasure are answered by a second official, before `due_at`.
    """
    request = await rights.ask(deps, caller, resident_id, body.take_down())
    await _record(disclosures, caller, request, purpose)
    return await _view(deps, request)


@router.get("/residents/{resident_id}/rights")
async def list_rights_of_resident(
    resident_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[RightsView]:
    """List what a person has asked for, in order, a page at a time."""
    await residents.visible(deps, caller, resident_id)
    made = await deps.store.rights.of_resident(resident_id)
    await record_resident(deps, disclosures, caller, REQUEST, resident_id, purpose.usual(PURPOSE))
    page, following = listing.part(made, lambda one: one.request_id)
    return listing.page([await _view(deps, one) for one in page], following)


@router.get("/rights")
async def list_rights(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("due_at", "-due_at")],
    disclosures: Disclosing,
    purpose: Reading,
    state: RightState = RightState.OPEN,
    kind: RightKind | None = None,
    within: MaybePath = "",
) -> Page[RightsView]:
    """List the requests within an area path, by default open ones of the caller's own: overdue ones first."""
    path = listed_area(caller, within)
    asked = (listing.descends, listing.after_time, listing.limit)
    made = await deps.store.rights.page(path, state, kind, *asked)
    await disclosures.record_list(caller, REQUEST, path, purpose.usual(PURPOSE))
    last = following_time(made[-1].due_at, made[-1].request_id) if len(made) == listing.limit else None
    return listing.page([await _view(deps, one) for one in made], last)


@router.get("/rights/{request_id}")
async def show_rights_request(
    request_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RightsView:
    """Show a request to staff of its area and to the person; of an erasure, which services have confirmed it."""
    request = await rights.find(deps, caller, request_id)
    await _record(disclosures, caller, request, purpose)
    return await _view(deps, request)


@router.post("/rights/{request_id}/grant")
async def grant_rights_request(
    request_id: Id,
    body: AnswerBody,
    deps: Uses,
    caller: Office,
    fresh: Fresh,
    disclosures: Disclosing,
    purpose: Reading,
) -> RightsView:
    """Grant a correction, which changes the file, or an erasure, which destroys the person's key for good.

    By a fresh sign-in with a second factor, and never by who took the request down. An erasure is refused while a case,
    a colour, an appeal or a correction is open; the answer names which.
    """
    fresh.require()
    request = await rights.decide(deps, caller, request_id, True, body.reason)
    await _record(disclosures, caller, request, purpose)
    return await _view(deps, request)


@router.post("/rights/{request_id}/refuse")
async def refuse_rights_request(
    request_id: Id, body: AnswerBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> RightsView:
    """Refuse a correction or an erasure, with the reason that the person reads."""
    request = await rights.decide(deps, caller, request_id, False, body.reason)
    await _record(disclosures, caller, request, purpose)
    return await _view(deps, request)


async def _record(disclosures: Disclosures, caller: Principal, request: RightsRequest, purpose: Purpose) -> None:
    await disclosures.record(caller, REQUEST, request.resident_id, request.area_path, purpose.usual(PURPOSE))


async def _view(deps: Deps, request: RightsRequest) -> RightsView:
    now = deps.clock.now()
    is_open_erasure = request.kind == RightKind.ERASURE and request.state is RightState.OPEN
    erases = request.kind == RightKind.ERASURE and request.state is RightState.GRANTED
    confirmed = {one.service for one in request.confirmed}
    return RightsView.of(
        request,
        policy=policy_at(request.policy_since).source,
        overdue=request.is_overdue(now),
        obstacles=await rights.obstacles(deps, request) if is_open_erasure else [],
        copy_ready=request.has_copy(now),
        awaited=[one for one in SERVICES if one not in confirmed] if erases else [],
    )
