"""Rules of measurements: half days, reports, waivers, and the ladder of a missed report (R3.3 to R3.6)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from services.isolation.domain.cases import OPEN, START_WITHIN, Case
from shared.base.errors import Conflict, Invalid
from shared.base.private import SEALED
from shared.base.temperature import exceeds, lies_within
from shared.events.isolation import HalfDay, Ladder, Waiver

FEVER_OVER_C = 37.3
# The same values by the same person within this time are one report that was sent twice.
SAME_REPORT_WITHIN = timedelta(minutes=10)
TEMPERATURE_RANGE_C = (30.0, 45.0)
# A half day's report may be given from `OPENS` and is due at `DUE`, in the city's own time (R3.3).
OPENS = {HalfDay.MORNING: time(6), HalfDay.AFTERNOON: time(12)}
DUE = {HalfDay.MORNING: time(10), HalfDay.AFTERNOON: time(16)}
# How long after a report was due each person gets a message (R3.4).
LADDER = ((Ladder.PERSON, timedelta()), (Ladder.KEEPER, timedelta(hours=2)), (Ladder.DOCTOR, timedelta(hours=4)))
# The refusal of a report in degrees Fahrenheit states the degrees Celsius.
FAHRENHEIT_RANGE = (86.0, 113.0)


class Symptom(StrEnum):
    """What a person may report besides the temperature (R3.5)."""

    FEVER = "fever"
    COUGH = "cough"
    SHORTNESS_OF_BREATH = "shortness_of_breath"
    FATIGUE = "fatigue"
    SORE_THROAT = "sore_throat"
    LOSS_OF_TASTE = "loss_of_taste"
    DIARRHOEA = "diarrhoea"
    MUSCLE_PAIN = "muscle_pain"


@dataclass(frozen=True)
class Slot:
    """One of the two measurements of a day."""

    day: date
    half_day: HalfDay

    @property
    def key(self) -> str:
        """The slot within its case."""
        return f"{self.day.isoformat()}/{self.half_day.value}"

    def opens_at(self, zone: tzinfo) -> datetime:
        """When its report may first be given."""
        return datetime.combine(self.day, OPENS[self.half_day], zone)

    def due_at(self, zone: tzinfo) -> datetime:
        """When its report is due."""
        return datetime.combine(self.day, DUE[self.half_day], zone)


@dataclass(frozen=True)
class Report:
    """A temperature in degrees Celsius (None: none was taken) and symptoms, as reported."""

    temperature_c: float | None
    symptoms: tuple[Symptom, ...]
    reported_by: str
    reported_at: datetime

    @property
    def is_alarming(self) -> bool:
        """Whether it names a fever or symptoms, which send the person to a fever clinic (R3.5)."""
        return is_fever(self.temperature_c) or bool(self.symptoms)


@dataclass(frozen=True)
class Waived:
    """Why a measurement was never taken, by which doctor or policy."""

    cause: Waiver
    by: str
    at: datetime
    note: str = field(default="", metadata=SEALED)


@dataclass(frozen=True)
class Measurement:
    """A measurement of a case: planned, and then reported or waived; not `asked` for is a report beyond the plan.

    `extra`: an additional reading, which is no half day's measurement.
    """

    measurement_id: str
    case_id: str
    resident_id: str
    area_path: str
    day: date
    half_day: HalfDay
    due_at: datetime
    keeper_id: str | None = None
    asked: bool = True
    extra: bool = False
    temperature_c: float | None = None
    symptoms: tuple[Symptom, ...] = ()
    reported_by: str | None = None
    reported_at: datetime | None = None
    waived: Waived | None = None

    @property
    def slot(self) -> Slot:
        """Its half day."""
        return Slot(self.day, self.half_day)

    @property
    def is_missing(self) -> bool:
        """Whether it has neither a report nor a waiver."""
        return self.reported_at is None and self.waived is None

    def repeats(self, report: Report) -> bool:
        """Whether the report equals the present one, by the same person."""
        present = (self.temperature_c, self.symptoms, self.reported_by)
        given = (report.temperature_c, report.symptoms, report.reported_by)
        return self.reported_at is not None and present == given


def measurement_id(case_id: str, slot: Slot) -> str:
    """Return the id of a case's measurement."""
    return f"{case_id}/{slot.key}"


def planned(case: Case, slot: Slot, zone: tzinfo, asked: bool = True) -> Measurement:
    """Return a measurement that was neither reported nor waived."""
    return Measurement(
        measurement_id=measurement_id(case.case_id, slot),
        case_id=case.case_id,
        resident_id=case.resident_id,
        area_path=case.area_path,
        day=slot.day,
        half_day=slot.half_day,
        due_at=slot.due_at(zone).astimezone(UTC),
        keeper_id=case.keeper_id,
        asked=asked,
    )


def counts_for(slot: Slot, case: Case, report: Report, zone: tzinfo) -> bool:
    """Whether a report is the measurement of that half day; else it is stored as an additional reading.

    It is if the half day lies in an open case and has opened, and a temperature was taken.
    """
    lies_in_case = case.state in OPEN and slot.day >= case.starts_on
    return lies_in_case and report.temperature_c is not None and report.reported_at >= slot.opens_at(zone)


def additional(case: Case, named: Slot | None, reading_id: str, at: datetime, zone: tzinfo) -> Measurement:
    """Return an additional reading, without its report.

    It is of the named half day if that has opened and can be meant, else of the half day in which it is reported.
    """
    slot = slot_at(at, zone)
    if named and named.day >= case.starts_on - START_WITHIN[0] and named.opens_at(zone) <= at:
        slot = named
    row = planned(case, slot, zone, asked=False)
    return replace(row, measurement_id=f"{row.measurement_id}/{reading_id}", extra=True, due_at=at)


def reported(measurement: Measurement, report: Report, case: Case) -> Measurement:
    """Return the measurement with a report, which ends a waiver; keeper and area are those of the case now."""
    return replace(
        measurement,
        area_path=case.area_path,
        keeper_id=case.keeper_id,
        temperature_c=report.temperature_c,
        symptoms=report.symptoms,
        reported_by=report.reported_by,
        reported_at=report.reported_at,
        waived=None,
    )


def slots(after: date, until: date) -> Iterator[Slot]:
    """Yield the measurements of the days after `after`, up to and with `until`, in order."""
    for day in range(1, (until - after).days + 1):
        for half_day in HalfDay:
            yield Slot(after + timedelta(days=day), half_day)


def slot_at(now: datetime, zone: tzinfo) -> Slot:
    """Return the measurement that a report given now is for."""
    local = now.astimezone(zone)
    half_day = HalfDay.AFTERNOON if local.time() >= OPENS[HalfDay.AFTERNOON] else HalfDay.MORNING
    return Slot(local.date(), half_day)


def check_temperature(temperature_c: float) -> None:
    """Raise `Invalid` when that cannot be a person's temperature in degrees Celsius."""
    if lies_within(temperature_c, TEMPERATURE_RANGE_C):
        return
    text = f"{temperature_c} is not a body temperature in degrees Celsius: measure again"
    if FAHRENHEIT_RANGE[0] <= temperature_c <= FAHRENHEIT_RANGE[1]:
        celsius = (temperature_c - 32) * 5 / 9
        text = f"{temperature_c} looks like degrees Fahrenheit: report degrees Celsius, which would be {celsius:.1f}"
    raise Invalid("isolation.absurd_temperature", text)


def check_waiver(measurement: Measurement, now: datetime) -> None:
    """Raise `Conflict` when a measurement cannot be waived: it has a report, or it can still get one."""
    if measurement.reported_at is not None:
        raise Conflict("isolation.reported", f"{measurement.slot.key} has a report: it was measured")
    if now < measurement.due_at:
        text = f"{measurement.slot.key} can still be reported: wait until it is due"
        raise Conflict("isolation.not_due", text)


def is_fever(temperature_c: float | None) -> bool:
    """Whether it is a fever: over 37.3 degrees Celsius, in tenths, not at it (R2.3, R3.5)."""
    return temperature_c is not None and exceeds(temperature_c, FEVER_OVER_C)


def next_step(step: Ladder, due_at: datetime) -> tuple[Ladder, datetime] | None:
    """Return the next step of the ladder of a missed report, and when it is due; None after the doctor."""
    at = [s for s, _ in LADDER].index(step) + 1
    return (LADDER[at][0], due_at + LADDER[at][1]) if at < len(LADDER) else None
