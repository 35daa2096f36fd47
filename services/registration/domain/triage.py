"""Triage desks (分诊台): who is on duty, what is recorded of a person, and what is to be done next (R1.11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.registration.domain.journeys import Declaration
from shared.base.errors import Invalid
from shared.base.persons import same_person
from shared.base.private import PRIVATE
from shared.base.temperature import exceeds, lies_within
from shared.events.registration import Risk
from shared.events.registration_desks import DeskSymptom

TEMPERATURE_RANGE_C = (30.0, 45.0)
CARD_DIGITS = 12


@dataclass(frozen=True)
class FeverPolicy:
    """From which temperature on a person at a desk has a fever, since a day of the city; `at_limit`: the limit too."""

    since: date
    over_c: float
    at_limit: bool
    source: str


FEVER_POLICIES: Sequence[FeverPolicy] = (
    FeverPolicy(date(2020, 1, 1), 37.3, False, "社区疫情防控体温监测（示例）：超过37.3℃为发热"),
)


def fever_policy(day: date, policies: Sequence[FeverPolicy] = FEVER_POLICIES) -> FeverPolicy:
    """Return the policy of a day; before the first one begins, the first."""
    return max((one for one in policies if one.since <= day), key=lambda one: one.since, default=policies[0])


@dataclass(frozen=True)
class Desk:
    """A desk at a place, and who is on duty there by the subjects of their tokens."""

    desk_id: str
    area_path: str
    name: str
    staff: tuple[str, ...] = ()
    closed: bool = False

    def is_on_duty(self, subject: str) -> bool:
        """Whether a member of staff registers people here."""
        return not self.closed and any(same_person(one, subject) for one in self.staff)


class Outcome(StrEnum):
    """Whose file it became: a new one, one of this office, or one that another office examines."""

    NEW = "new"
    KNOWN = "known"
    EXAMINED = "examined"


class CardGiven(StrEnum):
    """Which card the person got: none, one whose number the desk makes, or a blank one that was there."""

    NONE = "none"
    MADE = "made"
    BLANK = "blank"


class NextStep(StrEnum):
    """What the person at the desk does next."""

    CLINIC = "clinic"
    ISOLATE = "isolate"
    WATCH = "watch"
    EXAMINED = "examined"
    CARD = "card"
    HOME = "home"


@dataclass(frozen=True)
class Triage:
    """What was recorded of a person at a desk; `stated` is the keyed hash of the whole call, by which it is known.

    `area_path` is the person's door; where another office examines who the person is, it is the desk's place.
    """

    triage_id: str
    desk_id: str
    desk_path: str
    area_path: str
    outcome: Outcome
    reported_by: str
    at: datetime
    day: date
    stated: str = field(metadata=PRIVATE)
    resident_id: str | None = None
    household_id: str | None = None
    journey_id: str | None = None
    risk: Risk | None = None
    temperature_c: float | None = None
    symptoms: tuple[DeskSymptom, ...] = ()
    fever: bool = False
    fever_source: str = ""
    card: CardGiven = CardGiven.NONE

    @property
    def is_alarming(self) -> bool:
        """Whether the person goes to a fever clinic: a fever or symptoms (R3.5)."""
        return self.fever or bool(self.symptoms)

    @property
    def next_steps(self) -> list[NextStep]:
        """What the person at the desk does next, the most urgent first."""
        steps = [NextStep.CLINIC] if self.is_alarming else []
        if self.outcome is Outcome.EXAMINED:
            steps.append(NextStep.EXAMINED)
        if self.card is not CardGiven.NONE:
            steps.append(NextStep.CARD)
        if self.is_alarming:
            return steps
        if self.risk is Risk.HIGH:
            return [*steps, NextStep.ISOLATE]
        return [*steps, NextStep.WATCH if self.risk is Risk.MEDIUM else NextStep.HOME]


@dataclass(frozen=True)
class StatedDoor:
    """A door as it is stated at a desk; building and unit may be empty."""

    compound: str
    building: str
    unit: str
    room: str


@dataclass(frozen=True)
class StatedPerson:
    """Who stands at the desk: by one of `resident_id`, `id_number`, `card` and `phone`; the rest as stated, or empty.

    With an ID number that has no file here, name and door open a new one.
    """

    resident_id: str = ""
    id_number: str = ""
    card: str = ""
    phone: str = ""
    name: str = ""
    contact_phone: str = ""
    door: StatedDoor | None = None


@dataclass(frozen=True)
class StatedTriage:
    """One call of a desk: `journey` states the journey home without its ids, `blank_card` a card's printed number."""

    triage_id: str
    desk_id: str
    person: StatedPerson
    journey: Declaration | None = None
    temperature_c: float | None = None
    symptoms: tuple[DeskSymptom, ...] = ()
    issue_card: bool = True
    blank_card: str = ""


def check_temperature(temperature_c: float | None) -> None:
    """Raise `Invalid` for what no person's temperature is."""
    if temperature_c is not None and not lies_within(temperature_c, TEMPERATURE_RANGE_C):
        low, high = TEMPERATURE_RANGE_C
        text = f"The temperature must lie between {low} and {high} degrees Celsius: measure it again"
        raise Invalid("registration.triage_temperature", text, low=low, high=high)


def is_fever(temperature_c: float | None, policy: FeverPolicy) -> bool:
    """Whether a temperature is a fever by a policy."""
    return temperature_c is not None and exceeds(temperature_c, policy.over_c, policy.at_limit)


def card_number(keyed: str) -> str:
    """Return the number of a convenience card (就诊卡) from a keyed hash in hex, which no other person can guess."""
    return f"JZ{int(keyed[:24], 16) % 10**CARD_DIGITS:0{CARD_DIGITS}}"


@dataclass(frozen=True)
class DayCounts:
    """A desk's day in figures."""

    registered: int
    new_files: int
    examined: int
    journeys: int
    high_risk: int
    fevers: int
    with_symptoms: int
    cards: int


def count(triages: Iterable[Triage]) -> DayCounts:
    """Return the figures of these registrations."""
    rows = list(triages)
    return DayCounts(
        registered=len(rows),
        new_files=sum(one.outcome is Outcome.NEW for one in rows),
        examined=sum(one.outcome is Outcome.EXAMINED for one in rows),
        journeys=sum(one.journey_id is not None for one in rows),
        high_risk=sum(one.risk is Risk.HIGH for one in rows),
        fevers=sum(one.fever for one in rows),
        with_symptoms=sum(bool(one.symptoms) for one in rows),
        cards=sum(one.card is not CardGiven.NONE for one in rows),
    )
