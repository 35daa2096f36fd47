"""Bodies about health codes."""

from datetime import datetime

from pydantic import BaseModel

from shared.events.registration import Colour


class CodeView(BaseModel):
    """A signed health code, to be shown as a QR code until `expires_at`."""

    code: str
    colour: Colour
    expires_at: datetime
