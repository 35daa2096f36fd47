"""Reviews of alerts and overrides over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.checkpoint.domain.reviews import AlertOutcome, OverrideOutcome
from services.checkpoint.schemas.checkpoints import Body

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class AlertReviewBody(Body):
    """What came of an alert; `note` stays in the store."""

    several_lines = frozenset({"note"})

    outcome: AlertOutcome
    note: Note = ""


class OverrideReviewBody(Body):
    """Whether an override was justified; `note` stays in the store."""

    several_lines = frozenset({"note"})

    outcome: OverrideOutcome
    note: Note = ""


class ReviewView(BaseModel):
    """What an officer concluded, and when."""

    model_config = ConfigDict(from_attributes=True)

    officer: str
    outcome: str
    note: str
    at: datetime


class OverrideState(StrEnum):
    """Whether an override waits for its review."""

    OPEN = "open"
    REVIEWED = "reviewed"


class OverrideView(BaseModel):
    """A scan that a gate let through all the same, and why; `overdue`: it has waited for its review for over a day."""

    override_id: str
    scan_id: str
    gate_id: str
    gate_name: str | None = None
    area_path: str
    device_id: str
    resident_id: str | None
    reason: str
    at: datetime
    state: OverrideState
    overdue: bool
    reviews: list[ReviewView]
