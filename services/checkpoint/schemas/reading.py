"""Passages, presence and alerts over HTTP."""

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.schemas.reviews import ReviewView
from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict
from shared.web.access import Principal
from shared.web.sights import Sight, may_see


class PassageView(BaseModel):
    """A passage as stored: what was scanned and decided, in which mode, and how old the list of exceptions was.

    `also_told` are other verdicts on the same scan sent again; the first one counts. `repeat_of` is the scan within
    seconds before it with which it is one crossing. `gate_name` is null where the gate is not known yet.
    """

    model_config = ConfigDict(from_attributes=True)

    scan_id: str
    gate_id: str
    gate_name: str | None = None
    area_path: str
    device_id: str
    seq: int
    resident_id: str | None
    at: datetime
    received_at: datetime
    direction: Direction
    credential_kind: CredentialKind
    verdict: Verdict
    also_told: list[Verdict] = []
    repeat_of: str | None = None
    reasons: list[str]
    temperature_c: float | None
    mask: bool | None
    mode: Mode
    standing_as_of: datetime | None


class PlacePresence(BaseModel):
    """How many residents are inside a compound or workplace."""

    area_path: str
    inside: int


class PresenceView(BaseModel):
    """How many residents are inside the places within a path (R2.7), in all and by place."""

    within: str
    inside: int
    places: list[PlacePresence]


class AlertView(BaseModel):
    """An alert (R2.9), with the officers' reviews."""

    model_config = ConfigDict(from_attributes=True)

    alert_id: str
    rule: AlertRule
    subject: str
    resident_id: str | None
    scan_id: str | None
    device_id: str | None = None
    gate_id: str
    gate_name: str | None = None
    area_path: str
    at: datetime
    temperature_c: float | None
    detail: str | None = None
    reviews: list[ReviewView] = []


V = TypeVar("V", AlertView, PassageView)


def alert_view(alert: Alert, caller: Principal, gate_name: str | None) -> AlertView:
    """Return an alert as the caller may see it: temperatures are for doctors."""
    named = AlertView.model_validate(alert).model_copy(update={"gate_name": gate_name})
    return _without_temperature(named, caller)


def passage_view(passage: StoredPassage, caller: Principal, gate_name: str | None) -> PassageView:
    """Return a passage as the caller may see it: temperatures are for doctors."""
    named = PassageView.model_validate(passage).model_copy(update={"gate_name": gate_name})
    return _without_temperature(named, caller)


def _without_temperature(view: V, caller: Principal) -> V:
    if may_see(caller, Sight.TEMPERATURES_AT_GATES):
        return view
    return view.model_copy(update={"temperature_c": None})
