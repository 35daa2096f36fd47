"""Bodies of checkpoint's HTTP interface."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.checkpoint.domain import Answer, Refusal, Scan
from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict

MAX_BATCH = 1_000


class GateBody(BaseModel):
    """A gate (卡口) of a compound or workplace."""

    model_config = ConfigDict(extra="forbid")

    gate_id: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    area_path: Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]


class GatePage(BaseModel):
    """A page of gates in the order of their ids; `next` goes into `after`."""

    items: list[GateBody]
    next: str | None


class PassageView(BaseModel):
    """A passage as stored: what was scanned and decided, in which mode, and how old the list of exceptions was."""

    scan_id: str
    gate_id: str
    area_path: str
    device_id: str
    seq: int
    resident_id: str | None
    at: datetime
    received_at: datetime
    direction: Direction
    credential_kind: CredentialKind
    verdict: Verdict
    reasons: list[str]
    temperature_c: float | None
    mask: bool | None
    mode: Mode
    standing_as_of: datetime | None


class PassagePage(BaseModel):
    """A page of passages in the order of their times; `next` goes into `after`."""

    items: list[PassageView]
    next: str | None


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
    """An alert (R2.9)."""

    alert_id: str
    rule: AlertRule
    subject: str
    resident_id: str | None
    scan_id: str
    gate_id: str
    area_path: str
    at: datetime
    temperature_c: float | None


class AlertPage(BaseModel):
    """A page of alerts, the newest first; `next` goes into `after`."""

    items: list[AlertView]
    next: str | None


class ReasonText(BaseModel):
    """A reason's code with its text for the screen at the gate."""

    code: str
    zh: str
    en: str


def _whole(kinds: Any) -> dict[str, Any]:
    """Return the JSON schema of a msgspec type with every reference resolved, so that it stands by itself."""
    (schema,), parts = msgspec.json.schema_components([kinds])
    resolved: dict[str, Any] = _resolved(schema, parts)
    return resolved


def _resolved(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return _resolved(parts[reference.rpartition("/")[2]] | rest, parts)
    return {name: _resolved(value, parts) for name, value in schema.items()}


_JSON, _LINES = "application/json", "application/x-ndjson"
_SCAN = _whole(Scan)
_SCANS = {"type": "array", "minItems": 1, "maxItems": MAX_BATCH, "items": _SCAN}
_SCAN_LINES = {"type": "string", "description": f"up to {MAX_BATCH} scans, as for POST /v1/scans, one a line"}
_ANSWERS = {"type": "array", "items": {"anyOf": [_whole(Answer), _whole(Refusal)]}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "A problem detail: what is wrong with the body, and what to do"},
    413: {"description": "A problem detail: the body or the batch is too large"},
    503: {"description": "A problem detail: too many scans at once; nothing was begun, send again after Retry-After"},
}
# Scans and answers are msgspec structs, which FastAPI does not read: their schemas are given to it.
ONE_SCAN = {"requestBody": {"required": True, "content": {_JSON: {"schema": _SCAN}}}}
ONE_ANSWER = {200: {"description": "The verdict", "content": {_JSON: {"schema": _whole(Answer)}}}} | _REFUSALS
MANY_SCANS = {
    "requestBody": {"required": True, "content": {_JSON: {"schema": _SCANS}, _LINES: {"schema": _SCAN_LINES}}}
}
MANY_ANSWERS = {
    200: {"description": "Verdicts in the order of the scans", "content": {_JSON: {"schema": _ANSWERS}}}
} | _REFUSALS
