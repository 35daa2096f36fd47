"""Rules of isolation cases: their days, what becomes of them, and when a person may be released."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.isolation import ENDED, CaseKind, CaseState

LENGTHS_DAYS = (7, 14)
HIGH_RISK_DAYS = 14
MAX_DAYS = 60
START_WITHIN = (timedelta(days=14), timedelta(days=30))  # before and after the day of the order
RELEASE_AT = time(18)
REMIND_EVERY = timedelta(days=1)
# The states of a case that has begun and has not ended, among those that this version knows.
OPEN = frozenset({CaseState.OBSERVING, CaseState.REFERRED, CaseState.RELEASE_REQUESTED})


class Ground(StrEnum):
    """On what an order rests: the `reason` that events carry."""

    DOCTORS_ORDER = "doctors_order"
    HIGH_RISK_ARRIVAL = "high_risk_arrival"
    FEVER_AT_DESK = "fever_at_desk"


@dataclass(frozen=True)
class Door:
    """A household and the area path of its door."""

    household_id: str
    area_path: str


@dataclass(frozen=True)
class Handover:
    """A person moved `to` another community, which has not accepted the case yet; `note` is the old staff's word."""

    to: Door
    since: datetime
    note: str = field(default="", metadata=SEALED)
    written_by: str | None = None

    @property
    def to_area_path(self) -> str:
        """The path of the new door."""
        return self.to.area_path

    @property
    def to_household_id(self) -> str:
        """The household behind the new door."""
        return self.to.household_id


@dataclass(frozen=True)
class Asked:
    """By which officer, and when, the withdrawal of a case was asked for, which a second officer decides."""

    by: str
    at: datetime


@dataclass(frozen=True)
class ExtensionAsked:
    """One person's request that a case lasts longer, which a second person decides: `days` more, or `until` a day."""

    extension_id: str
    by: str
    at: datetime
    days: int = 0
    until: date | None = None


@dataclass(frozen=True)
class Case:
    """An isolation case (R3.1). `starts_on` is day 0; measurements are due on day 1 to `ends_on`, both inclusive.

    `reason` is the doctor's own text, `length_days` what was ordered at first; `ordered_by` is a person or a policy.
    `journey_id` is that of an arrival. `proposed_by` is the one person on whose word the case rests, a doctor or who
    declared the journey of another, until a second person is `confirmed_by`; `extensions_asked` and `referral` rest on
    one person's word likewise. A case in a state that a later version added is open to readers and cannot be changed.
    """

    case_id: str
    resident_id: str
    household_id: str
    area_path: str
    kind: CaseKind
    ground: Ground
    reason: str = field(metadata=SEALED)
    starts_on: date
    length_days: int
    ends_on: date
    ordered_by: str
    state: CaseState = CaseState.OBSERVING
    keeper_id: str | None = None
    doctor_id: str | None = None
    breaches: tuple[str, ...] = ()
    extensions: tuple[tuple[str, int], ...] = ()  # by doctors, as id and days
    extensions_asked: tuple[ExtensionAsked, ...] = ()
    extended_by: str | None = None  # the second person of the last extension
    unconfirmed: tuple[Asked, ...] = ()  # whose word fell back, of the case or a referral, and when
    referral: Asked | None = None  # who else than the person alone reported what sent the person to the clinic
    approved_by: str | None = None
    notice_id: str | None = None
    released_on: date | None = None
    journey_id: str | None = None
    proposed_by: str | None = None
    confirmed_by: str | None = None
    cancellation: Asked | None = None
    has_begun: bool = True  # False for a plan, also for one that was dropped
    handover: Handover | None = None
    refused_for: Door | None = None  # the door whose community refused the case
    accepted_by: str | None = None

    @property
    def home(self) -> Door:
        """Where the person lives, also before the handover is accepted."""
        return self.handover.to if self.handover else Door(self.household_id, self.area_path)

    @property
    def is_open(self) -> bool:
        """Whether the person is isolated: the case has begun and has not ended."""
        return not self.has_ended and self.state is not CaseState.PLANNED

    @property
    def waits(self) -> bool:
        """Whether it rests on one person's word that no second person has confirmed."""
        return self.proposed_by is not None and self.confirmed_by is None and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Whether the case is over."""
        return self.state in ENDED


@dataclass(frozen=True)
class LogLine:
    """What happened to a case: the event, by which person or policy, why, and how the case stood then."""

    line_id: str
    case_id: str
    what: str
    by: str
    reason: str = field(metadata=SEALED)
    at: datetime
    state: CaseState
    ends_on: date


def last_day(starts_on: date, length_days: int) -> date:
    """Return the last day of isolation: `length_days` full days follow day 0."""
    if length_days not in LENGTHS_DAYS:
        allowed = " or ".join(map(str, LENGTHS_DAYS))
        text = f"The length must be {allowed} days by policy, not {length_days}"
        raise Invalid("isolation.length", text, allowed="、".join(map(str, LENGTHS_DAYS)))
    return starts_on + timedelta(days=length_days)


def begins_at(arrives_on: date, days_before: int, zone: tzinfo) -> datetime:
    """Return when the case of an arrival begins: at midnight in the city, that many days before the arrival."""
    return datetime.combine(arrives_on - timedelta(days=days_before), time.min, zone)


def same_order(one: Case, other: Case) -> bool:
    """Whether two orders under one id are the same, whatever became of the case since."""
    return _order(one) == _order(other)


def _order(case: Case) -> tuple[str, CaseKind, str, date, int, str]:
    return case.resident_id, case.kind, case.reason, case.starts_on, case.length_days, case.ordered_by


def check_days(starts_on: date, ends_on: date, today: date) -> None:
    """Raise `Invalid` when a case cannot be meant to run over these days."""
    before, ahead = START_WITHIN
    if not today - before <= starts_on <= today + ahead:
        text = f"The start {starts_on} must lie within {before.days} days before and {ahead.days} after {today}"
        raise Invalid("isolation.start", text, before=before.days, after=ahead.days)
    if ends_on < today:
        text = f"The days were over on {ends_on}: there is nothing left to order"
        raise Invalid("isolation.over", text, ends_on=ends_on.isoformat())


def release_due_at(case: Case, zone: tzinfo) -> datetime:
    """Return when the days are done: in the evening of the last day."""
    return datetime.combine(case.ends_on, RELEASE_AT, zone)


def next_reminder(due_at: datetime, now: datetime) -> datetime:
    """Return when, after now, the doctor is next reminded of a case that is held; reminders never pile up."""
    return due_at + REMIND_EVERY * ((now - due_at) // REMIND_EVERY + 1)


def days_done(case: Case, now: datetime, zone: tzinfo) -> bool:
    """Whether the days are over and the person is not at the clinic: only measurements may still be missing."""
    return case.state is CaseState.OBSERVING and now >= release_due_at(case, zone)


def can_refer(case: Case) -> bool:
    """Whether a fever or symptoms send the person to a fever clinic: in an open case, unless they are there already."""
    return case.state in OPEN and case.state is not CaseState.REFERRED


def refer(case: Case, by: str, now: datetime) -> Case:
    """Send the person to a fever clinic; another person's report is one person's word."""
    own = same_person(by, case.resident_id)
    return replace(case, state=CaseState.REFERRED, referral=None if own else Asked(by, now))


def come_back(case: Case) -> Case:
    """Take the person back from the clinic to observation."""
    if case.state is not CaseState.REFERRED:
        raise Conflict("isolation.not_referred", f"The case is {case.state}: only one at the clinic comes back")
    return replace(case, state=CaseState.OBSERVING, referral=None)


def extend(case: Case, ends_on: date) -> Case:
    """Let the case last until a later day; a release that was asked for is asked for again then."""
    require_open(case)
    if (ends_on - case.starts_on).days > MAX_DAYS:
        text = f"A case lasts at most {MAX_DAYS} days: this one cannot end later than {longest(case)}"
        raise Invalid("isolation.too_long", text, days=MAX_DAYS)
    state = CaseState.REFERRED if case.state is CaseState.REFERRED else CaseState.OBSERVING
    return replace(case, ends_on=ends_on, state=state)


def longest(case: Case) -> date:
    """Return the last day that a case may have."""
    return case.starts_on + timedelta(days=MAX_DAYS)


def release(case: Case, approver: str, notice_id: str, on: date) -> Case:
    """Approve the release. Raises `Conflict` before it was requested, or by the person who ordered the case."""
    if case.state is not CaseState.RELEASE_REQUESTED:
        text = f"The case is {case.state}: release needs the days done and every measurement reported or waived"
        raise Conflict("isolation.not_releasable", text)
    if same_person(approver, case.ordered_by):
        raise Conflict("isolation.own_order", "The person who ordered the isolation does not approve its release")
    released = replace(case, approved_by=approver, notice_id=notice_id, released_on=on)
    return replace(released, state=CaseState.RELEASED, handover=None, extensions_asked=(), referral=None)


def cancel(case: Case) -> Case:
    """Withdraw an order that was a mistake, or a case that has not begun."""
    if case.state is not CaseState.PLANNED:
        require_open(case)
    return replace(case, state=CaseState.CANCELLED, handover=None, extensions_asked=(), referral=None)


def require_open(case: Case) -> None:
    """Raise `Conflict` when the case has not begun or has ended."""
    if case.state is CaseState.PLANNED:
        text = f"The case is planned for {case.starts_on} and has not begun: withdraw it, or order one that begins now"
        raise Conflict("isolation.not_begun", text, starts_on=case.starts_on.isoformat())
    if case.state not in OPEN:
        raise Conflict("isolation.closed", f"The case is {case.state} and can no longer be changed: order a new one")
