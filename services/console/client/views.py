"""What the services answer, as far as the console's pages need it; fields that it does not know are left out."""

from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from shared.base.persons import same_person

T = TypeVar("T")
ENDED = ("released", "cancelled")  # states of a case that is over


class Page(BaseModel, Generic[T]):
    """A page of a list; `next` names the page after it."""

    items: list[T]
    next: str | None = None


class Nothing(BaseModel):
    """An answer of which the page needs nothing."""


class Counts(BaseModel):
    """How many are registered in an area."""

    households: int
    residents: int


class Named(BaseModel):
    """A resident's name, door in words and phone."""

    resident_id: str
    area_path: str
    name: str
    door: str
    phone: str | None


class Names(BaseModel):
    """Names by a batch look-up."""

    items: list[Named]


class ResidentItem(BaseModel):
    """A resident in a list."""

    resident_id: str
    household_id: str
    area_path: str
    categories: list[str]


class Resident(ResidentItem):
    """A resident file."""

    name: str
    phone: str | None
    keeper_id: str | None


class Matching(Named, ResidentItem):
    """A resident whom a search answers, with the last four digits of the ID number."""

    masked_number: str


class LookedUp(Page[Matching]):
    """A page of a search, and by what it has looked residents up."""

    looked_for: list[str]


class Standing(BaseModel):
    """A resident's colour, and why."""

    colour: str
    isolated: bool
    rule: str
    since: datetime
    until: datetime | None
    officer: str | None = None
    reason: str | None = None


class StandingChange(BaseModel):
    """A change of a colour."""

    at: datetime
    colour: str
    isolated: bool
    rule: str
    until: datetime | None


class Place(BaseModel):
    """A place of the city's tree."""

    path: str
    name: str
    level: str


class Handover(BaseModel):
    """A handover that the new community has not accepted."""

    to_area_path: str
    since: datetime
    note: str


class Asked(BaseModel):
    """Who asked for something alone, and when."""

    by: str
    at: datetime


class ExtensionAsked(Asked):
    """That a case should last `days` longer, or `until` a day; it falls back unless a second person confirms it."""

    days: int = 0
    until: date | None = None
    falls_back_at: datetime | None = None


class Case(BaseModel):
    """A case of isolation."""

    case_id: str
    resident_id: str
    area_path: str
    kind: str
    reason: str
    starts_on: date
    ends_on: date
    state: str
    keeper_id: str | None
    doctor_id: str | None
    ordered_by: str
    proposed_by: str | None = None
    confirmed_by: str | None = None
    cancellation: Asked | None = None
    extensions_asked: list[ExtensionAsked] = []
    referral: Asked | None = None
    breaches: list[str] = []
    approved_by: str | None = None
    notice_id: str | None = None
    released_on: date | None = None
    handover: Handover | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED

    @property
    def rests_on_one(self) -> bool:
        """Whether it ends unless a second person confirms it."""
        return self.proposed_by is not None and self.confirmed_by is None and not self.is_over

    @property
    def waits_for_second(self) -> bool:
        """Whether it, a longer time or a referral rests on one person's word."""
        return self.rests_on_one or bool(self.extensions_asked) or self.referral is not None

    def waits_for(self, subject: str) -> bool:
        """Whether this person may be the second one for any of what waits: for none of it the one who asked."""
        first = same_person(subject, self.proposed_by) or same_person(subject, self.ordered_by)
        asked = [one.by for one in (*self.extensions_asked, *filter(None, [self.referral]))]
        return (self.rests_on_one and not first) or any(not same_person(subject, by) for by in asked)


class LogLine(BaseModel):
    """What happened to a case."""

    at: datetime
    what: str
    by: str
    reason: str
    state: str
    ends_on: date


class Waiver(BaseModel):
    """Why a measurement was never taken."""

    cause: str
    by: str
    note: str


class Measurement(BaseModel):
    """A measurement of a case."""

    case_id: str
    resident_id: str
    day: date
    half_day: str
    due_at: datetime
    extra: bool = False
    temperature_c: float | None = None
    symptoms: list[str] = []
    reported_by: str | None = None
    reported_at: datetime | None
    waived: Waiver | None


class ColourOrder(BaseModel):
    """A colour by hand."""

    order_id: str
    area_path: str
    colour: str
    reason: str
    until: datetime
    size: int
    takes_two: bool
    lifts: str | None
    lifted_by: str | None
    state: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str


class ColourOrderFile(ColourOrder):
    """A colour by hand and how far it is carried out."""

    applied: int
    waiting: int
    not_found: list[str]
