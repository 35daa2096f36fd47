"""A roster of residents comes in: the good rows go in, each bad one is reported (R1.3, R1.12).

An empty cell, or a column that the file does not have, changes nothing: what is stored of it stays.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from pydantic import TypeAdapter

from services.registration import rosters
from services.registration.domain import persons, places
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.domain.residents import Resident, Sealed
from services.registration.rosters import RowReader
from services.registration.usecases import Complete, Deps, contacts
from services.registration.usecases.residents import ID_NUMBER, NAME, name_hashes, open_name
from shared.base import area
from shared.base.ids import derived_id, new_id
from shared.base.sealing import keyed_hash
from shared.base.yielding import yielding
from shared.events import registration as events
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

ELSEWHERE = "is registered outside your area: the office above both areas imports the move"

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """A roster row that can be stored; None stands for what the row does not state."""

    row: int
    household_id: str
    area_path: str
    name: str
    id_number: str
    id_number_hash: str
    card_hash: str | None
    categories: list[str] | None
    phone: str | None


ENTRIES = TypeAdapter(list[Entry])


async def check(deps: Deps, caller: Principal, rows: Sequence[rosters.Row]) -> tuple[list[Entry], list[RowProblem]]:
    """Return the rows of a roster that can be stored, and what is wrong in the others."""
    compounds = await _compounds(deps, caller)
    return await asyncio.to_thread(_entries, deps, rows, compounds)


@retry_conflicts
async def carry_out(deps: Deps, caller: Principal, entries: Sequence[Entry], complete: Complete) -> Sequence[Outcome]:
    """Store up to a transaction's worth of entries and return what became of each; repeating it changes nothing.

    `complete` is called in that transaction with the same and the problems.
    """
    async with deps.unit_of_work() as work:
        known = await deps.store.residents.by_hashes([entry.id_number_hash for entry in entries], work)
        contacts_of = await deps.store.contacts.several([one.resident_id for one in known.values()], work)
        elsewhere = {key for key, resident in known.items() if not caller.sees(resident.area_path)}
        doors = {e.household_id: e.area_path for e in entries if e.id_number_hash not in elsewhere}
        await deps.store.residents.ensure_households(doors, work)
        outcomes, problems, new = [], [], _New([], [])
        async for entry in yielding(entries):
            old = known.get(entry.id_number_hash)
            if old is None:
                _register(deps, entry, new, work)
                outcomes.append(Outcome.ADDED)
            elif entry.id_number_hash in elsewhere:
                problems.append(RowProblem(entry.row, "身份证号", ELSEWHERE))
                outcomes.append(Outcome.REJECTED)
            else:
                outcomes.append(await _change(deps, old, contacts_of.get(old.resident_id), entry, work))
        await deps.store.residents.insert(new.residents, work)
        await deps.store.contacts.insert(new.contacts, work)
        await complete(work, outcomes, problems)
    return outcomes


async def _compounds(deps: Deps, caller: Principal) -> dict[str, str]:
    """Return the paths of the compounds in the caller's area by path, code and name; an ambiguous word is left out."""
    paths: dict[str, str] = {}
    ambiguous = set()
    for place in await deps.store.places.at_level(caller.area, events.PlaceLevel.COMPOUND):
        for word in {place.path, place.code, place.name}:
            if word in paths:
                ambiguous.add(word)
            paths[word] = place.path
    return {word: path for word, path in paths.items() if word not in ambiguous}


def _entries(
    deps: Deps, rows: Sequence[rosters.Row], compounds: Mapping[str, str]
) -> tuple[list[Entry], list[RowProblem]]:
    entries: dict[str, Entry] = {}
    problems: list[RowProblem] = []
    for row in rows:
        reader = RowReader(row, rosters.RESIDENT_COLUMNS, problems)
        entry = _entry(deps, row.number, reader, compounds)
        if entry is None:
            continue
        if entry.id_number_hash in entries:
            reader.refuse("id_number", "stands in an earlier row of this file already: keep one of them")
        else:
            entries[entry.id_number_hash] = entry
    return list(entries.values()), problems


def _entry(deps: Deps, row: int, reader: RowReader, compounds: Mapping[str, str]) -> Entry | None:
    path = _door(reader, compounds)
    name = reader.read("name", persons.check_name)
    id_number = reader.read("id_number", lambda text: persons.check_id_number(text, deps.today))
    phone = reader.read("phone", _if_any(persons.check_phone))
    categories = reader.read("categories", _if_any(persons.care_categories))
    card = reader.read("card", _if_any(persons.check_card))
    if not reader.sound or path is None or name is None or id_number is None:
        return None
    return Entry(
        row=row,
        household_id=derived_id("household", path),
        area_path=path,
        name=name,
        id_number=id_number,
        id_number_hash=keyed_hash(deps.id_hash_key, "id_number", id_number),
        card_hash=keyed_hash(deps.id_hash_key, "card", card) if card else None,
        categories=None if categories is None else [category.value for category in categories],
        phone=phone,
    )


def _door(reader: RowReader, compounds: Mapping[str, str]) -> str | None:
    """Return the household's area path: compound, building and unit where there are any, room."""
    path = reader.read("compound", lambda word: _known_compound(persons.require_text(word), compounds))
    for column in ("building", "unit"):
        part = reader.read(column, _if_any(places.check_door))
        path = area.child(path, part) if path and part else path
    room = reader.read("room", lambda text: places.check_door(persons.require_text(text)))
    return area.child(path, room) if path and room else None


def _if_any(check: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return the check for a cell that may be empty."""
    return lambda text: check(text) if text else None


def _known_compound(word: str, compounds: Mapping[str, str]) -> str:
    if word not in compounds:
        raise ValueError("no single compound of that path, code or name lies in your area: correct it or define it")
    return compounds[word]


class _New(NamedTuple):
    """What the entries of residents who were not known make."""

    residents: list[Resident]
    contacts: list[Contact]


def _register(deps: Deps, entry: Entry, new: _New, work: UnitOfWork) -> None:
    resident = _resident(deps, entry)
    new.residents.append(resident)
    work.emit_first(events.ResidentRegistered.of(resident))
    if entry.phone:
        points = ContactPoints(phone=entry.phone)
        contact = contacts.seal_contact(deps, resident.resident_id, entry.area_path, points)
        new.contacts.append(contact)
        work.emit_first(events.ContactPointsChanged.of(contact))


def _resident(deps: Deps, entry: Entry) -> Resident:
    return Resident(
        resident_id=new_id(),
        household_id=entry.household_id,
        area_path=entry.area_path,
        id_number_hash=entry.id_number_hash,
        sealed=Sealed(deps.sealer.seal(entry.name, NAME), deps.sealer.seal(entry.id_number, ID_NUMBER)),
        card_hashes=(entry.card_hash,) if entry.card_hash else (),
        name_hashes=name_hashes(deps, entry.name),
        categories=tuple(entry.categories or ()),
    )


async def _change(deps: Deps, old: Resident, contact: Contact | None, entry: Entry, work: UnitOfWork) -> Outcome:
    """Change what the row states otherwise than the file, and nothing else."""
    new = _updated(deps, old, entry)
    points = contacts.open_contact(deps, contact)
    reached = replace(points, phone=entry.phone or points.phone)
    if new == old and reached == points:
        return Outcome.UNCHANGED
    if new != old:
        await deps.store.residents.put(new, work)
    if new != replace(old, sealed=new.sealed, name_hashes=new.name_hashes):  # a name alone is no public fact
        work.emit(_change_of(old, new).of(new))
    if reached != points:
        await contacts.put(deps, old.resident_id, new.area_path, reached, work)
    return Outcome.CHANGED


def _change_of(old: Resident, new: Resident) -> type[events.ResidentEvent]:
    """Return the event that names what changed most; each carries the whole public state of the resident."""
    if new.area_path != old.area_path:
        return events.ResidentMoved
    return events.SpecialCareChanged if new.categories != old.categories else events.CardsChanged


def _updated(deps: Deps, old: Resident, entry: Entry) -> Resident:
    new = replace(old, household_id=entry.household_id, area_path=entry.area_path)
    if entry.categories is not None:
        new = replace(new, categories=tuple(entry.categories))
    if entry.card_hash is not None:
        new = replace(new, card_hashes=(entry.card_hash,))
    if (hashes := name_hashes(deps, entry.name)) != old.name_hashes:  # of an earlier version there are none
        new = replace(new, name_hashes=hashes)
    if open_name(deps, old) != entry.name:
        new = replace(new, sealed=replace(old.sealed, name=deps.sealer.seal(entry.name, NAME)))
    return new
