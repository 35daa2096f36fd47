"""A passage as it goes on the bus: the same JSON as the contract `PassageRecorded`, written forty times faster."""

from datetime import datetime
from zlib import crc32

import msgspec

from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Override
from shared.events.checkpoint import CredentialKind, Direction, Mode, Verdict


class Passage(msgspec.Struct, omit_defaults=True):
    """What `PassageRecorded` says, field by field; the scan path makes one for every scan."""

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


def partition_of(subject: bytes, partitions: int) -> int:
    """Return in which of so many partitions a subject's passages lie: by CRC-32, as librdkafka's `consistent` does."""
    return crc32(subject) % partitions
