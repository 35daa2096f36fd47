"""Bodies about colours."""

from datetime import datetime

from services.registration.schemas import View
from shared.events.registration import Colour


class StandingView(View):
    """A colour: its rule, the id of what it rests on, from when until when; of one by hand, whose it is and why."""

    resident_id: str
    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None
    officer: str | None
    reason: str | None


class StandingChange(View):
    """A change of a colour, as it was made at `at`."""

    at: datetime
    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None
    officer: str | None = None
