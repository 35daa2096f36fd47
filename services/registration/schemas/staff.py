"""Bodies about the staff directory."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.staff import StaffAct, StaffChange
from services.registration.schemas import Body, Name, Path, PersonId, Reason, View
from services.registration.usecases.staff import StaffEntry, open_states
from shared.envelope.open_enum import KNOWN
from shared.events.registration_staff import DatedArea, DatedDuty, Qualification, StaffDuty
from shared.web.ids import MaybePath
from shared.web.pages import LARGEST_PAGE, PAGE
from shared.web.times import Day

MOST_NAMES = 500
KnownDuty = Annotated[StaffDuty, KNOWN]
KnownQualification = Annotated[Qualification, KNOWN]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class StaffFactsBody(Body):
    """What an office states of a member of staff, as it is from the day `since` on, by default today."""

    name: PersonName
    phone: Phone | None = None
    unit: Name
    area_path: Path
    qualifications: list[KnownQualification] = Field(default_factory=list, max_length=20)
    duties: list[KnownDuty] = Field(default_factory=list, max_length=20)
    since: Day | None = None


class StaffMemberBody(StaffFactsBody):
    """A person for the directory; `person_id` is the subject of the person's token.

    Without one the directory makes an id of the phone, which sign-in gives once the person has an account.
    """

    person_id: PersonId | None = None


class StaffChangeBody(StaffFactsBody):
    """The entry as it is from `since` on, whole, and why it changes; without a phone that stays."""

    reason: Reason


class StaffEndBody(Body):
    """The first day on which the person is staff no longer, by default today, and why."""

    day: Day | None = None
    reason: Reason


class StaffView(View):
    """An entry of the directory. `area_path` is the present area, or the last one; each `until` is the first day after.

    `phone` is null where the person has none, where another office has stated it, and for auditors.
    """

    person_id: str
    name: str
    phone: str | None
    unit: str
    area_path: str
    qualifications: list[str]
    duties: list[DatedDuty]
    areas: list[DatedArea]
    active_from: date
    active_until: date | None


class StaffSearchBody(Body):
    """What the name begins with, in a body, so that no address or log holds it. `cursor` is the `next` of a page."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    within: MaybePath = ""
    ended: bool = False
    duty: KnownDuty | None = None
    qualification: KnownQualification | None = None
    cursor: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE


class StaffNamesBody(Body):
    """The officials whose names a page or a file needs, by the subjects of their tokens."""

    person_ids: Annotated[list[PersonId], Field(min_length=1, max_length=MOST_NAMES)]


class NamedStaff(View):
    """An official: the name and the unit; `left` is the day from which on the person is staff no longer."""

    person_id: str
    name: str
    unit: str
    left: date | None


class StaffNames(View):
    """Those of the persons who are, or were, in the directory, in the order of the request."""

    items: list[NamedStaff]


class StaffStateItem(View):
    """An entry before a change or after it."""

    name: str
    unit: str
    area_path: str
    qualifications: list[str]
    duties: list[str]
    active_until: date | None


class StaffChangeView(View):
    """A change of an entry: who, when, why, from when on, and what was before; `before` is null for a new entry."""

    change_id: str
    person_id: str
    act: StaffAct
    by: str
    at: datetime
    since: date
    reason: str
    request: str
    import_id: str | None
    before: StaffStateItem | None
    after: StaffStateItem | None


def staff_view(one: StaffEntry) -> StaffView:
    """Return an entry as the caller may see it."""
    return StaffView.of(one.member, phone=one.phone)


def staff_change_view(made: StaffChange) -> StaffChangeView:
    """Return a change with what was before and after it."""
    before, after = open_states(made)
    return StaffChangeView.of(made, before=before, after=after)
