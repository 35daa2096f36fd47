"""Rules of isolation: days, measurements, the ladder of a missed report, and when somebody may be released."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from shared.errors import Conflict, Invalid
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
KNOWN_SYMPTOMS = frozenset(
    {"fever", "cough", "shortness_of_breath", "fatigue", "sore_throat", "loss_of_taste", "diarrhoea", "muscle_pain"}
)


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
    """An isolation case (R3.1). `starts_on` is day 0; it is measured on day 1 to `ends_on`, both inclusive."""

    case_id: str
    resident_id: str
    household_id: str
    area_path: str
    kind: CaseKind
    reason: str
    starts_on: date
    ends_on: date
    ordered_by: str
    state: State = State.OBSERVING
    keeper_id: str | None = None
    doctor_id: str | None = None
    breaches: tuple[str, ...] = ()
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


def check_start(starts_on: date, today: date) -> None:
    """Raise `Invalid` when a case cannot be meant to start that day."""
    before, ahead = START_WITHIN
    if not today - before <= starts_on <= today + ahead:
        text = f"The start {starts_on} must lie within {before.days} days before and {ahead.days} after {today}"
        raise Invalid("isolation.start", text)


def to_measure(case: Case, after: date, today: date) -> list[Slot]:
    """Return the measurements to plan for the days after `after`: what lies before today can be measured no more."""
    return list(slots(max(after, today - timedelta(days=1)), case.ends_on))


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


def check_report(slot: Slot, temperature_c: float, symptoms: Iterable[str], now: datetime, zone: tzinfo) -> None:
    """Raise `Invalid` when a report cannot be meant."""
    low, high = TEMPERATURE_RANGE_C
    if not low <= temperature_c <= high:
        text = f"{temperature_c} is not a body temperature in degrees Celsius: measure again"
        raise Invalid("isolation.absurd_temperature", text)
    if unknown := set(symptoms) - KNOWN_SYMPTOMS:
        known = ", ".join(sorted(KNOWN_SYMPTOMS))
        raise Invalid("isolation.unknown_symptom", f"Unknown symptoms {', '.join(sorted(unknown))}: use {known}")
    if now < slot.opens_at(zone):
        raise Conflict("isolation.too_early", f"The report of {slot.key} opens at {slot.opens_at(zone).isoformat()}")


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


def may_request_release(case: Case, unreported: int, now: datetime, zone: tzinfo) -> bool:
    """Whether the level above is to be asked: days done, every measurement there, nobody at the clinic (R3.6)."""
    return case.state is State.OBSERVING and unreported == 0 and now >= release_due_at(case, zone)


def refer(case: Case) -> Case:
    """Send the person to a fever clinic."""
    return replace(case, state=State.REFERRED)


def come_back(case: Case) -> Case:
    """Take the person back from the clinic to observation."""
    if case.state is not State.REFERRED:
        raise Conflict("isolation.not_referred", f"The case is {case.state}: only one at the clinic comes back")
    return replace(case, state=State.OBSERVING)


def extend(case: Case, days: int) -> Case:
    """Let the case last `days` longer."""
    require_open(case)
    ends_on = case.ends_on + timedelta(days=days)
    if days <= 0 or (ends_on - case.starts_on).days > MAX_DAYS:
        raise Invalid("isolation.length", f"The case may last at most {MAX_DAYS} days: {days} more are too many")
    return replace(case, ends_on=ends_on, state=State.OBSERVING if case.state is not State.REFERRED else case.state)


def release(case: Case, approver: str, notice_id: str, on: date) -> Case:
    """Approve the release. Raises `Conflict` before it was requested, or by the person who ordered the case."""
    if case.state is not State.RELEASE_REQUESTED:
        text = f"The case is {case.state}: release needs the days done and every measurement reported"
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
        raise Conflict("isolation.closed", f"The case is {case.state} and can no longer be changed")
