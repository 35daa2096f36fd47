"""Bodies about colours."""

from datetime import datetime

from pydantic import BaseModel

from shared.events.registration import Colour


class StandingView(BaseModel):
    """A colour, and why: the rule, the id of the case, journey, alert or event it rests on, from when until when."""

    resident_id: str
    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None


class StandingChange(BaseModel):
    """A change of a colour, as it was made at `at`."""

    at: datetime
    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None
