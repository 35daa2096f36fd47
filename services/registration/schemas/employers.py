"""Bodies about employers and their staff."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.registration.domain.employees import Employee, EmployeeAct, FamilyMember, Person, Work
from services.registration.domain.employers import Employer, EmployerAct, EmployerFacts
from services.registration.schemas import Body, Id, Name, Path, PersonId, Reason, View
from services.registration.schemas.staff import PersonName, Phone
from services.registration.usecases.employees import Counts, Entry, Stated
from shared.base import normal_form
from shared.base.sheet_streams import Form
from shared.envelope.open_enum import KNOWN
from shared.events.registration_employers import EmployerKind, EmployerState
from shared.web.texts import typed
from shared.web.times import Day

KnownEmployerKind = Annotated[EmployerKind, KNOWN]
KnownEmployerState = Annotated[EmployerState, KNOWN]
CreditCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Short = Annotated[str, typed(normal_form.fold), StringConstraints(max_length=60)]
Home = Annotated[str, typed(normal_form.fold), StringConstraints(max_length=200)]


class EmployerFactsBody(Body):
    """What an office states of an employer; `code` is its unified social credit code (统一社会信用代码).

    `clerk_ids` are the accounts of the persons who act for it; they need the role `employer` too.
    """

    name: Name
    code: CreditCode
    kind: KnownEmployerKind
    area_path: Path
    clerk_ids: list[PersonId] = Field(default_factory=list, max_length=20)
    reason: Reason

    def facts(self) -> EmployerFacts:
        """Return what is stated."""
        return EmployerFacts(self.name, self.code, self.kind, self.area_path, tuple(self.clerk_ids))


class EmployerBody(EmployerFactsBody):
    """An employer at its place. The client makes `employer_id` (UUIDv7): a repeat is harmless."""

    employer_id: Id
    since: Day | None = None


class EmployerStateBody(Body):
    """Whether the employer is closed, or works again (复工), from a day on, by default today, and why."""

    state: Literal["closed", "resumed"]
    day: Day | None = None
    reason: Reason


class EmployerFactsItem(View):
    """What was stated of an employer before a change."""

    name: str
    code: str
    kind: EmployerKind
    area_path: str
    clerk_ids: list[str]


class EmployerStepItem(View):
    """Who changed the employer, by which act, when, from which day on, why, and what was before."""

    act: EmployerAct
    by: str
    at: datetime
    since: date
    reason: str
    before: EmployerFactsItem | None


class EmployerItem(View):
    """An employer in a list; `people` work there, those who have left not among them."""

    employer_id: str
    name: str
    code: str
    kind: EmployerKind
    area_path: str
    clerk_ids: list[str]
    state: EmployerState
    state_since: date
    people: int


class EmployerView(EmployerItem):
    """An employer and every change of it, the oldest first."""

    steps: list[EmployerStepItem]


class ShiftCount(View):
    """How many work in a shift."""

    shift: str
    people: int


class EmployerCounts(View):
    """How many work for an employer today, and how many of them may not come in; no reason is stated."""

    people: int
    absent: int
    shifts: list[ShiftCount]


class FamilyMemberItem(Body):
    """A person who lives with a member of staff, and the relation."""

    name: PersonName
    relation: Short = ""


class EmployeeBody(Body):
    """A member of staff as an employer states it; ID number, or name and phone, keep persons apart.

    Only an official names the file by `resident_id`; otherwise ID number and name together find it.
    """

    name: PersonName
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    phone: Phone | None = None
    home: Home = ""
    resident_id: Id | None = None
    post: Short = ""
    workshop: Short = ""
    team: Short = ""
    shift: Short = ""
    since: Day | None = None
    family: list[FamilyMemberItem] | None = Field(default=None, max_length=12)
    reason: Reason

    def stated(self, today: date) -> Stated:
        """Return what is stated, by default from today on."""
        family = None if self.family is None else tuple(FamilyMember(o.name, o.relation) for o in self.family)
        return Stated(
            Person(self.name, self.phone, self.id_number, self.home),
            Work(self.post, self.workshop, self.team, self.shift, self.since or today),
            family,
            self.resident_id,
        )


class DepartureBody(Body):
    """The first day on which the person works there no longer, by default today, and why."""

    day: Day | None = None
    reason: Reason


class FamilyMemberView(View):
    """A person who lives with a member of staff."""

    name: str
    relation: str


class EmployeeItem(View):
    """A member of staff. `may_work` is whether the person may come in today: no employer learns why not.

    `resident_id` is null for a person without a file in the city; the household is shown to staff of the city alone.
    """

    employee_id: str
    employer_id: str
    name: str
    phone: str | None
    id_number: str
    resident_id: str | None
    household_id: str | None
    post: str
    workshop: str
    team: str
    shift: str
    since: date
    until: date | None
    may_work: bool


class WorkItem(View):
    """What held of a person's work before a change."""

    post: str
    workshop: str
    team: str
    shift: str
    since: date
    until: date | None


class BeforeItem(View):
    """What an entry was before a change."""

    work: WorkItem
    name: str
    phone: str
    home: str
    family: list[FamilyMemberView]


class EmployeeStepItem(View):
    """Who changed the entry, by which act, when and why, and what it was before: null for a new entry."""

    act: EmployeeAct
    by: str
    at: datetime
    reason: str
    before: BeforeItem | None
    import_id: str | None


class EmployeeView(EmployeeItem):
    """A member of staff with the home, who lives there too, and every change."""

    home: str
    family: list[FamilyMemberView]
    steps: list[EmployeeStepItem]


class EmploymentItem(View):
    """For which employer a resident works or worked, from when until when."""

    employee_id: str
    employer_id: str
    employer: str
    post: str
    workshop: str
    team: str
    shift: str
    since: date
    until: date | None


class EmployeeFilter(StrEnum):
    """Which staff a list holds: those who work there, those of them who may not come in today, those who have left."""

    HERE = "here"
    ABSENT = "absent"
    LEFT = "left"


class EmployeeSheetBody(Body):
    """As which kind of sheet the staff are exported."""

    form: Form = Form.XLSX


def employer_item(employer: Employer, people: int) -> EmployerItem:
    """Return an employer as a list has it."""
    return EmployerItem.of(employer, people=people)


def employer_view(employer: Employer, people: int) -> EmployerView:
    """Return an employer with its changes."""
    return EmployerView.of(employer, people=people)


def employee_item(entry: Entry) -> EmployeeItem:
    """Return an entry as the caller may see it."""
    return EmployeeItem.of(entry.employee, **_seen(entry))


def employee_view(entry: Entry) -> EmployeeView:
    """Return an entry with all of it."""
    return EmployeeView.of(entry.employee, **_seen(entry))


def employment_item(one: Employee, employer: Employer | None) -> EmploymentItem:
    """Return an employment of a resident."""
    return EmploymentItem.of(one, employer=employer.name if employer else "")


def counts_view(counts: Counts) -> EmployerCounts:
    """Return the counts of an employer."""
    shifts = [ShiftCount(shift=shift, people=people) for shift, people in counts.shifts]
    return EmployerCounts(people=counts.people, absent=counts.absent, shifts=shifts)


def _seen(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in ("may_work", "phone", "id_number", "resident_id", "household_id")}
