"""A scan as a device posts it, and the answer.

Scans and answers are msgspec structs, which are read and written as they stand: the scan path must be cheap.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from services.checkpoint.domain.reasons import Reason
from shared.base.temperature import lies_within
from shared.base.years import is_countable
from shared.events.checkpoint import CredentialKind, Direction, Mode, Verdict

TEMPERATURE_RANGE_C = (30.0, 45.0)
MAX_AHEAD = timedelta(minutes=5)
MAX_AGE = timedelta(days=30)
# A person scanned longer ago than this has gone through: what is known of them since then does not count.
LATE = timedelta(minutes=5)
# A device's clock that is further off than this is wrong: times are corrected by the difference, and say so.
CLOCK_TOLERANCE = timedelta(seconds=30)
MAX_ON_BOARD = 60
MAX_SEQ = 2**63 - 1  # what the bus's readers and the store can hold
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was shown: a signed code's text, a card's number, an ID number, a plate, or a visitor's slip."""

    kind: CredentialKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Override(StrEnum):
    """Why a gate lets a person through whatever the verdict: an emergency is never blocked (R2.4)."""

    MEDICAL_EMERGENCY = "medical_emergency"
    FIRE = "fire"
    POLICE = "police"


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scan as the device posts it (R2.2). The device makes `scan_id` (UUIDv7) and counts `seq`.

    With a plate, `on_board` is what those in the vehicle show (R2.6). `pass_text` is the text of the pass that a person
    presents beside the credential, where the gate leads out of the city or the province (R1.8).
    """

    scan_id: Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
    gate_id: Annotated[str, msgspec.Meta(pattern=r"^[\w-]+$(?!\n)", min_length=1, max_length=64)]
    seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    direction: Direction
    credential: Credential
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE
    on_board: Annotated[tuple[Credential, ...], msgspec.Meta(max_length=MAX_ON_BOARD)] = ()
    override: Override | None = None
    pass_text: Annotated[str, msgspec.Meta(max_length=512)] | None = None

    def __post_init__(self) -> None:
        if not _UUID7.fullmatch(self.scan_id):
            raise ValueError("scan_id must be a UUIDv7 in lower case")
        if not is_countable(self.at):
            raise ValueError("at lies between the years 1900 and 2199: set the device's clock")
        if self.on_board and self.credential.kind is not CredentialKind.PLATE:
            raise ValueError("on_board goes with a plate: scan everybody else by themselves")


class Person(msgspec.Struct, frozen=True):
    """What the keeper compares with the person at the gate: a masked name and the year of birth."""

    name: str
    birth_year: int


class WentOut(msgspec.Struct, frozen=True):
    """A member of the household, masked, who went out at that time: the exits are used up."""

    name: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]


class PersonOnBoard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was decided on one of those on board, and what the keeper compares."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    person: Person | None = None


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to the gate. `durable` false: keep the scan and send the same `scan_id` again.

    `on_board` has the verdicts on those in a vehicle, in their order; `clock_offset_s` says by how much the device's
    clock was wrong, and the time of the scan corrected. `retry_after_s`: so long the service looks up no card and no
    number of this device; codes are decided as ever. `person` is who the credential is of, where the policy says so.
    `went_out` is who of the household has been out, where its exits are used up and the policy says so.
    """

    scan_id: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    durable: bool
    standing_as_of: Annotated[datetime, msgspec.Meta(tz=True)] | None
    on_board: tuple[PersonOnBoard, ...] = ()
    clock_offset_s: float | None = None
    retry_after_s: int | None = None
    person: Person | None = None
    went_out: tuple[WentOut, ...] = ()


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with a scan: a stable `code`, and a `detail` that says what to do, in Chinese too."""

    code: str
    detail: str
    detail_zh: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why one scan of a batch was not accepted; its neighbours are not harmed."""

    scan_id: str | None
    error: Fault


def check_scan(at: datetime, temperature_c: float | None, now: datetime) -> None:
    """Raise `ValueError` with a sentence when a scan's time or temperature cannot be meant."""
    if at > now + MAX_AHEAD:
        raise ValueError(f"'at' lies in the future ({at.isoformat()}): set the device's clock")
    if at < now - MAX_AGE:
        raise ValueError(f"'at' lies more than {MAX_AGE.days} days back ({at.isoformat()}): hand it in on paper")
    if temperature_c is not None and not lies_within(temperature_c, TEMPERATURE_RANGE_C):
        raise ValueError(f"'temperature_c' {temperature_c} is not a body temperature in degrees Celsius: measure again")


def clock_offset(device_time: datetime, now: datetime) -> timedelta:
    """Return what a device's times are corrected by: nothing while its clock is right to 30 seconds (house policy)."""
    offset = now - device_time
    return offset if abs(offset) > CLOCK_TOLERANCE else timedelta()


def is_late(at: datetime, now: datetime) -> bool:
    """Whether a scan was made so long ago that it is judged by what held then, not by what holds now."""
    return now - at > LATE
