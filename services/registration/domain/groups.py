"""Leading groups (领导小组) of a place: who is in them with which duty, from when until when (R1.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.registration.domain.staff import holds_on
from shared.base.errors import Conflict
from shared.base.private import PRIVATE, SEALED
from shared.events.registration_groups import GroupDuty, GroupKind, GroupMember


@dataclass(frozen=True)
class Seat:
    """A person and the duty in a group."""

    person_id: str
    duty: GroupDuty


@dataclass(frozen=True)
class GroupStep:
    """Who changed a group, when, from which day on, and why."""

    by: str
    at: datetime
    since: date
    reason: str = field(metadata=SEALED)


@dataclass(frozen=True)
class LeadingGroup:
    """A group of the place at `area_path`; `members` are those of all days, each with its dates."""

    group_id: str
    area_path: str
    kind: GroupKind
    name: str
    since: date
    members: tuple[GroupMember, ...] = ()
    dissolved_on: date | None = None
    steps: tuple[GroupStep, ...] = field(default=(), metadata=PRIVATE)

    def seats_on(self, day: date) -> tuple[GroupMember, ...]:
        """Return the members of a day."""
        return tuple(one for one in self.members if holds_on(one.since, one.until, day))


def seat(group: LeadingGroup, seats: Iterable[Seat], step: GroupStep) -> LeadingGroup:
    """Return the group with these members from a day on; who stays keeps the first day. The same changes nothing.

    Raises `Conflict` for a dissolved group, and for a day before an earlier change.
    """
    if group.dissolved_on is not None:
        text = "The group is dissolved: form a new one"
        raise Conflict("registration.group_dissolved", text)
    wanted = tuple(dict.fromkeys(seats))
    open_ones = [one for one in group.members if one.until is None]
    if {Seat(one.person_id, one.duty) for one in open_ones} == set(wanted):
        return group
    _require_order(group, step.since)
    kept = tuple(
        _ended(one, step.since) if Seat(one.person_id, one.duty) not in wanted else one for one in group.members
    )
    there = {Seat(one.person_id, one.duty) for one in open_ones}
    new = tuple(
        GroupMember(person_id=one.person_id, duty=one.duty, since=step.since) for one in wanted if one not in there
    )
    return replace(group, members=(*kept, *new), steps=(*group.steps, step))


def dissolve(group: LeadingGroup, step: GroupStep) -> LeadingGroup:
    """Return the group dissolved from a day on; again, it stays as it is."""
    if group.dissolved_on is not None:
        return group
    _require_order(group, step.since)
    ended = tuple(_ended(one, step.since) for one in group.members)
    return replace(group, members=ended, dissolved_on=step.since, steps=(*group.steps, step))


def _ended(one: GroupMember, day: date) -> GroupMember:
    return one if one.until is not None else one.model_copy(update={"until": day})


def _require_order(group: LeadingGroup, day: date) -> None:
    newest = max([group.since, *(step.since for step in group.steps)])
    if day < newest:
        text = f"The group has changed on {newest} already: state that day or a later one"
        chinese = f"该小组在 {newest} 已有变更：请填写该日或之后的日期"
        raise Conflict("registration.group_order", text, detail_zh=chinese)
