"""Health codes over HTTP: on phones, on cards, and revoked."""

from operator import attrgetter

from fastapi import Response

from services.registration.domain.codes import IssuedCode
from services.registration.routes import drawing
from services.registration.routes.callers import AnyCaller, Office, Uses, record_resident
from services.registration.schemas.codes import (
    CardBody,
    CardView,
    CodeView,
    IssuedCodeView,
    RevocationBody,
    RevokedCodeView,
)
from services.registration.usecases import Deps, codes
from shared.base.json_types import Json
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import CodeId, Id
from shared.web.pages import Listed, Page

# Any: FastAPI's own type of `responses`
QR: dict[int | str, Json] = {200: {"content": {"image/svg+xml": {}}, "description": "The QR code"}}
DRAWN: dict[int | str, Json] = {200: {"content": {"image/svg+xml": {}}, "description": "The card to print"}}

CARD, CODE = "card", "code"  # kinds of readings
PRINTING, PURPOSE = "printing of cards", "care of residents"
DRAWING = "a code for a resident without a phone"

router = api_router("codes", about="Signed health codes (健康码), on a phone and on paper.")


@router.get("/residents/{resident_id}/code")
async def issue_code(
    resident_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> CodeView:
    """Issue the resident's signed health code (健康码); an office that draws it for the resident is recorded."""
    text, code = await codes.issue(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, CODE, resident_id, purpose.usual(DRAWING))
    return CodeView.of(code, code=text)


@router.get("/residents/{resident_id}/code.svg", response_class=Response, responses=QR)
async def draw_code(
    resident_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> Response:
    """Draw the resident's signed health code as a QR code; an office that draws it for the resident is recorded."""
    text, _ = await codes.issue(deps, caller, resident_id)
    await record_resident(deps, disclosures, caller, CODE, resident_id, purpose.usual(DRAWING))
    return _drawn(drawing.qr(text))


@router.get("/residents/{resident_id}/codes")
async def list_codes(
    resident_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[IssuedCodeView]:
    """List the codes of a resident that a gate would accept now, the newest first, a page at a time."""
    page, following = listing.part(await codes.valid(deps, caller, resident_id), attrgetter("code_id"))
    await record_resident(deps, disclosures, caller, CODE, resident_id, purpose.usual(PURPOSE))
    return listing.page(map(IssuedCodeView.of, page), following)


@router.post("/codes/{code_id}/revoke")
async def revoke_code(
    code_id: CodeId, body: RevocationBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> RevokedCodeView:
    """Revoke one code: lost, copied, issued by mistake or replaced; the resident's other codes stay good."""
    revoked = await codes.revoke(deps, caller, code_id, body.reason, body.note)
    await record_resident(deps, disclosures, caller, CODE, revoked.resident_id, purpose.usual(PURPOSE))
    return RevokedCodeView.of(revoked)


@router.post("/residents/{resident_id}/printed-codes", status_code=201)
async def print_card(
    resident_id: Id, body: CardBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> CardView:
    """Issue a code on paper for a resident without a phone; an older card counts no longer."""
    code = await codes.print_card(deps, caller, resident_id, body.card_id)
    await record_resident(deps, disclosures, caller, CARD, resident_id, purpose.usual(PRINTING))
    return _card(deps, code)


@router.get("/residents/{resident_id}/printed-codes/{code_id}.svg", response_class=Response, responses=DRAWN)
async def draw_card(
    resident_id: Id, code_id: CodeId, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> Response:
    """Draw a card to print: masked name, QR code, number, until when it is good."""
    code, text, name = await codes.card(deps, caller, resident_id, code_id)
    await record_resident(deps, disclosures, caller, CARD, resident_id, purpose.usual(PRINTING))
    return _drawn(drawing.card(code, text, name, f"{code.expires_at.astimezone(deps.zone):%Y-%m-%d %H:%M}"))


def _card(deps: Deps, code: IssuedCode) -> CardView:
    return CardView.of(code, code=codes.text(deps, code))


def _drawn(svg: bytes) -> Response:
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
