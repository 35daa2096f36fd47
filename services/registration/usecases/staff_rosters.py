"""A sheet of staff comes in: name, account or phone, unit, qualifications, duties, area by its name (R1.2, R1.12).

An empty cell, or a column that the file does not have, changes nothing. A row without an account is the person of the
caller's area with that name and phone, else a new one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import TypeAdapter

from services.registration.domain import persons, staff_terms
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.domain.staff import StaffAct, StaffFacts, StaffMember
from services.registration.rosters.columns import STAFF_COLUMNS
from services.registration.rosters.rows import Row, RowReader
from services.registration.store.staff import Wanted
from services.registration.usecases import Checked, Complete, Deps, contacts, staff
from services.registration.usecases.doors import if_any
from services.registration.usecases.staff import Statement, Why
from shared.base import id_numbers, normal_form
from shared.base.errors import DomainError
from shared.base.normal_form import LONGEST_BEGINNING, search_key
from shared.base.sealing import keyed_hash
from shared.events.registration import PlaceLevel
from shared.events.registration_staff import Qualification, StaffDuty
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

MOST_NAMESAKES = 20
_ACCOUNT = re.compile(r"[\w.@:-]{1,64}")
_LEVELS = tuple(one for one in PlaceLevel if one not in (PlaceLevel.BUILDING, PlaceLevel.UNIT))


@dataclass(frozen=True)
class StaffRow:
    """A row of a sheet of staff; None stands for what the row does not state."""

    row: int
    name: str
    person_id: str | None
    phone: str | None
    unit: str | None
    area_path: str | None
    qualifications: tuple[Qualification, ...] | None
    duties: tuple[StaffDuty, ...] | None


ENTRIES = TypeAdapter(list[StaffRow])


async def checking(deps: Deps, caller: Principal) -> Callable[[Sequence[Row]], Checked[StaffRow]]:
    """Return what checks the rows of one sheet, some at a time and in their order."""
    return _Checking(await _areas_of(deps, caller)).check


async def _areas_of(deps: Deps, caller: Principal) -> dict[str, str]:
    """Return the paths of the caller's places by path and name, "" for a name that several have."""
    paths: dict[str, str] = {}
    for level in _LEVELS:
        for place in await deps.store.places.at_level(caller.area, level):
            for word in {normal_form.word(place.path), normal_form.word(place.name)}:
                paths[word] = "" if word in paths else place.path
    return paths


class _Checking:
    """The check of one sheet: the accounts and phones of its earlier rows are kept."""

    def __init__(self, areas: Mapping[str, str]) -> None:
        self._areas = areas
        self._known: set[tuple[str, str]] = set()

    def check(self, rows: Sequence[Row]) -> Checked[StaffRow]:
        """Return the rows that can be tried, and what is wrong in the others."""
        entries: list[StaffRow] = []
        problems: list[RowProblem] = []
        for row in rows:
            reader = RowReader(row, STAFF_COLUMNS, problems)
            entry = _entry(row.number, reader, self._areas)
            if entry is not None and self._is_first(entry, reader):
                entries.append(entry)
        return entries, problems

    def _is_first(self, entry: StaffRow, reader: RowReader) -> bool:
        own = {("account", entry.person_id or ""), ("phone", entry.phone or "")} - {("account", ""), ("phone", "")}
        if own & self._known:
            reader.refuse("name", "stands in an earlier row of this file already: keep one of them")
            return False
        self._known |= own
        return True


def _entry(row: int, reader: RowReader, areas: Mapping[str, str]) -> StaffRow | None:
    name = reader.read("name", persons.check_name)
    person_id = reader.read("account", if_any(_check_account))
    phone = reader.read("phone", if_any(persons.check_phone))
    unit = reader.read("unit", if_any(normal_form.fold))
    area_path = reader.read("area", if_any(partial(_known_area, areas=areas)))
    qualifications = reader.read("qualifications", if_any(staff_terms.qualifications))
    duties = reader.read("duties", if_any(staff_terms.duties))
    if reader.sound and person_id is None and phone is None:
        reader.refuse("phone", "is missing: fill it in")
    if not reader.sound or name is None:
        return None
    return StaffRow(row, name, person_id, phone, unit, area_path, qualifications, duties)


def _check_account(text: str) -> str:
    account = normal_form.fold(text)
    if not _ACCOUNT.fullmatch(account) or id_numbers.is_checked(normal_form.id_number(account)):
        raise ValueError("is no account: enter the one with which the person signs in")
    return account


def _known_area(text: str, areas: Mapping[str, str]) -> str:
    path = areas.get(normal_form.word(text))
    if not path:
        raise ValueError("no single place of that path or name lies in your area: correct it or define it")
    return path


@retry_conflicts
async def carry_out(
    deps: Deps, caller: Principal, import_id: str, entries: Sequence[StaffRow], complete: Complete
) -> Sequence[Outcome]:
    """Carry out some rows in one transaction and return what became of each; repeating it changes nothing.

    `complete` is called in that transaction with the same and the problems.
    """
    outcomes: list[Outcome] = []
    problems: list[RowProblem] = []
    async with deps.unit_of_work() as work:
        for entry in entries:
            try:
                outcomes.append(await _carry_out(deps, caller, import_id, entry, work))
            except DomainError as error:  # it is raised before anything of the row is stored
                outcomes.append(Outcome.REJECTED)
                problems.append(RowProblem(entry.row, STAFF_COLUMNS["name"].titles[0], error.message))
        await complete(work, outcomes, problems)
    return outcomes


async def _carry_out(deps: Deps, caller: Principal, import_id: str, entry: StaffRow, work: UnitOfWork) -> Outcome:
    person_id = entry.person_id or await _namesake(deps, caller, entry) or staff.made_id(deps, entry.phone or "")
    old = await deps.store.staff.get(person_id, work)
    stated = staff.check(deps, caller, Statement(_facts(caller, entry, old), deps.today, entry.phone))
    reached = contacts.open_contact(deps, await deps.store.contacts.get(person_id, work)).phone
    why = Why(StaffAct.IMPORTED, deps.today, import_id=import_id)
    new = await staff.put(deps, caller, person_id, old, stated, why, work)
    if old is None or old.active_until is not None:
        return Outcome.ADDED
    return Outcome.UNCHANGED if new == old and entry.phone in (None, reached) else Outcome.CHANGED


async def _namesake(deps: Deps, caller: Principal, entry: StaffRow) -> str | None:
    """Return the person of the caller's area who has the name and the phone of the row."""
    name_hash = keyed_hash(deps.id_hash_key, staff.NAME, search_key(entry.name)[:LONGEST_BEGINNING])
    members, _ = await deps.store.staff.page(caller.area, Wanted(name_hash=name_hash), "", MOST_NAMESAKES)
    listed = await staff.with_phones(deps, caller, members)
    return next((m.person_id for m, phone in listed if m.name == entry.name and phone == entry.phone), None)


def _facts(caller: Principal, entry: StaffRow, old: StaffMember | None) -> StaffFacts:
    """Return what holds after the row; what it does not state stays."""
    before = old.facts if old else StaffFacts(entry.name, "", caller.area)
    return StaffFacts(
        name=entry.name,
        unit=before.unit if entry.unit is None else entry.unit,
        area_path=entry.area_path or before.area_path,
        qualifications=before.qualifications if entry.qualifications is None else entry.qualifications,
        duties=before.duties if entry.duties is None else entry.duties,
    )
