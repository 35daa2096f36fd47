"""Bodies about appeals against a colour."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.appeals import State
from services.registration.schemas import Body, Id, Reason, View
from shared.events.registration import Colour


class AppealBody(Body):
    """An appeal against the colour of now. The client makes `appeal_id` (UUIDv7), so that a repeat is harmless."""

    several_lines = frozenset({"text"})

    appeal_id: Id
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class DecisionBody(Body):
    """Why an appeal is upheld or rejected; the resident reads it."""

    reason: Reason


class AppealView(View):
    """An appeal: its text, against which colour by which evidence, until when it is due, what became of it.

    `ended`: what the colour rested on counts no longer. Where upholding could not end it, `advice` names who can.
    """

    appeal_id: str
    resident_id: str
    area_path: str
    text: str
    colour: Colour
    rule: str
    evidence: str
    made_by: str
    made_at: datetime
    due_at: datetime
    overdue: bool
    state: State
    decided_by: str | None
    decided_at: datetime | None
    decision: Annotated[str, Field(description="The decider's reason")]
    ended: bool
    advice: str | None
