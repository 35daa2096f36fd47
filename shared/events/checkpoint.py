"""What checkpoint publishes: checkpoints with their policies, gates, devices, permits, passages and alerts."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.log_head import LogHead
from shared.envelope.open_enum import OpenEnum
from shared.events.registration_exits import ExitReach
from shared.events.registration_zones import PassClass

CHECKPOINTS, GATES = "checkpoint.checkpoints.v1", "checkpoint.gates.v1"
DEVICES, PERMITS = "checkpoint.devices.v1", "checkpoint.permits.v1"
PASSAGES, ALERTS = "checkpoint.passages.v1", "checkpoint.alerts.v1"
LOG_HEADS = "checkpoint.log-heads.v1"


class Direction(StrEnum):
    """Which way a person goes through a gate."""

    IN = "in"
    OUT = "out"


class CredentialKind(StrEnum):
    """What a person shows at a gate (R2.2)."""

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
    """What the gate does with a person (R2.3)."""

    ALLOW = "allow"
    DENY = "deny"
    RECHECK = "recheck"


class AlertRule(OpenEnum):
    """Why an alert was raised (R2.9)."""

    FEVER = "fever"
    BREACH = "breach"
    COLOUR = "colour"
    FORGED = "forged"
    EXPIRED = "expired"
    REVOKED = "revoked"
    COPIED = "copied"
    REPEATED = "repeated"
    WATCHED = "watched"
    SILENT = "silent"
    GAP = "gap"
    CLOCK = "clock"
    PASSBACK = "passback"
    PROBING = "probing"
    QUOTA = "quota"
    MISUSE = "misuse"


class CheckpointKind(StrEnum):
    """What a checkpoint (卡口) guards (R2.1, R2.10)."""

    COMPOUND = "compound"
    WORKPLACE = "workplace"
    DORMITORY = "dormitory"
    VENUE = "venue"
    ROAD = "road"


class ExitRule(StrEnum):
    """Who may leave: every person, or only holders of an exit permit (a sealed compound)."""

    FREE = "free"
    PERMIT = "permit"


class VisitorRule(StrEnum):
    """Which strangers may come in: all who are measured, those registered here, or none (R2.5)."""

    MEASURED = "measured"
    REGISTERED = "registered"
    NONE = "none"


class AdmissionRule(StrEnum):
    """Whom a gate serves: every person, or those with an entry permit for it, as at an employer's gate (R2.10)."""

    ANYONE = "anyone"
    LISTED = "listed"


class ElsewhereRule(StrEnum):
    """What a gate answers to a card or number of another community: the same as to an unknown one, or what is known."""

    UNKNOWN = "unknown"
    KNOWN = "known"


class Policy(BaseModel):
    """What holds at a checkpoint from `since` on, until a later policy of it begins.

    `fever_over_c` is in degrees Celsius: over it, in tenths, and at it too where `fever_at_limit` (R2.3). A curfew is
    a pair of local times "HH:MM" within which no person leaves without a permit; it may go over midnight.
    `watched_plates` are beginnings of plates ("鄂A").
    Scans of a person at a gate, in one direction, within `repeat_within_s` seconds are one crossing (0: each counts).
    `anti_passback` raises an alert when a person comes in twice without going out. A device may scan
    `unknown_per_minute` unknown cards and numbers a minute (0: any number). A person at a second compound within
    `second_compound_minutes` is checked by hand (0: never). For the kinds in `compared_for` the keeper compares the
    person with a masked name. `quota_persons` of a household leave in `quota_days`; `reveals_outings` says who did.
    Where the gate `leads_out` of city or province, people leave by a pass that reaches so far (R1.8).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: datetime
    fever_over_c: float = 37.3
    fever_at_limit: bool = False
    mask_required: bool = True
    exits: ExitRule = ExitRule.FREE
    curfew: tuple[str, str] | None = None
    visitors: VisitorRule = VisitorRule.MEASURED
    admission: AdmissionRule = AdmissionRule.ANYONE
    watched_plates: tuple[str, ...] = ()
    repeat_within_s: int = 5
    anti_passback: bool = False
    unknown_per_minute: int = 30
    elsewhere: ElsewhereRule = ElsewhereRule.UNKNOWN
    second_compound_minutes: int = 5
    compared_for: tuple[CredentialKind, ...] = (CredentialKind.CARD, CredentialKind.ID_NUMBER)
    quota_persons: int = 0
    quota_days: int = 0
    reveals_outings: bool = False
    leads_out: ExitReach | None = None


class PermitKind(StrEnum):
    """What a permit lets through: a visitor or courier once registered, a listed person in, a resident out."""

    VISITOR = "visitor"
    ENTRY = "entry"
    EXIT = "exit"


class CheckpointDefined(Event, topic=CHECKPOINTS, key="checkpoint_id", compacted=True):
    """A checkpoint exists, or its policies changed; they are in the order of their beginnings."""

    checkpoint_id: str
    name: str
    kind: CheckpointKind
    area_path: str
    policies: tuple[Policy, ...] = ()


class GateDefined(Event, topic=GATES, key="gate_id", compacted=True):
    """A gate exists, or it changed; `area_path` is that of the compound or workplace it guards."""

    gate_id: str
    name: str
    area_path: str
    closed: bool = False
    checkpoint_id: str | None = None


class DeviceEvent(Event, topic=DEVICES, key="device_id", compacted=True, base=True):
    """The public state of a device; credentials below `serial` are no longer good, `reason` says why it was revoked."""

    device_id: str
    gate_id: str
    area_path: str
    serial: int
    reason: str | None = None

    @property
    def revoked(self) -> bool:
        """Whether the device may no longer scan."""
        return self.reason is not None or isinstance(self, DeviceRevoked)


class DeviceEnrolled(DeviceEvent):
    """A device got a credential, used a newer one for the first time, or stands elsewhere."""


class DeviceRevoked(DeviceEvent):
    """A device may no longer scan; `reason` is a code: lost, stolen, faulty or retired."""


class PermitChanged(Event, topic=PERMITS, key="permit_id", compacted=True):
    """A permit holds from `since` to `until`, or was withdrawn (R2.5, R2.10).

    A visitor's is known by the keyed hash of what is shown, a slip, an ID number or a plate (`shown_hash`), others by
    `resident_id`. It holds at one checkpoint, or anywhere within `area_path`. `serves` says how needful it is.
    """

    permit_id: str
    kind: PermitKind
    area_path: str
    checkpoint_id: str | None = None
    resident_id: str | None = None
    shown_hash: str | None = None
    since: datetime
    until: datetime
    withdrawn: bool = False
    serves: PassClass | None = None


class PassageRecorded(Event, topic=PASSAGES, key="subject"):
    """A person was at a gate and this was decided. `subject` is the resident's id, else the scan's.

    `at` is corrected by `clock_offset_s` where the device's clock was wrong by that much (positive: it was behind). Of
    those on board a vehicle each has a passage of its own, with `vehicle_scan_id`. `override` says why a person was let
    through all the same. `named`: the keeper read the person's masked name.
    `answered` is the device's verdict where it was another, as it was on hold; `revealed` who, masked, has been out.
    """

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
    checkpoint_id: str | None = None
    clock_offset_s: float | None = None
    vehicle_scan_id: str | None = None
    permit_id: str | None = None
    override: str | None = None
    named: bool = False
    answered: Verdict | None = None
    revealed: tuple[str, ...] = ()


class AlertRaised(Event, topic=ALERTS, key="subject"):
    """One alert per subject, rule and episode (R2.9). `area_path` is the gate's, `home_path` the resident's."""

    alert_id: str
    subject: str
    rule: AlertRule
    resident_id: str | None = None
    scan_id: str | None = None
    device_id: str | None = None
    gate_id: str
    area_path: str
    home_path: str | None = None
    at: datetime
    temperature_c: float | None = None
    detail: str | None = None


class AlertReviewed(Event, topic=ALERTS, key="subject"):
    """An officer reviewed an alert or an override; `outcome` is what came of it."""

    alert_id: str
    subject: str
    area_path: str
    officer: str
    outcome: str
    at: datetime


class OverrideRecorded(Event, topic=ALERTS, key="subject"):
    """A gate let a person through all the same, in an emergency; it waits for an officer's review (R2.4)."""

    override_id: str
    subject: str
    scan_id: str
    gate_id: str
    area_path: str
    device_id: str
    resident_id: str | None = None
    reason: str
    at: datetime


class LogHeadPublished(LogHead, topic=LOG_HEADS, key="day", compacted=True):
    """How far the log of acts had come at the beginning of a day."""
