"""Bodies of checkpoint's HTTP interface. Scans are msgspec structs: this path must be cheap."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict

MAX_BATCH = 1_000
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was shown: a signed code's text, a card's number, an ID number, a plate, or a visitor's slip."""

    kind: CredentialKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scan as the device posts it (R2.2). The device makes `scan_id` (UUIDv7) and counts `seq`."""

    scan_id: str
    gate_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    seq: Annotated[int, msgspec.Meta(ge=0)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    direction: Direction
    credential: Credential
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE

    def __post_init__(self) -> None:
        if not _UUID7.fullmatch(self.scan_id):
            raise ValueError("scan_id must be a UUIDv7 in lower case")


class Answer(msgspec.Struct, frozen=True):
    """What the gate is told. `durable` false: keep the scan and send the same `scan_id` again."""

    scan_id: str
    verdict: Verdict
    reasons: tuple[str, ...]
    durable: bool
    standing_as_of: datetime | None


class Refusal(msgspec.Struct, frozen=True):
    """Why one scan of a batch was not accepted; its neighbours are not harmed."""

    scan_id: str | None
    error: dict[str, str]


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
