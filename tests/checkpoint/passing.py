"""Passages as they come to the recorder, for tests of what it makes of them."""

from datetime import datetime, timedelta
from typing import Any

from shared.base.ids import new_id
from shared.events.checkpoint import CredentialKind, Direction, PassageRecorded, Verdict
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW

OTHER_GATE = "gate-p09"
OTHER_PATH = f"{AREA}/a2/g09/p09"
THERE = {"gate_id": OTHER_GATE, "area_path": OTHER_PATH}


def passage(resident: str | None, at: datetime, **more: Any) -> PassageRecorded:
    """Return a passage of a resident, or of a stranger, into the compound through its gate."""
    scan_id = new_id()
    fields: dict[str, Any] = {
        "subject": resident or scan_id,
        "scan_id": scan_id,
        "gate_id": GATE,
        "area_path": COMPOUND,
        "device_id": "device-1",
        "seq": 1,
        "at": at,
        "received_at": at,
        "direction": Direction.IN,
        "credential_kind": CredentialKind.CARD if resident else CredentialKind.VISITOR,
        "resident_id": resident,
        "verdict": Verdict.ALLOW,
    }
    return PassageRecorded(**fields | more)


def ago(minutes: float) -> datetime:
    """Return the time so many minutes ago."""
    return NOW - timedelta(minutes=minutes)
