"""Journeys home (返程人员登记): which dates can be meant, and the risk of an origin (R1.6)."""

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from services.registration.domain.legs import Leg
from services.registration.domain.risk_lists import Assessment
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.base.private import PRIVATE, SEALED
from shared.events.registration import Risk

JOURNEY_MAX_DAYS_APART = 60
JOURNEY_MAX_DAYS = 30
WATCHED_DAYS = 14  # after the arrival; then a journey is past


class JourneyState(StrEnum):
    """Where a journey stands: before, in or after the time in which it counts, or taken back."""

    PLANNED = "planned"
    CURRENT = "current"
    PAST = "past"
    CANCELLED = "cancelled"
    REFUSED = "refused"


@dataclass(frozen=True)
class Declaration:
    """A journey home as declared (R1.6); `origin_region` is `province/city/...`.

    `legs` state it by the hour; `contact` is a phone by which the traveller is reached under way.
    """

    journey_id: str
    resident_id: str
    origin_region: str
    departs_on: date
    arrives_on: date
    route: str = field(default="", metadata=SEALED)
    transport: str = field(default="", metadata=SEALED)
    plate: str = field(default="", metadata=PRIVATE)
    contact: str = field(default="", metadata=SEALED)
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True)
class Reassessment:
    """How a list changed the risk of a declared journey: by which region of the list of which day."""

    at: datetime
    before: Risk
    risk: Risk
    list_date: date | None
    region: str


@dataclass(frozen=True, kw_only=True)
class Journey(Declaration):
    """A declared journey; the store keeps its plate sealed.

    `risk` is the most severe of its stays, by `risk_region` on the list of `risk_list_date`; `reassessed` are the
    changes that later lists made.

    `stated_by` is the official on whose word alone its days rest; None where the resident stated them. `confirmed_by`
    is the second person; or another official has `refused_by`, with the reason `refusal`: it is cancelled then.
    """

    household_id: str
    area_path: str
    risk: Risk
    risk_list_date: date | None
    risk_region: str = ""
    reassessed: tuple[Reassessment, ...] = ()
    declared_by: str
    declared_at: datetime
    cancelled: bool = False
    stated_by: str | None = None
    confirmed_by: str | None = None
    refused_by: str | None = None
    refused_at: datetime | None = None
    refusal: str = field(default="", metadata=SEALED)

    @property
    def rests_on_one(self) -> bool:
        """Whether it rests on the word of one official that no second person has confirmed or refused."""
        return self.stated_by is not None and self.confirmed_by is None and not self.cancelled

    @property
    def risk_turn(self) -> int:
        """How often its risk has become high again after it had fallen: each time is followed by a case of its own."""
        rises = sum(one.risk is Risk.HIGH for one in self.reassessed)
        began_high = bool(self.reassessed) and self.reassessed[0].before is Risk.HIGH
        return rises if began_high else max(0, rises - 1)

    @property
    def declaration(self) -> Declaration:
        """What was declared."""
        return Declaration(*(getattr(self, one.name) for one in fields(Declaration)))


def reassess(journey: Journey, risk: Assessment, now: datetime) -> Journey:
    """Return the journey with another risk, and the step by which it came."""
    step = Reassessment(now, journey.risk, risk.risk, risk.list_date, risk.region)
    return replace(
        journey,
        risk=risk.risk,
        risk_list_date=risk.list_date,
        risk_region=risk.region,
        reassessed=(*journey.reassessed, step),
    )


def check_journey(departs_on: date, arrives_on: date, today: date) -> None:
    """Raise `ValueError` when the dates of a journey cannot be meant."""
    if arrives_on < departs_on:
        raise ValueError("the arrival lies before the departure")
    if (arrives_on - departs_on).days > JOURNEY_MAX_DAYS:
        raise ValueError(f"a journey home takes at most {JOURNEY_MAX_DAYS} days")
    if abs((arrives_on - today).days) > JOURNEY_MAX_DAYS_APART:
        raise ValueError(f"the arrival must lie within {JOURNEY_MAX_DAYS_APART} days of today")


def counts_from(arrives_on: date, days_before: int) -> date:
    """Return the day from which the colour rests on a journey."""
    return arrives_on - timedelta(days=days_before)


def begins_at(arrives_on: date, days_before: int, zone: tzinfo) -> datetime:
    """Return the instant from which the colour rests on a journey: the midnight with which that day begins."""
    return datetime.combine(counts_from(arrives_on, days_before), time.min, zone)


def require_ahead(journey: Journey, today: date, days_before: int) -> None:
    """Raise `Conflict` when a journey can no longer be changed: cancelled, or its arrival is near."""
    if journey.cancelled:
        raise Conflict("registration.journey_cancelled", "The journey is cancelled: declare the new one")
    begins_on = counts_from(journey.arrives_on, days_before)
    if today >= begins_on:
        text = f"The colour rests on the journey since {begins_on}: ask the community, which corrects case and colour"
        raise Conflict("registration.journey_near", text, begins_on=begins_on.isoformat())


def state_of(journey: Journey, today: date, days_before: int) -> JourneyState:
    """Return where a journey stands on a day."""
    if journey.cancelled:
        return JourneyState.REFUSED if journey.refused_by else JourneyState.CANCELLED
    if today < counts_from(journey.arrives_on, days_before):
        return JourneyState.PLANNED
    return JourneyState.CURRENT if today <= journey.arrives_on + timedelta(days=WATCHED_DAYS) else JourneyState.PAST


def falls_back_at(journey: Journey, days_before: int, zone: tzinfo, within: timedelta) -> datetime | None:
    """Return when the colour falls back unless a second person confirms the journey; None where none rests on it.

    A high risk gives no colour by itself: it opens a case, which is confirmed in isolation.
    """
    if not journey.rests_on_one or journey.risk is not Risk.MEDIUM:
        return None
    return max(journey.declared_at, begins_at(journey.arrives_on, days_before, zone)) + within


def check_second(journey: Journey, by: str) -> None:
    """Raise `Conflict` where a person may not be the second one to confirm or refuse a journey."""
    if journey.cancelled:
        raise Conflict("registration.journey_cancelled", "The journey is cancelled: declare the new one")
    if not journey.rests_on_one:
        text = (
            "The journey waits for no second person: the resident declared it, or it is confirmed. Who holds it for"
            " wrong corrects the case in isolation, or decides the resident's appeal"
        )
        raise Conflict("registration.journey_settled", text)
    if same_person(by, journey.stated_by) or same_person(by, journey.declared_by):
        text = "The person who declared a journey does not confirm or refuse it: ask a colleague"
        raise Conflict("registration.own_journey", text)
