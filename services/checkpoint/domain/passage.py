"""A passage: as it goes on the bus, the same JSON as `PassageRecorded` but forty times faster, and as it is stored."""

from datetime import datetime, timedelta
from typing import Self
from zlib import crc32

import msgspec

from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Override
from shared.base.temperature import tenths
from shared.events.checkpoint import CredentialKind, Direction, Mode, PassageRecorded, Verdict

_PRECISION = timedelta(milliseconds=2)  # the store keeps whole milliseconds, an event more


class Passage(msgspec.Struct, omit_defaults=True):
    """The fields of `PassageRecorded`; the scan path makes one for every scan."""

    subject: str
    scan_id: str
    gate_id: str
    area_path: str
    device_id: str
    seq: int
    at: datetime
    received_at: datetime
    direction: Direction
    credential_kind: CredentialKind
    verdict: Verdict
    resident_id: str | None = None
    reasons: tuple[Reason, ...] = ()
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE
    standing_as_of: datetime | None = None
    checkpoint_id: str | None = None
    clock_offset_s: float | None = None
    vehicle_scan_id: str | None = None
    permit_id: str | None = None
    override: Override | None = None
    named: bool = False
    answered: Verdict | None = None
    revealed: tuple[str, ...] = ()


class StoredPassage(msgspec.Struct, frozen=True):
    """A passage in the store; `also_told` are the verdicts on the same scan when a device sent it again.

    `repeat_of` is the scan of which this one is a repeat, within seconds: the two are one crossing.

    A reason and an override are texts: a newer version may have added some. The recorder makes thousands a second.
    """

    scan_id: str
    subject: str
    gate_id: str
    area_path: str
    device_id: str
    seq: int
    at: datetime
    received_at: datetime
    direction: Direction
    credential_kind: CredentialKind
    resident_id: str | None
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE
    standing_as_of: datetime | None = None
    checkpoint_id: str | None = None
    clock_offset_s: float | None = None
    vehicle_scan_id: str | None = None
    permit_id: str | None = None
    override: str | None = None
    named: bool = False
    also_told: tuple[str, ...] = ()
    revealed: tuple[str, ...] = ()
    repeat_of: str | None = None

    @classmethod
    def of(cls, event: PassageRecorded) -> Self:
        """Return the passage that an event carries."""
        return cls(  # in the order of its fields: names cost as much again
            event.scan_id,
            event.subject,
            event.gate_id,
            event.area_path,
            event.device_id,
            event.seq,
            event.at,
            event.received_at,
            event.direction,
            event.credential_kind,
            event.resident_id,
            event.verdict,
            event.reasons,
            event.temperature_c,
            event.mask,
            event.mode,
            event.standing_as_of,
            event.checkpoint_id,
            event.clock_offset_s,
            event.vehicle_scan_id,
            event.permit_id,
            event.override,
            event.named,
            (event.answered.value,) if event.answered else (),
            event.revealed,
        )


def partition_of(subject: bytes, partitions: int) -> int:
    """Return in which of so many partitions a subject's passages lie: by CRC-32, as librdkafka's `consistent` does."""
    return crc32(subject) % partitions


def same_scan(stored: StoredPassage, again: StoredPassage) -> bool:
    """Whether two passages with one scan id are the same scan, sent again; if not, a device has used the id twice.

    Compared is what the device sent. Not whose it was, which may be known later, nor how it was decided: a device that
    asked without an answer decides by itself, and sends the scan again as such.
    """
    residents = {stored.resident_id, again.resident_id} - {None}
    return (
        stored.gate_id == again.gate_id
        and stored.seq == again.seq
        and stored.direction == again.direction
        and stored.credential_kind == again.credential_kind
        and _same_temperature(stored.temperature_c, again.temperature_c)
        and stored.mask == again.mask
        and abs(_device_time(stored) - _device_time(again)) < _PRECISION
        and len(residents) < 2
    )


def _same_temperature(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and tenths(one) == tenths(other))


def _device_time(passage: StoredPassage) -> datetime:
    """Return the time by the device's clock: the correction is another each time that the device sends."""
    return passage.at - timedelta(seconds=passage.clock_offset_s) if passage.clock_offset_s else passage.at
