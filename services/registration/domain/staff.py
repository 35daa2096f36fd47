"""The staff directory (工作人员名册): who works where, for which unit, with which duties, from when until when (R1.2).

Each `until` is the first day on which something holds no longer, so that a hand-over leaves no day without one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from shared.base.errors import Conflict, Invalid
from shared.base.private import PRIVATE, SEALED
from shared.events.registration_staff import DatedArea, DatedDuty, Qualification, StaffDuty

T = TypeVar("T")


@dataclass(frozen=True)
class StaffFacts:
    """What an office states of a member of staff, as it is from a day on."""

    name: str
    unit: str
    area_path: str
    qualifications: tuple[Qualification, ...] = ()
    duties: tuple[StaffDuty, ...] = ()


@dataclass(frozen=True)
class StaffMember:
    """An entry of the directory; `person_id` is the subject of the person's token. The phone is the person's contact.

    `area_path` is the present area, or the last one. `name_hashes` are keyed hashes of the beginnings of the name.
    """

    person_id: str
    name: str = field(metadata=SEALED)
    unit: str
    area_path: str
    active_from: date
    active_until: date | None = None
    qualifications: tuple[Qualification, ...] = ()
    duties: tuple[DatedDuty, ...] = ()
    areas: tuple[DatedArea, ...] = ()
    name_hashes: tuple[str, ...] = field(default=(), metadata=PRIVATE)

    @property
    def duties_now(self) -> tuple[StaffDuty, ...]:
        """The duties that have not ended."""
        return tuple(one.duty for one in self.duties if one.until is None)

    @property
    def facts(self) -> StaffFacts:
        """What holds now."""
        return StaffFacts(self.name, self.unit, self.area_path, self.qualifications, self.duties_now)


class StaffAct(StrEnum):
    """By which act an entry changed."""

    REGISTERED = "registered"
    CHANGED = "changed"
    ENDED = "ended"
    IMPORTED = "imported"


@dataclass(frozen=True)
class StaffState:
    """What a change of an entry shows, before it or after it."""

    name: str
    unit: str
    area_path: str
    qualifications: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    active_until: date | None = None


@dataclass(frozen=True)
class StaffChange:
    """A change of an entry: who, when, why, and what was before; `before` and `after` are `StaffState`, sealed."""

    change_id: str
    person_id: str
    area_before: str
    area_path: str
    act: StaffAct
    by: str
    at: datetime
    since: date
    reason: str = field(default="", metadata=SEALED)
    before: str = field(default="", metadata=SEALED)
    after: str = field(default="", metadata=SEALED)
    request: str = ""
    import_id: str | None = None


def register(person_id: str, facts: StaffFacts, since: date) -> StaffMember:
    """Return a new entry."""
    return StaffMember(
        person_id=person_id,
        name=facts.name,
        unit=facts.unit,
        area_path=facts.area_path,
        active_from=since,
        qualifications=_once(facts.qualifications),
        duties=tuple(DatedDuty(duty=duty, since=since) for duty in _once(facts.duties)),
        areas=(DatedArea(area_path=facts.area_path, since=since),),
    )


def restate(old: StaffMember, facts: StaffFacts, since: date) -> StaffMember:
    """Return the entry as it is from a day on; the same facts leave it as it is. Who had left comes back.

    Raises `Conflict` for a day before that of an earlier change.
    """
    if old.active_until is None and _comparable(old.facts) == _comparable(facts):
        return old
    _require_order(old, since)
    wanted = _once(facts.duties)
    kept = tuple(_ended(one, since) if one.duty not in wanted else one for one in old.duties)
    new = tuple(DatedDuty(duty=duty, since=since) for duty in wanted if duty not in old.duties_now)
    areas = old.areas
    if old.area_path != facts.area_path or old.active_until is not None:
        closed = tuple(_ended_area(one, since) for one in old.areas)
        areas = (*closed, DatedArea(area_path=facts.area_path, since=since))
    return replace(
        old,
        name=facts.name,
        unit=facts.unit,
        area_path=facts.area_path,
        qualifications=_once(facts.qualifications),
        duties=(*kept, *new),
        areas=areas,
        active_from=since if old.active_until is not None else old.active_from,
        active_until=None,
    )


def end(old: StaffMember, day: date) -> StaffMember:
    """Return the entry ended: from that day on the person is staff no longer. Again, it stays as it is."""
    if old.active_until is not None:
        return old
    _require_order(old, day)
    return replace(
        old,
        active_until=day,
        duties=tuple(_ended(one, day) for one in old.duties),
        areas=tuple(_ended_area(one, day) for one in old.areas),
    )


def check_since(since: date, today: date) -> None:
    """Raise `Invalid` for a day that has not come: what begins later is stated on that day."""
    if since > today:
        text = f"{since} has not come yet: state it on that day, or state a day up to {today}"
        chinese = f"{since} 尚未到来：请在当日填写，或填写不晚于 {today} 的日期"
        raise Invalid("registration.day_ahead", text, detail_zh=chinese)


def state_of(member: StaffMember | None) -> StaffState | None:
    """Return what a change shows of an entry."""
    if member is None:
        return None
    return StaffState(
        name=member.name,
        unit=member.unit,
        area_path=member.area_path,
        qualifications=tuple(one.value for one in member.qualifications),
        duties=tuple(one.value for one in member.duties_now),
        active_until=member.active_until,
    )


def _require_order(old: StaffMember, day: date) -> None:
    begun = [duty.since for duty in old.duties] + [one.since for one in old.areas]
    dates = [*begun, old.active_until or old.active_from]
    if day < max(dates):
        text = f"The entry has changed on {max(dates)} already: state that day or a later one"
        chinese = f"该名册条目在 {max(dates)} 已有变更：请填写该日或之后的日期"
        raise Conflict("registration.staff_order", text, detail_zh=chinese)


def _comparable(facts: StaffFacts) -> tuple[object, ...]:
    return facts.name, facts.unit, facts.area_path, set(facts.qualifications), set(facts.duties)


def _once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _ended(one: DatedDuty, day: date) -> DatedDuty:
    return one if one.until is not None else one.model_copy(update={"until": day})


def _ended_area(one: DatedArea, day: date) -> DatedArea:
    return one if one.until is not None else one.model_copy(update={"until": day})


def area_on(areas: Sequence[DatedArea], day: date) -> str | None:
    """Return the area in which a person worked on a day, None where the directory knows of none."""
    return next((one.area_path for one in areas if holds_on(one.since, one.until, day)), None)


def holds_on(since: date | None, until: date | None, day: date) -> bool:
    """Whether what is dated holds on a day; without `since` it began before there were records."""
    return (since is None or since <= day) and (until is None or day < until)
