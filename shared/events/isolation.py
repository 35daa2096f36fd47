"""What isolation publishes: cases and measurements."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.log_head import LogHead
from shared.envelope.open_enum import OpenEnum

CASES = "isolation.cases.v1"
MEASUREMENTS = "isolation.measurements.v1"
LOG_HEADS = "isolation.log-heads.v1"


class CaseKind(OpenEnum):
    """Where a person is isolated (R3.1)."""

    HOME = "home"
    CENTRAL = "central"


class CaseState(OpenEnum):
    """Where a case stands."""

    OBSERVING = "observing"
    REFERRED = "referred"
    RELEASE_REQUESTED = "release_requested"
    RELEASED = "released"
    CANCELLED = "cancelled"
    PLANNED = "planned"  # has not begun: the person is on the way home and is not isolated yet


ENDED = frozenset({CaseState.RELEASED, CaseState.CANCELLED})


class Ladder(StrEnum):
    """Who gets a message of a missed report, in this order (R3.4)."""

    PERSON = "person"
    KEEPER = "keeper"
    DOCTOR = "doctor"


class HalfDay(StrEnum):
    """One of the two measurements of a day (R3.3)."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Waiver(StrEnum):
    """Why a measurement was never taken, by a doctor or a policy (R3.6)."""

    ORDERED_LATE = "ordered_late"
    AT_CLINIC = "at_clinic"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_THERMOMETER = "no_thermometer"
    OTHER = "other"


class CaseHandover(BaseModel):
    """The door to which a person has moved whose case is being handed over, and since when."""

    model_config = ConfigDict(frozen=True)

    to_area_path: str
    to_household_id: str
    since: datetime


class CaseEvent(Event, topic=CASES, key="case_id", compacted=True, base=True):
    """The public state of a case after what happened to it.

    `starts_on` is day 0 of isolation, `ends_on` the last day, both inclusive, in the city's own days. `reason` is a
    word that rules may rest on (`doctors_order`, `high_risk_arrival`, `fever_at_desk`); a doctor's own text is in no
    event.

    `area_path` and `household_id` are those of the door whose community has the case: during a `handover` the old door.

    `proposed_by` is the one person on whose word the case rests, `confirmed_by` the second person, without whom it ends
    within hours; without `proposed_by` it rests on evidence, or it is of an earlier version.
    """

    case_id: str
    resident_id: str
    household_id: str
    area_path: str
    kind: CaseKind
    reason: str
    starts_on: date
    ends_on: date
    keeper_id: str | None = None
    doctor_id: str | None = None
    state: CaseState | None = None
    approved_by: str | None = None
    notice_id: str | None = None
    released_on: date | None = None
    handover: CaseHandover | None = None
    proposed_by: str | None = None
    confirmed_by: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the case is over; events from before they carried `state` show it by their types."""
        return self.state in ENDED if self.state else isinstance(self, CaseReleased | CaseCancelled)

    @property
    def is_planned(self) -> bool:
        """Whether the case has not begun: the person is not isolated yet."""
        return self.state is CaseState.PLANNED

    @property
    def home(self) -> tuple[str, str]:
        """The household and the path of the door where the person lives, also before the handover is accepted."""
        if self.handover:
            return self.handover.to_household_id, self.handover.to_area_path
        return self.household_id, self.area_path


class CasePlanned(CaseEvent):
    """A journey from a high-risk region will end here: the case begins shortly before. Again, when its days change."""


class CasePlanDropped(CaseEvent):
    """The case does not begin: the journey was cancelled, or another case of the resident lasts as long."""


class CaseOpened(CaseEvent):
    """Isolation was ordered, or a planned case begins."""


class CaseConfirmed(CaseEvent):
    """A second person confirmed what one person had ordered or declared."""


class CaseExtensionAsked(CaseEvent):
    """One person asks that the case lasts longer: it does once a second person confirms it. `ends_on` stays."""


class CaseExtended(CaseEvent):
    """The case lasts longer: `ends_on` is the new one."""


class CaseReferred(CaseEvent):
    """The person was sent to a fever clinic (R3.5)."""


class CaseReturned(CaseEvent):
    """The person came back from the clinic to observation."""


class ReleaseRequested(CaseEvent):
    """Days done and measurements complete: the level above is asked to approve (R3.6)."""


class ReleaseHeld(CaseEvent):
    """Days done, but that many measurements were never taken: the doctor states why. Published daily (R3.6)."""

    missing: int


class CaseReleased(CaseEvent):
    """The release was approved."""

    approved_by: str
    notice_id: str


class CaseCancelled(CaseEvent):
    """The order was a mistake and is withdrawn."""


class CaseBreached(CaseEvent):
    """The person was at a gate (R3.8)."""

    alert_id: str
    gate_id: str
    at: datetime


class CaseMoved(CaseEvent):
    """The person lives behind another door of the same community."""


class CaseRelocated(CaseEvent):
    """The place of the door has moved with the household behind it: nothing else has changed."""


class CaseHandoverStarted(CaseEvent):
    """The person lives in another community, which is asked to accept the case. Again, when the person moves on."""


class CaseHandedOver(CaseEvent):
    """The new community accepted the case; `from_` names whose it was."""

    from_area_path: str
    from_keeper_id: str | None = None


class CaseHandoverRefused(CaseEvent):
    """The new community refused the case: the old one goes on with it."""


class CaseHandoverWithdrawn(CaseEvent):
    """The person moved back into the old community before the new one accepted the case."""


class MeasurementEvent(Event, topic=MEASUREMENTS, key="case_id", base=True):
    """What every event of a measurement carries; an `extra` reading is no half day's measurement."""

    case_id: str
    resident_id: str
    area_path: str
    day: date
    half_day: HalfDay
    keeper_id: str | None = None
    doctor_id: str | None = None
    extra: bool = False


class MeasurementReported(MeasurementEvent):
    """A temperature in degrees Celsius was reported for that half day."""

    temperature_c: float
    symptoms: tuple[str, ...] = ()
    reported_by: str


class MeasurementMissed(MeasurementEvent):
    """No report came; `step` names who gets a message now."""

    step: Ladder
    due_at: datetime


class MeasurementWaived(MeasurementEvent):
    """No report came or could come, for a stated cause: the release does not wait for it (R3.6)."""

    cause: Waiver
    waived_by: str


class FeverReported(MeasurementEvent):
    """A report over the threshold: referral follows (R3.5)."""

    temperature_c: float
    reported_by: str | None = None


class SymptomsReported(MeasurementEvent):
    """A report names symptoms."""

    symptoms: tuple[str, ...]


class LogHeadPublished(LogHead, topic=LOG_HEADS, key="day", compacted=True):
    """How far the log of acts had come at the beginning of a day."""
