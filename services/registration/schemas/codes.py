"""Bodies about health codes."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from services.registration.schemas import Body, Id, View
from shared.events.registration import Colour, Revocation


class CodeView(View):
    """A signed health code, good as a QR code until `expires_at`."""

    code: str
    code_id: str
    colour: Colour
    expires_at: datetime


class IssuedCodeView(View):
    """A code that a gate would accept now; `colour` is that of its issue."""

    code_id: str
    colour: Colour
    issued_at: datetime
    expires_at: datetime
    printed: bool


class RevocationBody(Body):
    """Why a code is revoked; the note stays here."""

    reason: Revocation
    note: Annotated[str, StringConstraints(max_length=200)] = ""


class RevokedCodeView(IssuedCodeView):
    """A revoked code: when, by which person and why."""

    revoked_at: datetime
    revoked_by: str
    reason: Revocation


class CardBody(Body):
    """A card to issue. The client makes `card_id` (UUIDv7), so that a repeat is harmless."""

    card_id: Id


class CardView(CodeView):
    """A code to print, good until `expires_at` or until it is revoked."""

    issued_at: datetime
    revoked_at: datetime | None
