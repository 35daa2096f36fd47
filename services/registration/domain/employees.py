"""Staff of an employer (员工): post, workshop, team, shift, from when until when, and who lives with them (R1.10)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from services.registration.domain.colours import Standing
from services.registration.domain.staff import holds_on
from shared.base.errors import Conflict
from shared.base.private import PRIVATE, SEALED
from shared.events.registration import Colour


class EmployeeAct(StrEnum):
    """By which act an entry changed."""

    STARTED = "started"
    CHANGED = "changed"
    LEFT = "left"
    IMPORTED = "imported"
    UNDONE = "undone"


@dataclass(frozen=True)
class FamilyMember:
    """A person who lives with a member of staff (共同居住家属), as the employer's ledger states it."""

    name: str = field(metadata=SEALED)
    relation: str = ""


@dataclass(frozen=True)
class Work:
    """What an employer states of a person's work, as it is from `since` on; `until` is the first day without it."""

    post: str
    workshop: str
    team: str
    shift: str
    since: date
    until: date | None = None


@dataclass(frozen=True)
class Before:
    """What an entry was before a change."""

    work: Work
    name: str = field(metadata=SEALED)
    phone: str = field(default="", metadata=SEALED)
    home: str = field(default="", metadata=SEALED)
    family: tuple[FamilyMember, ...] = ()


@dataclass(frozen=True)
class EmployeeStep:
    """Who changed an entry, by which act, when and why, and what it was before: None for a new entry."""

    act: EmployeeAct
    by: str
    at: datetime
    reason: str = field(default="", metadata=SEALED)
    before: Before | None = None
    import_id: str | None = None


@dataclass(frozen=True)
class Person:
    """Who a member of staff is: the name, and a number or a phone by which persons are kept apart."""

    name: str
    phone: str | None = None
    id_number: str | None = None
    home: str = ""


@dataclass(frozen=True)
class Employee:
    """A member of an employer's staff. `area_path` is the employer's; without a file the person lives elsewhere.

    `id_hash` is the keyed hash of the ID number. `import_id` is the import that changed the entry last.
    """

    employee_id: str
    employer_id: str
    area_path: str
    name: str = field(metadata=SEALED)
    since: date
    until: date | None = None
    resident_id: str | None = None
    household_id: str | None = None
    phone: str = field(default="", metadata=SEALED)
    id_number: str = field(default="", metadata=SEALED)
    home: str = field(default="", metadata=SEALED)
    id_hash: str = field(default="", metadata=PRIVATE)
    post: str = field(default="", metadata=PRIVATE)
    workshop: str = ""
    team: str = ""
    shift: str = ""
    family: tuple[FamilyMember, ...] = field(default=(), metadata=PRIVATE)
    import_id: str | None = field(default=None, metadata=PRIVATE)
    steps: tuple[EmployeeStep, ...] = field(default=(), metadata=PRIVATE)

    @property
    def work(self) -> Work:
        """What holds of the person's work."""
        return Work(self.post, self.workshop, self.team, self.shift, self.since, self.until)

    @property
    def before(self) -> Before:
        """What the next change replaces."""
        return Before(self.work, self.name, self.phone, self.home, self.family)

    def works_on(self, day: date) -> bool:
        """Whether the person works for the employer on a day."""
        return holds_on(self.since, self.until, day)


def restate(old: Employee, new: Employee, step: EmployeeStep) -> Employee:
    """Return the entry as it is now stated, with the step; the same facts leave it as it is."""
    same = replace(new, steps=old.steps, import_id=old.import_id)
    if same == old:
        return old
    return replace(new, steps=(*old.steps, replace(step, before=old.before)), import_id=step.import_id)


def leave(old: Employee, day: date, step: EmployeeStep) -> Employee:
    """Return the entry ended: from that day on the person works there no longer. Again, it stays as it is."""
    if old.until is not None:
        return old
    if day < old.since:
        text = f"The person has worked there since {old.since}: state that day or a later one"
        chinese = f"该员工自 {old.since} 起在岗：请填写该日或之后的日期"
        raise Conflict("registration.employee_order", text, detail_zh=chinese)
    return replace(old, until=day, steps=(*old.steps, replace(step, before=old.before)), import_id=step.import_id)


def undo(employee: Employee, import_id: str, step: EmployeeStep) -> Employee | None:
    """Return the entry as it was before an import, None where it has changed since.

    A person whom the import brought has left on the first day.
    """
    newest = employee.steps[-1] if employee.steps else None
    if newest is None or newest.import_id != import_id:
        return None
    changed = replace(employee, steps=(*employee.steps, replace(step, before=employee.before)), import_id=None)
    if newest.before is None:
        return replace(changed, until=employee.since)
    was = newest.before
    return replace(changed, name=was.name, phone=was.phone, home=was.home, family=was.family, **vars(was.work))


def may_work(employee: Employee, day: date, left: bool, standing: Standing | None) -> bool:
    """Whether the person may come to work on a day. It is all that an employer learns: the reason stays with the city.

    A person without a file in the city has no standing here: the gate decides by what the person shows.
    """
    if not employee.works_on(day) or left:
        return False
    return standing is None or (standing.colour is Colour.GREEN and not standing.isolated)
