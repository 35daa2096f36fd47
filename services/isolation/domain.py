"""Rules of isolation: days, measurements, the ladder of a missed report, and when somebody may be released."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from shared.base.errors import Conflict, Invalid
from shared.events.isolation import CaseKind, HalfDay, Ladder

FEVER_OVER_C = 37.3
TEMPERATURE_RANGE_C = (30.0, 45.0)
LENGTHS_DAYS = (7, 14)
HIGH_RISK_DAYS = 14
MAX_DAYS = 60
START_WITHIN = (timedelta(days=14), timedelta(days=30))  # before and after the day of the order
# A half day's report may be given from `OPENS` and is due at `DUE`, in the city's own time (R3.3).
OPENS = {HalfDay.MORNING: time(6), HalfDay.AFTERNOON: time(12)}
DUE = {HalfDay.MORNING: time(10), HalfDay.AFTERNOON: time(16)}
# Who is told how long after a report was due (R3.4).
LADDER = ((Ladder.PERSON, timedelta()), (Ladder.KEEPER, timedelta(hours=2)), (Ladder.DOCTOR, timedelta(hours=4)))
RELEASE_AT = time(18)
REMIND_EVERY = timedelta(days=1)
# A report in degrees Fahrenheit is told what it would be; everything else out of range only that it is none.
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


class Ground(StrEnum):
    """On what an order rests, as other services are told it."""

    DOCTORS_ORDER = "doctors_order"
    HIGH_RISK_ARRIVAL = "high_risk_arrival"


class State(StrEnum):
    """Where a case stands."""

    OBSERVING = "observing"
    REFERRED = "referred"
    RELEASE_REQUESTED = "release_requested"
    RELEASED = "released"
    CANCELLED = "cancelled"


OPEN = frozenset({State.OBSERVING, State.REFERRED, State.RELEASE_REQUESTED})


@dataclass(frozen=True)
class Case:
    """An isolation case (R3.1). `starts_on` is day 0; measurements are due on day 1 to `ends_on`, both inclusive.

    `reason` is the doctor's own text, `length_days` what was ordered at first; `ordered_by` is a person or a policy.
    """

    case_id: str
    resident_id: str
    household_id: str
    area_path: str
    kind: CaseKind
    ground: Ground
    reason: str
    starts_on: date
    length_days: int
    ends_on: date
    ordered_by: str
    state: State = State.OBSERVING
    keeper_id: str | None = None
    doctor_id: str | None = None
    breaches: tuple[str, ...] = ()
    extensions: tuple[tuple[str, int], ...] = ()  # by doctors, as id and days
    approved_by: str | None = None
    notice_id: str | None = None
    released_on: date | None = None


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


def last_day(starts_on: date, length_days: int) -> date:
    """Return the last day of isolation: `length_days` full days follow day 0."""
    if length_days not in LENGTHS_DAYS:
        allowed = " or ".join(map(str, LENGTHS_DAYS))
        raise Invalid("isolation.length", f"The length must be {allowed} days by policy, not {length_days}")
    return starts_on + timedelta(days=length_days)


def same_order(one: Case, other: Case) -> bool:
    """Whether two orders under one id say the same, whatever became of the case since."""
    names = ("resident_id", "kind", "reason", "starts_on", "length_days", "ordered_by")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def check_days(starts_on: date, ends_on: date, today: date) -> None:
    """Raise `Invalid` when a case cannot be meant to run over these days."""
    before, ahead = START_WITHIN
    if not today - before <= starts_on <= today + ahead:
        text = f"The start {starts_on} must lie within {before.days} days before and {ahead.days} after {today}"
        raise Invalid("isolation.start", text)
    if ends_on < today:
        raise Invalid("isolation.over", f"The days were over on {ends_on}: there is nothing left to order")


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
    low, high = TEMPERATURE_RANGE_C
    if low <= temperature_c <= high:
        return
    text = f"{temperature_c} is not a body temperature in degrees Celsius: measure again"
    if FAHRENHEIT_RANGE[0] <= temperature_c <= FAHRENHEIT_RANGE[1]:
        celsius = (temperature_c - 32) * 5 / 9
        text = f"{temperature_c} looks like degrees Fahrenheit: report degrees Celsius, which would be {celsius:.1f}"
    raise Invalid("isolation.absurd_temperature", text)


def check_slot(slot: Slot, case: Case, now: datetime, zone: tzinfo) -> None:
    """Raise `Conflict` when nothing can be reported for that half day: not yet, or before the case."""
    if slot.day < case.starts_on:
        text = f"The case starts on {case.starts_on}: {slot.key} lies before it, name a later 'day'"
        raise Conflict("isolation.before_case", text)
    opens_at = slot.opens_at(zone)
    if now < opens_at:
        raise Conflict("isolation.too_early", f"The report of {slot.key} opens at {opens_at:%Y-%m-%d %H:%M}: wait")


def check_waiver(slot: Slot, reported: bool, now: datetime, zone: tzinfo) -> None:
    """Raise `Conflict` when it cannot be said of a half day that it was not measured."""
    if reported:
        raise Conflict("isolation.reported", f"{slot.key} has a report: it was measured")
    if now < slot.due_at(zone):
        text = f"{slot.key} can still be reported: wait until it is due"
        raise Conflict("isolation.not_due", text)


def is_fever(temperature_c: float) -> bool:
    """Whether it is a fever: over 37.3 degrees Celsius, not at it (R2.3, R3.5)."""
    return temperature_c > FEVER_OVER_C


def next_step(step: Ladder, due_at: datetime) -> tuple[Ladder, datetime] | None:
    """Return who is told next of a missed report, and when; None after the doctor."""
    at = [s for s, _ in LADDER].index(step) + 1
    return (LADDER[at][0], due_at + LADDER[at][1]) if at < len(LADDER) else None


def release_due_at(case: Case, zone: tzinfo) -> datetime:
    """Return when the days are done: in the evening of the last day."""
    return datetime.combine(case.ends_on, RELEASE_AT, zone)


def next_reminder(due_at: datetime, now: datetime) -> datetime:
    """Return the next time, after now, to say that the days are done and the case is not; reminders never pile up."""
    return due_at + REMIND_EVERY * ((now - due_at) // REMIND_EVERY + 1)


def days_done(case: Case, now: datetime, zone: tzinfo) -> bool:
    """Whether only the measurements can still stand between the person and the release: nobody is at the clinic."""
    return case.state is State.OBSERVING and now >= release_due_at(case, zone)


def refer(case: Case) -> Case:
    """Send the person to a fever clinic."""
    return replace(case, state=State.REFERRED)


def come_back(case: Case) -> Case:
    """Take the person back from the clinic to observation."""
    if case.state is not State.REFERRED:
        raise Conflict("isolation.not_referred", f"The case is {case.state}: only one at the clinic comes back")
    return replace(case, state=State.OBSERVING)


def extend(case: Case, ends_on: date) -> Case:
    """Let the case last until a later day; a release that was asked for is asked for again then."""
    require_open(case)
    if (ends_on - case.starts_on).days > MAX_DAYS:
        text = f"A case lasts at most {MAX_DAYS} days: this one cannot end later than {longest(case)}"
        raise Invalid("isolation.too_long", text)
    state = State.REFERRED if case.state is State.REFERRED else State.OBSERVING
    return replace(case, ends_on=ends_on, state=state)


def longest(case: Case) -> date:
    """Return the last day that a case may have."""
    return case.starts_on + timedelta(days=MAX_DAYS)


def release(case: Case, approver: str, notice_id: str, on: date) -> Case:
    """Approve the release. Raises `Conflict` before it was requested, or by the person who ordered the case."""
    if case.state is not State.RELEASE_REQUESTED:
        text = f"The case is {case.state}: release needs the days done and every measurement reported or waived"
        raise Conflict("isolation.not_releasable", text)
    if approver == case.ordered_by:
        raise Conflict("isolation.own_order", "Whoever ordered the isolation does not approve its release")
    return replace(case, state=State.RELEASED, approved_by=approver, notice_id=notice_id, released_on=on)


def cancel(case: Case) -> Case:
    """Withdraw an order that was a mistake."""
    require_open(case)
    return replace(case, state=State.CANCELLED)


def require_open(case: Case) -> None:
    """Raise `Conflict` when the case has ended."""
    if case.state not in OPEN:
        raise Conflict("isolation.closed", f"The case is {case.state} and can no longer be changed: order a new one")
