"""Bodies of isolation's HTTP interface."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.isolation.domain import State
from shared.events.isolation import CaseKind, HalfDay

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]


class Body(BaseModel):
    """A request's body: a field nobody knows is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class OrderBody(Body):
    """A doctor's order. The client makes `case_id` (UUIDv7), so that a repeat is harmless."""

    case_id: Id
    resident_id: Id
    kind: CaseKind
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    starts_on: date
    length_days: int


class ExtensionBody(Body):
    """How many days longer."""

    days: Annotated[int, Field(ge=1, le=30)]


class ReportBody(Body):
    """A measurement in degrees Celsius; without `day` and `half_day` it is the present half day's."""

    temperature_c: float
    symptoms: list[str] = Field(default_factory=list, max_length=10)
    day: date | None = None
    half_day: HalfDay | None = None


class CaseView(BaseModel):
    """A case. `starts_on` is day 0, `ends_on` the last day."""

    case_id: str
    resident_id: str
    area_path: str
    kind: CaseKind
    reason: str
    starts_on: date
    ends_on: date
    state: State
    keeper_id: str | None
    doctor_id: str | None
    breaches: list[str]
    notice_id: str | None


class CasePage(BaseModel):
    """A page of cases; `next` goes into `after`."""

    items: list[CaseView]
    next: str | None


class MeasurementView(BaseModel):
    """A measurement, planned or reported."""

    day: date
    half_day: HalfDay
    due_at: datetime
    temperature_c: float | None = None
    symptoms: list[str] = Field(default_factory=list)
    reported_by: str | None = None
    reported_at: datetime | None


class NoticeView(BaseModel):
    """What anybody may verify of a release notice (解除居家医学观察告知书): that it is genuine, and of which day."""

    notice_id: str
    genuine: bool
    kind: CaseKind
    released_on: date
    text_zh: str
    text_en: str
