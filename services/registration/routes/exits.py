"""Exit permissions over HTTP: asked for, decided, revoked, and the pass (R1.8)."""

from fastapi import Response

from services.registration.domain.exit_policies import POLICIES
from services.registration.domain.exits import Asked, ExitPermission, Traveller
from services.registration.routes import drawing
from services.registration.routes.callers import AnyCaller, Office, Staff, Uses, listed_area
from services.registration.routes.codes import QR
from services.registration.schemas.exits import ExitBody, ExitPassView, ExitPolicyItem, ExitReasonBody, ExitView
from services.registration.usecases import Deps, exits
from shared.events.registration_exits import ExitState
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybeId, MaybePath
from shared.web.pages import Listed, Page

EXIT, PURPOSE = "exit", "decision on leaving the city"

router = api_router("exits", about="Permissions to leave (外出许可): request, approval, pass (健康通行码).")


@router.post("/exits", status_code=201)
async def ask_for_exit(
    body: ExitBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ExitView:
    """Ask for a permission to leave compound, city or province: the own, the household's, a person's of the area."""
    travellers = tuple(Traveller(one.resident_id, one.tested_at) for one in body.travellers)
    asked = Asked(**body.model_dump(exclude={"travellers"}), travellers=travellers)
    return await _answer(deps, await exits.ask(deps, caller, asked), caller, disclosures, purpose)


@router.get("/exits")
async def list_exits(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    within: MaybePath = "",
    state: ExitState | None = None,
) -> Page[ExitView]:
    """List the permissions within an area path, by default the caller's own; `requested` ones wait for a decision."""
    path = listed_area(caller, within)
    stored, following = await deps.store.exits.page(path, listing.after, listing.limit, state)
    await disclosures.record_list(caller, EXIT, path, purpose.usual(PURPOSE))
    return listing.page([await _view(deps, one) for one in stored], following)


@router.get("/exit-policies")
async def list_exit_policies(caller: AnyCaller) -> list[ExitPolicyItem]:
    """List what leaving takes, by how far and by date, with the source of each example policy (R1.8)."""
    return [ExitPolicyItem.of(one, since=one.since.isoformat()) for one in POLICIES]


@router.get("/exits/{exit_id}")
async def show_exit(exit_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading) -> ExitView:
    """Show a permission to staff of its area, to the travellers and to who asked for it, with what it lacks."""
    return await _answer(deps, await exits.find(deps, caller, exit_id), caller, disclosures, purpose)


@router.post("/exits/{exit_id}/approval")
async def approve_exit(exit_id: Id, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading) -> ExitView:
    """Approve a request, by an official who is neither the person, of the household, nor who asked (R1.8)."""
    return await _answer(deps, await exits.approve(deps, caller, exit_id), caller, disclosures, purpose)


@router.post("/exits/{exit_id}/refusal")
async def refuse_exit(
    exit_id: Id, body: ExitReasonBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> ExitView:
    """Refuse a request with a reason in words, which the person reads (R1.8)."""
    one = await exits.refuse(deps, caller, exit_id, body.reason)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/exits/{exit_id}/revocation")
async def revoke_exit(
    exit_id: Id, body: ExitReasonBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ExitView:
    """Revoke an approved permission: no gate lets the travellers out by it any more (R1.8)."""
    one = await exits.revoke(deps, caller, exit_id, body.reason)
    return await _answer(deps, one, caller, disclosures, purpose)


@router.post("/exits/{exit_id}/withdrawal")
async def withdraw_exit(
    exit_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ExitView:
    """Take a request or a permission back, by a traveller or by who asked for it (R1.8)."""
    return await _answer(deps, await exits.withdraw(deps, caller, exit_id), caller, disclosures, purpose)


@router.get("/exits/{exit_id}/pass")
async def show_pass(
    exit_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading, traveller: MaybeId = ""
) -> ExitPassView:
    """Show a traveller's pass (健康通行码), by default the person's: signed as health codes are (R1.8)."""
    one, text, name = await exits.pass_of(deps, caller, exit_id, traveller)
    await _record(one, traveller, caller, disclosures, purpose)
    return ExitPassView.of(one, pass_text=text, masked_name=name)


@router.get("/exits/{exit_id}/pass.svg", response_class=Response, responses=QR)
async def draw_pass(
    exit_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading, traveller: MaybeId = ""
) -> Response:
    """Draw a traveller's pass as a QR code, by default the person's (R1.8)."""
    one, text, _ = await exits.pass_of(deps, caller, exit_id, traveller)
    await _record(one, traveller, caller, disclosures, purpose)
    return Response(drawing.qr(text), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def _record(
    one: ExitPermission, traveller: str, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> None:
    await disclosures.record(caller, EXIT, traveller or one.resident_id, one.area_path, purpose.usual(PURPOSE))


async def _answer(
    deps: Deps, one: ExitPermission, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> ExitView:
    """Return the view and record the reading."""
    await _record(one, "", caller, disclosures, purpose)
    return await _view(deps, one)


async def _view(deps: Deps, one: ExitPermission) -> ExitView:
    lacking = [{"resident_id": who, "need": need} for who, need in await exits.lacking(deps, one)]
    return ExitView.of(one, unmet=lacking)
