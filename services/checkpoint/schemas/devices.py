"""Devices over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.checkpoint.domain.devices import MAX_REFUSED, DeviceState, RevocationReason
from services.checkpoint.domain.scan import MAX_SEQ
from shared.web.request_body import Body
from shared.web.times import ZonedInstant

Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class CodeBody(Body):
    """An enrolment to come; the office makes its id, so that asking again gives the same code."""

    enrolment_id: UUID


class CodeView(BaseModel):
    """A one-time code to type into the device, and until when it is good."""

    code: str
    gate_id: str
    expires_at: datetime


class EnrolBody(Body):
    """The code that the office read out; the device makes `request_id`, so that asking again gives the same answer.

    A device that knows its gate names it: wrong codes are counted by gate.
    """

    code: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    request_id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    gate_id: Annotated[str, StringConstraints(pattern=r"^[\w-]{0,64}$")] = ""


class CredentialView(BaseModel):
    """A device and the token that it shows from now on, until `expires_at` or the next one is used.

    `gate_name` is null where the gate is not known yet; the lists have it later.
    """

    device_id: str
    gate_id: str
    gate_name: str | None = None
    token: str
    serial: int
    expires_at: datetime


class HeartbeatBody(Body):
    """A device's report of itself: `sent_at` by its own clock, its newest number, and what it has not sent yet.

    `unsent` counts what it holds, `unsent_from` is the lowest number among that; `rejected` are the numbers of scans
    that were not accepted.
    """

    sent_at: ZonedInstant
    last_seq: Seq
    unsent: Seq = 0
    unsent_from: Seq | None = None
    rejected: Annotated[list[Seq], Field(max_length=MAX_REFUSED, default_factory=list)]
    list_version: Word | None = None
    list_as_of: ZonedInstant | None = None
    app_version: Word | None = None

    @model_validator(mode="after")
    def _holds_what_it_used(self) -> "HeartbeatBody":
        if self.unsent > self.last_seq + 1:
            raise ValueError("'unsent' is more than the device has used up to 'last_seq': correct one of them")
        return self


class GapView(BaseModel):
    """Numbers of scans that never came, from the first to the last."""

    first: int
    last: int


class HeartbeatView(BaseModel):
    """The answer to a heartbeat: the time, the gate, and the numbers that never came, which the device sends again."""

    now: datetime
    gate_id: str
    serial: int
    gaps: list[GapView]


class RevocationBody(Body):
    """Why a device may no longer scan."""

    reason: RevocationReason


class DeviceView(BaseModel):
    """A device: where, how, and its last sign of life; `clock_offset_s` is positive while its clock is behind."""

    device_id: str
    gate_id: str
    gate_name: str | None = None
    area_path: str
    name: str
    state: DeviceState
    revoked: RevocationReason | None
    enrolled_at: datetime
    enrolled_by: str
    last_seen: datetime
    clock_offset_s: float | None
    unsent: int | None
    list_version: str | None
    list_age_s: float | None
    app_version: str | None
    gaps: list[GapView]


class SilentDeviceView(BaseModel):
    """A device without a sign of life: `is_closed` tells that its gate is closed, so that it may be off."""

    device_id: str
    gate_id: str
    gate_name: str
    area_path: str
    name: str
    last_seen: datetime
    app_version: str | None
    is_closed: bool
