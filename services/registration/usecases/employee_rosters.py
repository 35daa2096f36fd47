"""A sheet of an employer's staff comes in: person, post, workshop, team, shift, days, family (R1.10, R1.12).

An empty cell, or a column that the file does not have, changes nothing. A person whose last day is stated has left.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import NamedTuple

from pydantic import TypeAdapter

from services.registration.domain import persons
from services.registration.domain.employees import Employee, EmployeeAct, FamilyMember, Person, Work
from services.registration.domain.employers import Employer
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.domain.residents import Resident
from services.registration.rosters.employee_columns import EMPLOYEE_COLUMNS
from services.registration.rosters.rows import Row, RowReader
from services.registration.usecases import Checked, Complete, Deps, employees, employers
from services.registration.usecases.doors import if_any
from services.registration.usecases.employees import Stated
from shared.base import normal_form
from shared.base.errors import DomainError
from shared.base.impersonal import require_impersonal
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

MOST_OF_A_FAMILY, MOST_EMPLOYERS = 12, 5_000
NO_EMPLOYER = "is no employer of yours: write the name or the credit code as it is registered, or register the employer"
WHICH_EMPLOYER = "is missing: you act for several employers, so state which one"
NO_CONTACT = "is missing: state the ID number or the phone"
NO_DAY = "is no day: write it as 2022-03-10"
AHEAD = "has not come yet: state it on that day"
BEFORE_FIRST = "lies before the first day: correct one of both"
NO_FAMILY = f"states up to {MOST_OF_A_FAMILY} persons as 李梅（妻子）、王小明（儿子）: correct it"
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
_MEMBER = re.compile(r"([^()]+?)\s*(?:\(([^()]*)\))?")


@dataclass(frozen=True)
class EmployeeRow:
    """A row of a sheet of staff; None stands for what the row does not state."""

    row: int
    employer_id: str
    name: str
    id_number: str | None
    phone: str | None
    post: str | None
    workshop: str | None
    team: str | None
    shift: str | None
    home: str | None
    family: tuple[FamilyMember, ...] | None
    since: date | None
    until: date | None

    @property
    def person(self) -> Person:
        """Who the row is about."""
        return Person(self.name, self.phone, self.id_number, self.home or "")


ENTRIES = TypeAdapter(list[EmployeeRow])


async def checking(deps: Deps, caller: Principal) -> Callable[[Sequence[Row]], Checked[EmployeeRow]]:
    """Return what checks the rows of one sheet, some at a time and in their order."""
    return _Checking(deps, await _employers_of(deps, caller)).check


async def _employers_of(deps: Deps, caller: Principal) -> dict[str, str]:
    """Return the ids of the employers whose staff the caller keeps, by name and by code; "" for a name of several."""
    known = await employers.own(deps, caller)
    if not caller.roles.isdisjoint(employers.OFFICE):
        here, _ = await deps.store.employers.page(caller.area, None, None, "", MOST_EMPLOYERS)
        known = [*here, *(one for one in known if one not in here)]
    ids: dict[str, str] = {}
    for one in known:
        for word in (normal_form.word(one.name), normal_form.word(one.code)):
            ids[word] = one.employer_id if ids.get(word, one.employer_id) == one.employer_id else ""
    return ids


class _Checking:
    """The check of one sheet: the persons of its earlier rows are kept."""

    def __init__(self, deps: Deps, ids: Mapping[str, str]) -> None:
        self._deps, self._ids = deps, ids
        self._known: set[str] = set()

    def check(self, rows: Sequence[Row]) -> Checked[EmployeeRow]:
        """Return the rows that can be tried, and what is wrong in the others."""
        entries: list[EmployeeRow] = []
        problems: list[RowProblem] = []
        for row in rows:
            reader = RowReader(row, EMPLOYEE_COLUMNS, problems)
            entry = _entry(self._deps, row.number, reader, self._ids)
            if entry is not None and self._is_first(entry, reader):
                entries.append(entry)
        return entries, problems

    def _is_first(self, entry: EmployeeRow, reader: RowReader) -> bool:
        own = set(employees.ids_of(self._deps, entry.employer_id, entry.person))
        if own & self._known:
            reader.refuse("name", "stands in an earlier row of this file already: keep one of them")
        self._known |= own
        return reader.sound


def _entry(deps: Deps, row: int, reader: RowReader, ids: Mapping[str, str]) -> EmployeeRow | None:
    employer_id = reader.read("employer", partial(_employer, ids=ids))
    name = reader.read("name", persons.check_name)
    id_number = reader.read("id_number", if_any(lambda text: persons.check_id_number(text, deps.today)))
    phone = reader.read("phone", if_any(persons.check_phone))
    if reader.sound and not id_number and not phone:
        reader.refuse("phone", NO_CONTACT)
    post, workshop, team, shift = (reader.read(one, if_any(_words)) for one in ("post", "workshop", "team", "shift"))
    home = reader.read("home", if_any(normal_form.fold))
    family = reader.read("family", if_any(_family))
    days = [reader.read(one, if_any(partial(_day, today=deps.today))) for one in ("since", "until")]
    if days[0] and days[1] and days[1] < days[0]:
        reader.refuse("until", BEFORE_FIRST)
    if not reader.sound or name is None or employer_id is None:
        return None
    return EmployeeRow(
        row, employer_id, name, id_number, phone, post, workshop, team, shift, home, family, days[0], days[1]
    )


def _employer(text: str, ids: Mapping[str, str]) -> str:
    if text:
        if chosen := ids.get(normal_form.word(text)):
            return chosen
        raise ValueError(NO_EMPLOYER)
    all_of_them = set(ids.values())
    if len(all_of_them) != 1:
        raise ValueError(WHICH_EMPLOYER if all_of_them else NO_EMPLOYER)
    return all_of_them.pop()


def _words(text: str) -> str:
    words = normal_form.fold(text)
    try:
        require_impersonal(words, words)
    except DomainError as error:
        raise ValueError(error.message) from None
    return words


def _day(text: str, today: date) -> date:
    stated = _DAY.fullmatch(normal_form.fold(text))
    try:
        if stated is None:
            raise ValueError(NO_DAY)
        day = date(*map(int, stated.groups()))
    except ValueError:
        raise ValueError(NO_DAY) from None
    if day > today:
        raise ValueError(AHEAD)
    return day


def _family(text: str) -> tuple[FamilyMember, ...]:
    """Return who lives with the person, as 李梅（妻子）、王小明（儿子）; 无 for no one. Raises `ValueError`."""
    if normal_form.word(text) in ("无", "none", "-"):
        return ()
    parts = [one.strip() for one in re.split(r"[、,;]", normal_form.fold(text)) if one.strip()]
    matched = [_MEMBER.fullmatch(one) for one in parts]
    if len(parts) > MOST_OF_A_FAMILY or None in matched:
        raise ValueError(NO_FAMILY)
    return tuple(FamilyMember(persons.check_name(one[1]), (one[2] or "").strip()) for one in matched if one)


@retry_conflicts
async def carry_out(
    deps: Deps, caller: Principal, import_id: str, entries: Sequence[EmployeeRow], complete: Complete
) -> Sequence[Outcome]:
    """Carry out some rows in one transaction and return what became of each; repeating it changes nothing.

    `complete` is called in that transaction with the same and the problems.
    """
    outcomes: list[Outcome] = []
    problems: list[RowProblem] = []
    async with deps.unit_of_work() as work:
        known = await _Known.read(deps, entries, work)
        kept: dict[str, Employee] = {}
        for entry in entries:
            try:
                old, new = await _composed(deps, caller, import_id, entry, known)
            except DomainError as error:  # it is raised before anything of the row is stored
                outcomes.append(Outcome.REJECTED)
                problems.append(RowProblem(entry.row, EMPLOYEE_COLUMNS["name"].titles[0], error.message))
                continue
            outcomes.append(_outcome(old, new))
            if new != old:
                kept[new.employee_id] = new
                work.emit(employees.event_of(old, new))
        await deps.store.employees.put_each(list(kept.values()), kept.keys() - known.employees.keys(), work)
        await complete(work, outcomes, problems)
    return outcomes


class _Known(NamedTuple):
    """What the store holds of the rows of a step."""

    employers: dict[str, Employer]
    residents: dict[str, Resident]
    employees: dict[str, Employee]

    @classmethod
    async def read(cls, deps: Deps, entries: Sequence[EmployeeRow], work: UnitOfWork) -> "_Known":
        hashes = {employees.id_hash(deps, one.id_number) for one in entries if one.id_number}
        ids = {one for entry in entries for one in employees.ids_of(deps, entry.employer_id, entry.person)}
        theirs = await deps.store.employers.each({one.employer_id for one in entries}, work)
        return cls(
            {one.employer_id: one for one in theirs},
            await deps.store.residents.by_hashes(sorted(hashes), work),
            await deps.store.employees.each(sorted(ids), work),
        )


async def _composed(
    deps: Deps, caller: Principal, import_id: str, entry: EmployeeRow, known: _Known
) -> tuple[Employee | None, Employee]:
    employer = known.employers.get(entry.employer_id)
    if employer is None or not employers.may_manage(caller, employer):
        employer = await employers.manageable(deps, caller, entry.employer_id)  # raises `NotFound`
    person = entry.person
    resident = known.residents.get(employees.id_hash(deps, person.id_number)) if person.id_number else None
    linked = resident if employees.is_of(deps, resident, person) else None
    old = next(
        (known.employees[o] for o in employees.ids_of(deps, entry.employer_id, person) if o in known.employees), None
    )
    step = employees.make_step(deps, caller, EmployeeAct.IMPORTED, import_id=import_id)
    stated = Stated(person, _work(deps, entry, old), entry.family)
    return employees.compose(deps, employer, stated, linked, known.employees, step)


def _work(deps: Deps, entry: EmployeeRow, old: Employee | None) -> Work:
    """Return what holds after the row; what it does not state stays."""
    before = old.work if old else Work("", "", "", "", deps.today)
    fields = {name: getattr(entry, name) for name in ("post", "workshop", "team", "shift")}
    returned = old is not None and old.until is not None and entry.until is None
    since = entry.since or (deps.today if old is None or returned else before.since)
    stated = {name: value for name, value in fields.items() if value is not None}
    return replace(before, **stated, since=since, until=entry.until)


def _outcome(old: Employee | None, new: Employee) -> Outcome:
    if old is None or (old.until is not None and new.until is None):
        return Outcome.ADDED
    return Outcome.UNCHANGED if new == old else Outcome.CHANGED
