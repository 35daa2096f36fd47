"""Bodies about leading groups."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from services.registration.domain.groups import LeadingGroup
from services.registration.domain.staff import StaffMember
from services.registration.schemas import Body, Id, Name, Path, PersonId, Reason, View
from shared.envelope.open_enum import KNOWN
from shared.events.registration_groups import GroupDuty, GroupKind
from shared.web.times import Day

KnownGroupKind = Annotated[GroupKind, KNOWN]
KnownGroupDuty = Annotated[GroupDuty, KNOWN]


class SeatBody(Body):
    """A member and the duty; `person_id` is the subject of that person's token."""

    person_id: PersonId
    duty: KnownGroupDuty


class GroupMembersBody(Body):
    """All members of a group from the day `since` on, by default today, and why they change."""

    members: list[SeatBody] = Field(max_length=100)
    since: Day | None = None
    reason: Reason


class GroupBody(GroupMembersBody):
    """A group of a place. The client makes `group_id` (UUIDv7): a repeat is harmless."""

    group_id: Id
    area_path: Path
    kind: KnownGroupKind
    name: Name


class DissolutionBody(Body):
    """The first day on which the group is there no longer, by default today, and why."""

    day: Day | None = None
    reason: Reason


class GroupMemberItem(View):
    """A member of some days; `name` is null for a person without an entry in the staff directory."""

    person_id: str
    name: str | None
    unit: str | None
    duty: GroupDuty
    since: date
    until: date | None


class GroupStepItem(View):
    """Who changed the group, when, from which day on, and why."""

    by: str
    at: datetime
    since: date
    reason: str


class GroupView(View):
    """A leading group: `members` of the asked day, `former` ones and later ones with their dates, and each step."""

    group_id: str
    area_path: str
    kind: GroupKind
    name: str
    since: date
    dissolved_on: date | None
    members: list[GroupMemberItem]
    former: list[GroupMemberItem]
    steps: list[GroupStepItem]


def group_view(group: LeadingGroup, day: date, known: Mapping[str, StaffMember]) -> GroupView:
    """Return a group as it is on a day, with the names of the directory."""
    now = group.seats_on(day)
    items = {
        one: GroupMemberItem.of(
            one,
            name=known[one.person_id].name if one.person_id in known else None,
            unit=known[one.person_id].unit if one.person_id in known else None,
        )
        for one in group.members
    }
    former = [items[one] for one in group.members if one not in now]
    return GroupView.of(group, members=[items[one] for one in now], former=former)
