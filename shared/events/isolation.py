"""What isolation publishes: cases and measurements."""

from datetime import date, datetime
from enum import StrEnum

from shared.envelope.event import Event

CASES = "isolation.cases.v1"
MEASUREMENTS = "isolation.measurements.v1"


class CaseKind(StrEnum):
    """Where somebody is isolated (R3.1)."""

    HOME = "home"
    CENTRAL = "central"


class Ladder(StrEnum):
    """Who is told of a missed report, in this order (R3.4)."""

    PERSON = "person"
    KEEPER = "keeper"
    DOCTOR = "doctor"


class HalfDay(StrEnum):
    """One of the two measurements of a day (R3.3)."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Waiver(StrEnum):
    """Why a measurement was never taken, as a doctor or a policy says (R3.6)."""

    ORDERED_LATE = "ordered_late"
    AT_CLINIC = "at_clinic"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_THERMOMETER = "no_thermometer"
    OTHER = "other"


class _Case(Event):
    """`starts_on` is day 0 of isolation, `ends_on` the last day, both inclusive, in the city's own days.

    `reason` is a word that rules may rest on (`doctors_order`, `high_risk_arrival`); a doctor's own text stays at home.
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


class CaseOpened(_Case, topic=CASES, key="case_id"):
    """Isolation was ordered."""


class CaseExtended(_Case, topic=CASES, key="case_id"):
    """The case lasts longer: `ends_on` is the new one."""


class CaseReferred(_Case, topic=CASES, key="case_id"):
    """The person was sent to a fever clinic (R3.5)."""


class CaseReturned(_Case, topic=CASES, key="case_id"):
    """The person came back from the clinic to observation."""


class ReleaseRequested(_Case, topic=CASES, key="case_id"):
    """Days done and measurements complete: the level above is asked to approve (R3.6)."""


class ReleaseHeld(_Case, topic=CASES, key="case_id"):
    """Days done, but that many measurements were never taken: the doctor says why. Told daily (R3.6)."""

    missing: int


class CaseReleased(_Case, topic=CASES, key="case_id"):
    """The release was approved."""

    approved_by: str
    notice_id: str


class CaseCancelled(_Case, topic=CASES, key="case_id"):
    """The order was a mistake and is withdrawn."""


class CaseBreached(_Case, topic=CASES, key="case_id"):
    """The person was seen at a gate (R3.8)."""

    alert_id: str
    gate_id: str
    at: datetime


class _Measurement(Event):
    case_id: str
    resident_id: str
    area_path: str
    day: date
    half_day: HalfDay
    keeper_id: str | None = None
    doctor_id: str | None = None


class MeasurementReported(_Measurement, topic=MEASUREMENTS, key="case_id"):
    """A temperature in degrees Celsius was reported for that half day."""

    temperature_c: float
    symptoms: tuple[str, ...] = ()
    reported_by: str


class MeasurementMissed(_Measurement, topic=MEASUREMENTS, key="case_id"):
    """No report came; `step` says who is told now."""

    step: Ladder
    due_at: datetime


class MeasurementWaived(_Measurement, topic=MEASUREMENTS, key="case_id"):
    """No report came or could come, and somebody said why: the release does not wait for it (R3.6)."""

    cause: Waiver
    waived_by: str


class FeverReported(_Measurement, topic=MEASUREMENTS, key="case_id"):
    """A report over the threshold: referral follows (R3.5)."""

    temperature_c: float


class SymptomsReported(_Measurement, topic=MEASUREMENTS, key="case_id"):
    """A report names symptoms."""

    symptoms: tuple[str, ...]
