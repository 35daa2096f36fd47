"""Bodies of checkpoint's HTTP interface."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.checkpoint.domain import Answer, Scan
from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict

MAX_BATCH = 1_000


class GateBody(BaseModel):
    """A gate (卡口) of a compound or workplace."""

    model_config = ConfigDict(extra="forbid")

    gate_id: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    area_path: Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]


class PassageView(BaseModel):
    """A passage as stored."""

    scan_id: str
    gate_id: str
    area_path: str
    resident_id: str | None
    at: datetime
    direction: Direction
    credential_kind: CredentialKind
    verdict: Verdict
    reasons: list[str]
    temperature_c: float | None
    mode: Mode


class PassagePage(BaseModel):
    """A page of passages in the order of their times; `next` goes into `after`."""

    items: list[PassageView]
    next: str | None


class AlertView(BaseModel):
    """An alert (R2.9)."""

    alert_id: str
    rule: AlertRule
    subject: str
    resident_id: str | None
    gate_id: str
    area_path: str
    at: datetime


class ReasonText(BaseModel):
    """A reason's code with its text for the screen at the gate."""

    code: str
    zh: str
    en: str


SCAN_SCHEMA: dict[str, Any] = msgspec.json.schema_components([Scan], ref_template="#/components/schemas/{name}")[1]
ANSWER_SCHEMA: dict[str, Any] = msgspec.json.schema_components([Answer], ref_template="#/components/schemas/{name}")[1]
