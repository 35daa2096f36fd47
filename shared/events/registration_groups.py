"""What registration publishes of leading groups (领导小组), with the accounts of their members and no names (R1.2)."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

GROUPS = "registration.groups.v1"


class GroupKind(OpenEnum):
    """What a group of the command structure is for."""

    COMMAND = "command"
    EPIDEMIC_CONTROL = "epidemic_control"
    ENVIRONMENT = "environment"
    PUBLICITY_AND_SUPPLIES = "publicity_and_supplies"
    SUPERVISION = "supervision"
    MEDICAL = "medical"
    SECURITY = "security"


class GroupDuty(OpenEnum):
    """What a member does in a group."""

    HEAD = "head"
    DEPUTY = "deputy"
    MEMBER = "member"
    LIAISON = "liaison"


class GroupMember(BaseModel):
    """A member with a duty from a day on; `until` is the first day after."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    duty: GroupDuty
    since: date
    until: date | None = None


class GroupEvent(Event, topic=GROUPS, key="group_id", compacted=True, base=True):
    """The public state of a group; from `dissolved_on` on it is there no longer."""

    group_id: str
    area_path: str
    kind: GroupKind
    name: str
    since: date
    members: tuple[GroupMember, ...] = ()
    dissolved_on: date | None = None


class GroupFormed(GroupEvent):
    """A group was formed."""


class GroupChanged(GroupEvent):
    """The members of a group, or their duties, changed."""


class GroupDissolved(GroupEvent):
    """A group was dissolved; its record stays."""
