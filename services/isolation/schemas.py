"""Bodies of isolation's HTTP interface."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from services.isolation.domain.cases import Case
from services.isolation.domain.filters import CaseFilter
from services.isolation.domain.measurements import Symptom
from shared.envelope.open_enum import KNOWN
from shared.events.isolation import CaseKind, CaseState, HalfDay, Waiver
from shared.web.ids import Id, MaybeSubject, PersonId
from shared.web.request_body import Body
from shared.web.times import Day

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class OrderBody(Body):
    """A doctor's order. The client makes `case_id` (UUIDv7), so that a repeat is harmless."""

    case_id: Id
    resident_id: Id
    kind: Annotated[CaseKind, KNOWN]
    reason: Text
    starts_on: Day
    length_days: int


class ExtensionBody(Body):
    """How many days longer, and why. The client makes `extension_id` (UUIDv7), so that a repeat is harmless."""

    extension_id: Id
    days: Annotated[int, Field(ge=1, le=30)]
    reason: Text


class CancellationBody(Body):
    """Why the order was a mistake."""

    reason: Text


class HandoverNoteBody(Body):
    """The old staff's word to the new community."""

    several_lines = frozenset({"note"})

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000)]


class AcceptanceBody(Body):
    """Who keeps the person from now on; by default the keeper of the new door."""

    keeper_id: PersonId | None = None


class RefusalBody(Body):
    """Why the new community refuses the case."""

    reason: Text


class ReportBody(Body):
    """A temperature in degrees Celsius, symptoms or both; without `day` and `half_day` it is the present half day's."""

    symptoms: list[Symptom] = Field(default_factory=list, max_length=len(Symptom))
    temperature_c: float | None = Field(default=None, validate_default=True)
    day: Day | None = None
    half_day: HalfDay | None = None

    @field_validator("temperature_c")
    @classmethod
    def _states_something(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None and not info.data.get("symptoms"):
            raise ValueError("report a temperature, symptoms or both")
        return value


class SlotBody(Body):
    """One of the two measurements of a day."""

    day: Day
    half_day: HalfDay


class WaiverBody(Body):
    """Measurements that were never taken, and why; `note` stays on the case."""

    slots: Annotated[list[SlotBody], Field(min_length=1, max_length=120)]
    cause: Waiver
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class View(BaseModel):
    """An answer, made of the attributes of what it shows."""

    model_config = ConfigDict(from_attributes=True)


class HandoverView(View):
    """A handover that the new community has not accepted: the new door, and the old staff's word."""

    to_area_path: str
    since: datetime
    note: str
    written_by: str | None


class AskedView(View):
    """On which person's word alone, and since when, a withdrawal or a referral rests; a second person decides."""

    by: str
    at: datetime


class ExtensionAskedView(View):
    """Who asked when that the case lasts longer: `days` more, or `until` a day.

    A second person confirms it before `falls_back_at`; else the case lasts as long as before.
    """

    by: str
    at: datetime
    days: int
    until: date | None
    falls_back_at: datetime


class CaseView(View):
    """A case. `starts_on` is day 0, `ends_on` the last day; during a `handover` `area_path` is the old door.

    A case that names `proposed_by` and not `confirmed_by` ends within hours unless another officer confirms it; so do
    `extensions_asked`, and a `referral` by another person's report.
    """

    case_id: str
    resident_id: str
    area_path: str
    kind: CaseKind
    reason: str
    starts_on: date
    ends_on: date
    state: CaseState
    keeper_id: str | None
    doctor_id: str | None
    ordered_by: str
    proposed_by: str | None
    confirmed_by: str | None
    cancellation: AskedView | None
    extensions_asked: list[ExtensionAskedView]
    referral: AskedView | None
    breaches: list[str]
    approved_by: str | None
    notice_id: str | None
    released_on: date | None
    handover: HandoverView | None


def case_view(case: Case, second_person_within: timedelta) -> CaseView:
    """Return a case as it is shown; what one person alone asked for falls back after `second_person_within`."""
    facts = {name: getattr(case, name) for name in CaseView.model_fields}
    asked = [
        ExtensionAskedView(
            by=one.by, at=one.at, days=one.days, until=one.until, falls_back_at=one.at + second_person_within
        )
        for one in case.extensions_asked
    ]
    return CaseView.model_validate(facts | {"extensions_asked": asked})


class LogLineView(View):
    """What happened to a case: the event, by which person or policy, why, and how the case stood then."""

    at: datetime
    what: str
    by: str
    reason: str
    state: CaseState
    ends_on: date


class WaiverView(View):
    """Why a measurement was never taken, by which doctor or policy."""

    cause: Waiver
    by: str
    at: datetime
    note: str


class MeasurementView(View):
    """A measurement: planned, and then reported or waived. `extra`: an additional reading, which fills no half day."""

    case_id: str
    resident_id: str
    day: date
    half_day: HalfDay
    due_at: datetime
    extra: bool = False
    temperature_c: float | None = None
    symptoms: list[Symptom] = Field(default_factory=list)
    reported_by: str | None = None
    reported_at: datetime | None
    waived: WaiverView | None


@dataclass(frozen=True)
class CaseQuery:
    """Which cases a list is to have. A `state` has its cases whether they have ended or not."""

    only_open: bool = True
    state: Annotated[CaseState, KNOWN] | None = None
    keeper_id: MaybeSubject = ""
    ends_from: Day | None = None
    ends_until: Day | None = None
    mine: bool = False
    second: bool = False

    def filter_for(self, subject: str) -> CaseFilter:
        """Return the filter for a caller."""
        facts = vars(self) | {"mine": subject if self.mine else "", "second": subject if self.second else ""}
        return CaseFilter(**facts)


class CaseCountsView(View):
    """How many cases have not ended: all, by state, the caller's own, and those that may take the caller as second."""

    open: int
    by_state: dict[str, int]
    mine: int
    second: int


class ToDoView(BaseModel):
    """What waits in the caller's area; `missing_reports` were due today by now."""

    cases: CaseCountsView
    missing_reports: int


class NoticeView(BaseModel):
    """What any caller may verify of a release notice (解除居家医学观察告知书): that it is genuine, and of which day."""

    notice_id: str
    genuine: bool
    kind: CaseKind
    released_on: date
    text_zh: str
    text_en: str
