"""What checkpoint publishes: gates, passages and alerts."""

from datetime import datetime
from enum import StrEnum

from shared.envelope import Event

GATES = "checkpoint.gates.v1"
PASSAGES = "checkpoint.passages.v1"
ALERTS = "checkpoint.alerts.v1"


class Direction(StrEnum):
    """Which way somebody goes through a gate."""

    IN = "in"
    OUT = "out"


class CredentialKind(StrEnum):
    """What somebody shows at a gate (R2.2)."""

    CODE = "code"
    CARD = "card"
    ID_NUMBER = "id_number"
    PLATE = "plate"
    VISITOR = "visitor"


class Mode(StrEnum):
    """How a passage was decided: by the service, by the device's last list, by signature alone, or on paper."""

    LIVE = "live"
    CACHED = "cached"
    OFFLINE = "offline"
    PAPER = "paper"


class Verdict(StrEnum):
    """What the gate is told (R2.3)."""

    ALLOW = "allow"
    DENY = "deny"
    RECHECK = "recheck"


class AlertRule(StrEnum):
    """Why an alert was raised (R2.9)."""

    FEVER = "fever"
    BREACH = "breach"
    COLOUR = "colour"
    FORGED = "forged"
    EXPIRED = "expired"


class GateDefined(Event, topic=GATES, key="gate_id", compacted=True):
    """A gate exists, or it changed; `area_path` is that of the compound or workplace it guards."""

    gate_id: str
    name: str
    area_path: str
    closed: bool = False


class PassageRecorded(Event, topic=PASSAGES, key="subject"):
    """Somebody was at a gate and this was decided. `subject` is the resident's id, else the scan's."""

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
    resident_id: str | None = None
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE
    standing_as_of: datetime | None = None


class AlertRaised(Event, topic=ALERTS, key="subject"):
    """One alert per subject, rule and episode (R2.9). `area_path` is the gate's, `home_path` the resident's."""

    alert_id: str
    subject: str
    rule: AlertRule
    resident_id: str | None = None
    scan_id: str
    gate_id: str
    area_path: str
    home_path: str | None = None
    at: datetime
    temperature_c: float | None = None
