"""Devices at gates: the one-time code that enrols one, its credentials, and whether it is alive (R2.1, R2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from services.checkpoint.domain.numbers import Gap, Held, Numbers, begin_count, in_words, wanted
from services.checkpoint.domain.scan import CLOCK_TOLERANCE
from shared.base.errors import Conflict, Forbidden, Unauthenticated
from shared.events.checkpoint import AlertRule

# None that is read or typed for another: no 0 O, 1 I L, U V.
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=30)
CHECK_EVERY = timedelta(minutes=5)
MAX_REFUSED = 1_000


class DeviceState(StrEnum):
    """How a device is: alive, silent, or no longer allowed."""

    ACTIVE = "active"
    SILENT = "silent"
    REVOKED = "revoked"


class RevocationReason(StrEnum):
    """Why a device may no longer scan."""

    LOST = "lost"
    STOLEN = "stolen"
    FAULTY = "faulty"
    RETIRED = "retired"


@dataclass(frozen=True)
class Enrolment:
    """A one-time code for a gate, known by its keyed hash alone, and what it was used for."""

    code_hash: str
    enrolment_id: str
    gate_id: str
    made_by: str
    expires_at: datetime
    request_id: str | None = None
    device_id: str | None = None


@dataclass(frozen=True)
class Heartbeat:
    """A device's last report of itself: its newest number, what it holds, and how new its list of exceptions is."""

    last_seq: int
    unsent: int
    unsent_from: int | None = None
    list_version: str | None = None
    list_as_of: datetime | None = None
    app_version: str | None = None


@dataclass(frozen=True)
class Device:
    """A device at a gate. Its credentials are counted by `serial`; from `good_from` on they are good.

    `heard_at` is its last sign of life, a heartbeat or a scan; `clock_offset_s` is positive while its clock is behind.
    """

    device_id: str
    gate_id: str
    area_path: str
    name: str
    enrolled_at: datetime
    enrolled_by: str
    heard_at: datetime
    serial: int = 1
    good_from: int = 1
    revoked: str | None = None
    clock_offset_s: float | None = None
    heartbeat: Heartbeat | None = None
    refused: tuple[int, ...] = ()
    seen_upto: int | None = None
    numbers: Numbers = field(default_factory=Numbers)

    @property
    def held(self) -> Held:
        """What it has not sent yet by its own report."""
        return Held(self.heartbeat.unsent, self.heartbeat.unsent_from) if self.heartbeat else Held()


class Finding(NamedTuple):
    """What is wrong with a device; findings with one `episode` are the same."""

    rule: AlertRule
    episode: str
    detail: str


def code_from(digest: str) -> str:
    """Return the one-time code that a keyed hash (hex) stands for."""
    number, signs = int(digest, 16), ""
    while len(signs) < CODE_LENGTH:
        number, rest = divmod(number, len(CODE_SIGNS))
        signs += CODE_SIGNS[rest]
    return signs


def plain_code(text: str) -> str:
    """Return a code as it was made, however it was typed: in capitals, without blanks and dashes."""
    return "".join(text.split()).replace("-", "").upper()


def check_code(enrolment: Enrolment | None, request_id: str, now: datetime, gate_id: str = "") -> Enrolment:
    """Return the enrolment that a code is for, at this gate where one is named.

    Raises for none, an expired one, or one used by another request.
    """
    if enrolment is None or gate_id not in ("", enrolment.gate_id):
        raise Unauthenticated("checkpoint.code_wrong", "There is no such code: read it again, or ask for a new one")
    if now >= enrolment.expires_at:
        raise Unauthenticated("checkpoint.code_expired", "The code has expired: ask the office for a new one")
    if enrolment.request_id not in (None, request_id):
        raise Conflict("checkpoint.code_used", "The code was used: ask the office for a new one")
    return enrolment


def refusal() -> Forbidden:
    """Return the refusal of a device whose credential is no longer good."""
    text = "This device was revoked, or has a newer credential: enrol it again with a one-time code"
    return Forbidden("checkpoint.device_revoked", text)


def used(device: Device, serial: int) -> Device:
    """Return the device after it showed a credential: older ones are no longer good. Raises `Forbidden` for those."""
    if device.revoked or serial < device.good_from:
        raise refusal()
    return replace(device, good_from=serial, serial=max(serial, device.serial))


def renewed(device: Device, serial: int) -> Device:
    """Return the device with a credential that follows the one it showed; asked again, with the same.

    The one it showed stays good until the next one is used: the answer may be lost on its way.
    """
    current = used(device, serial)
    return replace(current, serial=serial + 1) if serial == current.serial else current


def apply_heartbeat(
    device: Device, heartbeat: Heartbeat, sent_at: datetime, refused: tuple[int, ...], now: datetime
) -> Device:
    """Return the device after a heartbeat that was sent by its own clock; refused numbers add up."""
    offset_s = round((now - sent_at).total_seconds(), 1)
    # What it used before its first heartbeat may have been sent under an earlier enrolment.
    numbers = begin_count(device.numbers, heartbeat.last_seq)
    known = wanted(numbers, (*device.refused, *refused))[-MAX_REFUSED:]
    return replace(device, heartbeat=heartbeat, heard_at=now, clock_offset_s=offset_s, refused=known, numbers=numbers)


def state(device: Device, now: datetime, silent_after: timedelta) -> DeviceState:
    """Return how the device is: silent when neither heartbeat nor scan came for so long."""
    if device.revoked:
        return DeviceState.REVOKED
    return DeviceState.SILENT if now - device.heard_at >= silent_after else DeviceState.ACTIVE


def clock_is_wrong(device: Device) -> bool:
    """Whether the device's clock is off by more than 30 seconds, either way."""
    return abs(device.clock_offset_s or 0.0) > CLOCK_TOLERANCE.total_seconds()


def silence(device: Device) -> Finding:
    """Return that the device is silent: one episode lasts until its next sign of life."""
    since = device.heard_at.isoformat()
    return Finding(AlertRule.SILENT, since, f"since {since}")


def gap(lost: Sequence[Gap]) -> Finding:
    """Return that scans of the device are lost: an alert names each number once."""
    return Finding(AlertRule.GAP, str(lost[0].first), in_words(lost))


def wrong_clock(device: Device, now: datetime, zone: tzinfo) -> Finding:
    """Return that the device's clock is wrong: one episode is a day of the city."""
    return Finding(AlertRule.CLOCK, now.astimezone(zone).date().isoformat(), f"offset_s {device.clock_offset_s}")
