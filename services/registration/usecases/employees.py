"""Staff of employers: stated by the employer's clerk or the office, linked to files, ended; who may work today (R1.10).

An entry is linked to a resident by ID number and name together, so that no clerk learns by trying numbers who lives
in the city. Of a standing an employer learns one thing: whether the person may come to work today.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from services.registration.domain import employees as rules
from services.registration.domain import persons
from services.registration.domain.employees import Employee, EmployeeAct, EmployeeStep, FamilyMember, Person, Work
from services.registration.domain.employers import Employer
from services.registration.domain.residents import Resident
from services.registration.domain.staff import check_since
from services.registration.usecases import STAFF, Deps, employers
from services.registration.usecases.names import open_name
from services.registration.usecases.residents import visible
from shared.base.errors import Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.normal_form import search_key
from shared.base.sealing import keyed_hash
from shared.events.registration_employers import EmployeeChanged, EmployeeEvent, EmployeeLeft, EmployeeStarted
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

_KEPT_DIGITS = 4
_A_TURN = 500


@dataclass(frozen=True)
class Stated:
    """What is stated of a member of staff; without a family, that stays as it is."""

    person: Person
    work: Work
    family: tuple[FamilyMember, ...] | None = None
    resident_id: str | None = None


class Entry(NamedTuple):
    """An entry as the caller may see it: contact and file, and whether the person may work today."""

    employee: Employee
    may_work: bool
    phone: str | None
    id_number: str
    resident_id: str | None
    household_id: str | None


class Counts(NamedTuple):
    """How many work for an employer today, how many of them may not come in, and how many work in each shift."""

    people: int
    absent: int
    shifts: tuple[tuple[str, int], ...]


@retry_conflicts
async def state(deps: Deps, caller: Principal, employer_id: str, stated: Stated, reason: str) -> Entry:
    """State a member of an employer's staff from a day on; the same again changes nothing, and who had left returns."""
    stated = replace(stated, person=check_person(deps, stated.person))
    check_since(stated.work.since, deps.today)
    async with deps.unit_of_work() as work:
        employer = await employers.manageable(deps, caller, employer_id, work)
        linked = await _linked(deps, caller, stated, work)
        known = await deps.store.employees.each(ids_of(deps, employer_id, stated.person, linked), work)
        step = make_step(deps, caller, EmployeeAct.CHANGED if known else EmployeeAct.STARTED, reason)
        old, new = compose(deps, employer, stated, linked, known, step)
        if new != old:
            await deps.store.employees.put(new, work)
            work.emit(event_of(old, new))
    return await entry_for(deps, caller, employer, new)


@retry_conflicts
async def leave(deps: Deps, caller: Principal, employer_id: str, employee_id: str, day: date, reason: str) -> Entry:
    """Let a member of staff have left from a day on; again, it changes nothing."""
    check_since(day, deps.today)
    async with deps.unit_of_work() as work:
        employer = await employers.manageable(deps, caller, employer_id, work)
        old = await one_of(deps, employer, employee_id, work)
        new = rules.leave(old, day, make_step(deps, caller, EmployeeAct.LEFT, reason))
        if new != old:
            await deps.store.employees.put(new, work)
            work.emit(EmployeeLeft.of(new))
    return await entry_for(deps, caller, employer, new)


async def one_of(deps: Deps, employer: Employer, employee_id: str, work: UnitOfWork | None = None) -> Employee:
    """Return an entry of an employer. Raises `NotFound` for one of another."""
    employee = await deps.store.employees.get(employee_id, work)
    if employee is None or employee.employer_id != employer.employer_id:
        raise NotFound("registration.no_such_employee", "The person was not found among the staff of this employer")
    return employee


def check_person(deps: Deps, person: Person) -> Person:
    """Return who a person is in normal form. Raises `Invalid`, also without a number and a phone."""
    name = _checked("name", person.name, persons.check_name)
    phone = _checked("phone", person.phone, persons.check_phone) if person.phone else None
    number = person.id_number
    if number:
        number = _checked("id_number", number, lambda text: persons.check_id_number(text, deps.today))
    if not number and not phone:
        text = "The number or the phone tells one person from another: state the ID number or the phone"
        raise Invalid("registration.employee_unknown", text)
    return Person(name, phone, number, person.home)


def _checked(name: str, text: str, check: Callable[[str], str]) -> str:
    try:
        return check(text)
    except ValueError as error:
        raise Invalid("registration.employee_person", f"{name}: {error}", problem=f"{name}: {error}") from None


def ids_of(deps: Deps, employer_id: str, person: Person, linked: Resident | None = None) -> list[str]:
    """Return the ids under which an employer may have a person: by the ID number first, else by name and phone."""
    keys = [id_hash(deps, person.id_number)] if person.id_number else []
    keys += [linked.id_number_hash] if linked else []
    if person.phone:
        keys.append(keyed_hash(deps.id_hash_key, "employee", f"{search_key(person.name)}/{person.phone}"))
    return [derived_id("employee", employer_id, key) for key in dict.fromkeys(keys)]


def id_hash(deps: Deps, id_number: str) -> str:
    """Return the keyed hash of an ID number by which resident files are found."""
    return keyed_hash(deps.id_hash_key, "id_number", id_number)


def is_of(deps: Deps, resident: Resident | None, person: Person) -> bool:
    """Whether the file with the stated ID number has the stated name too."""
    return resident is not None and search_key(open_name(deps, resident)) == search_key(person.name)


async def _linked(deps: Deps, caller: Principal, stated: Stated, work: UnitOfWork) -> Resident | None:
    """Return the file of the person, where there is one; only an official names it by its id. Raises `NotFound`."""
    if stated.resident_id:
        return await visible(deps, caller, stated.resident_id, work)
    if not stated.person.id_number:
        return None
    known = await deps.store.residents.by_hashes([id_hash(deps, stated.person.id_number)], work)
    resident = next(iter(known.values()), None)
    return resident if is_of(deps, resident, stated.person) else None


def compose(
    deps: Deps,
    employer: Employer,
    stated: Stated,
    linked: Resident | None,
    known: dict[str, Employee],
    step: EmployeeStep,
) -> tuple[Employee | None, Employee]:
    """Return the entry as it was and as it is with what is stated."""
    person, made = stated.person, ids_of(deps, employer.employer_id, stated.person, linked)
    old = next((known[one] for one in made if one in known), None)
    goes_on = old is not None and old.until is None
    kept = old if linked is None and not person.id_number else None  # a number with another name links no file
    new = Employee(
        employee_id=old.employee_id if old else made[0],
        employer_id=employer.employer_id,
        area_path=employer.area_path,
        name=person.name,
        resident_id=linked.resident_id if linked else (kept.resident_id if kept else None),
        household_id=linked.household_id if linked else (kept.household_id if kept else None),
        phone=person.phone or (old.phone if old else ""),
        id_number=person.id_number or (old.id_number if old else ""),
        home=person.home or (old.home if old else ""),
        id_hash=id_hash(deps, person.id_number) if person.id_number else (old.id_hash if old else ""),
        family=stated.family if stated.family is not None else (old.family if old else ()),
        **vars(replace(stated.work, since=old.since) if old and goes_on else stated.work),
    )
    if old is None:
        return None, replace(new, steps=(step,), import_id=step.import_id)
    return old, rules.restate(old, new, step)


def event_of(old: Employee | None, new: Employee) -> EmployeeEvent:
    """Return the event of a changed entry."""
    if new.until is not None and (old is None or old.until is None):
        return EmployeeLeft.of(new)
    started = old is None or (old.until is not None and new.until is None)
    return (EmployeeStarted if started else EmployeeChanged).of(new)


def make_step(
    deps: Deps, caller: Principal, act: EmployeeAct, reason: str = "", import_id: str | None = None
) -> EmployeeStep:
    """Return who changes an entry now, by which act and why."""
    return EmployeeStep(act, caller.subject, deps.clock.now().replace(microsecond=0), reason, import_id=import_id)


async def entry_for(deps: Deps, caller: Principal, employer: Employer, employee: Employee) -> Entry:
    """Return an entry as the caller may see it."""
    (one,) = await entries_for(deps, caller, employer, [employee])
    return one


async def entries_for(deps: Deps, caller: Principal, employer: Employer, employees: Sequence[Employee]) -> list[Entry]:
    """Return entries as the caller may see them: phones to staff and clerks, the household to staff alone."""
    is_staff = caller.may_see(employer.area_path, STAFF)
    reads = is_staff or employers.acts_for(caller, employer)
    able = await who_may_work(deps, employees)
    return [
        Entry(
            employee=one,
            may_work=one.employee_id in able,
            phone=(one.phone or None) if reads else None,
            id_number=_mask(one.id_number),
            resident_id=one.resident_id,
            household_id=one.household_id if is_staff else None,
        )
        for one in employees
    ]


async def who_may_work(deps: Deps, employees: Sequence[Employee]) -> frozenset[str]:
    """Return the ids of those who may come to work today."""
    resident_ids = [one.resident_id for one in employees if one.resident_id]
    standings = await deps.store.standings.each(resident_ids)
    gone = {one.resident_id for one in await deps.store.residents.by_ids(resident_ids) if one.left}
    return frozenset(
        one.employee_id
        for one in employees
        if rules.may_work(one, deps.today, one.resident_id in gone, standings.get(one.resident_id or ""))
    )


async def counts(deps: Deps, employer: Employer) -> Counts:
    """Count the staff of an employer who work there today, by shift, and those who may not come in."""
    people = absent = 0
    shifts: Counter[str] = Counter()
    after: str | None = ""
    while after is not None:
        page, after = await deps.store.employees.page(employer.employer_id, False, after, _A_TURN)
        here = [one for one in page if one.works_on(deps.today)]
        people += len(here)
        absent += len(here) - len(await who_may_work(deps, here))
        shifts.update(one.shift for one in here)
    return Counts(people, absent, tuple(sorted(shifts.items())))


def _mask(number: str) -> str:
    return "*" * (len(number) - _KEPT_DIGITS) + number[-_KEPT_DIGITS:] if number else ""
