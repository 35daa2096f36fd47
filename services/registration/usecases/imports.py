"""A roster of residents comes in: the good rows go in, each bad one is reported (R1.3, R1.12).

An empty cell, or a column that the file does not have, changes nothing: what is stored of it stays. That holds for the
parts of a door too: a file without buildings moves no resident out of one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from pydantic import TypeAdapter

from services.registration.domain import persons, places
from services.registration.domain.cards import Card
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.domain.residents import Resident, Sealed
from services.registration.rosters.columns import RESIDENT_COLUMNS
from services.registration.rosters.rows import Roster, Row, RowReader
from services.registration.usecases import Complete, Deps, contacts
from services.registration.usecases.doors import Door, Gap, compounds_of, if_any, read_door
from services.registration.usecases.residents import ID_NUMBER, NAME, name_hashes, open_name
from shared.base import area, normal_form
from shared.base.gate_names import GateName
from shared.base.ids import derived_id, new_id
from shared.base.sealing import keyed_hash
from shared.base.yielding import yielding
from shared.events import registration as events
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

CARD_HELD = "another person holds this card: pass it on at that person's file, or issue another one"
OTHER_DOOR = "states no building or unit, and the room is not that of the stored door: state the whole door"
MAYBE_MERGED = (
    "is empty below a filled cell, and this kind of file does not state which cells were merged:"
    " enter it in each row, or 无 where there is none"
)
# It states nothing of the person: a clerk must not learn from it who is registered elsewhere.
ELSEWHERE = "cannot be stored with the rights of your area: have the office above your area check and import this row"

T = TypeVar("T")
Holders = Mapping[str, str]  # the resident who holds a card, by its hash


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
    door: Door | None = None


ENTRIES = TypeAdapter(list[Entry])


async def check(deps: Deps, caller: Principal, roster: Roster) -> tuple[list[Entry], list[RowProblem]]:
    """Return the rows of a roster that can be stored, and what is wrong in the others."""
    compounds = await compounds_of(deps, caller)
    return await asyncio.to_thread(_entries, deps, roster.rows, compounds)


@retry_conflicts
async def carry_out(deps: Deps, caller: Principal, entries: Sequence[Entry], complete: Complete) -> Sequence[Outcome]:
    """Store up to a transaction's worth of entries and return what became of each; repeating it changes nothing.

    `complete` is called in that transaction with the same and the problems.
    """
    async with deps.unit_of_work() as work:
        known = await deps.store.residents.by_hashes([entry.id_number_hash for entry in entries], work)
        contacts_of = await deps.store.contacts.several([one.resident_id for one in known.values()], work)
        holders = await deps.store.cards.holders([e.card_hash for e in entries if e.card_hash], work)
        settled = [_settle(caller, entry, known.get(entry.id_number_hash), holders) for entry in entries]
        doors = {e.household_id: e.area_path for e in settled if isinstance(e, Entry)}
        await deps.store.residents.ensure_households(doors, work)
        outcomes, problems, new = [], [], _New([], [], [])
        async for entry in yielding(settled):
            if isinstance(entry, RowProblem):
                problems.append(entry)
                outcomes.append(Outcome.REJECTED)
            elif (old := known.get(entry.id_number_hash)) is None:
                _register(deps, entry, new, work)
                outcomes.append(Outcome.ADDED)
            else:
                outcomes.append(await _change(deps, old, contacts_of.get(old.resident_id), entry, work))
                if given_up := _given_up(old, entry):
                    await deps.store.cards.free(given_up, old.resident_id, work)
                if entry.card_hash and entry.card_hash not in holders:
                    new.cards.append(Card(entry.card_hash, old.resident_id))
        await deps.store.residents.insert(new.residents, work)
        await deps.store.contacts.insert(new.contacts, work)
        await deps.store.cards.insert(new.cards, work)
        await complete(work, outcomes, problems)
    return outcomes


def _settle(caller: Principal, entry: Entry, old: Resident | None, holders: Holders) -> Entry | RowProblem:
    """Return the entry with the door that holds, or why it cannot go in as things stand in the store."""
    if old is not None and not caller.sees(old.area_path):
        return RowProblem(entry.row, "身份证号", ELSEWHERE)
    holder = holders.get(entry.card_hash or "")
    if holder and (old is None or old.resident_id != holder):
        return RowProblem(entry.row, "卡号", CARD_HELD)
    door = entry.door
    if door is None or door.gap is None:
        return entry
    if old is not None and area.within(old.area_path, door.compound):
        stored = tuple(map(normal_form.door, old.area_path.removeprefix(door.compound).strip("/").split("/")))
        if places.agrees(door.parts, stored):
            return replace(entry, household_id=old.household_id, area_path=old.area_path)
        if len(stored) > len(door.parts):
            return RowProblem(entry.row, "房号", OTHER_DOOR)
    return RowProblem(entry.row, "楼栋", MAYBE_MERGED) if door.gap is Gap.MAYBE_MERGED else entry


def _entries(deps: Deps, rows: Sequence[Row], compounds: Mapping[str, str]) -> tuple[list[Entry], list[RowProblem]]:
    entries: dict[str, Entry] = {}
    cards: set[str] = set()
    problems: list[RowProblem] = []
    for row in rows:
        reader = RowReader(row, RESIDENT_COLUMNS, problems)
        entry = _entry(deps, row, reader, compounds)
        if entry is None:
            continue
        if entry.id_number_hash in entries:
            reader.refuse("id_number", "stands in an earlier row of this file already: keep one of them")
        elif entry.card_hash in cards:
            reader.refuse("card", "stands in an earlier row of this file already: a card belongs to one person")
        else:
            entries[entry.id_number_hash] = entry
            cards |= {entry.card_hash} if entry.card_hash else set()
    return list(entries.values()), problems


def _entry(deps: Deps, row: Row, reader: RowReader, compounds: Mapping[str, str]) -> Entry | None:
    door = read_door(row, reader, compounds)
    name = reader.read("name", persons.check_name)
    id_number = reader.read("id_number", lambda text: persons.check_id_number(text, deps.today))
    phone = reader.read("phone", if_any(persons.check_phone))
    categories = reader.read("categories", if_any(persons.care_categories))
    card = reader.read("card", if_any(persons.check_card))
    if not reader.sound or door is None or name is None or id_number is None:
        return None
    path = "/".join((door.compound, *door.parts))
    return Entry(
        row=row.number,
        household_id=derived_id("household", path),
        area_path=path,
        name=name,
        id_number=id_number,
        id_number_hash=keyed_hash(deps.id_hash_key, "id_number", id_number),
        card_hash=keyed_hash(deps.id_hash_key, "card", card) if card else None,
        categories=None if categories is None else [category.value for category in categories],
        phone=phone,
        door=door,
    )


class _New(NamedTuple):
    """What the entries of residents who were not known make."""

    residents: list[Resident]
    contacts: list[Contact]
    cards: list[Card]


def _register(deps: Deps, entry: Entry, new: _New, work: UnitOfWork) -> None:
    resident = _resident(deps, entry)
    new.residents.append(resident)
    new.cards.extend(Card(card_hash, resident.resident_id) for card_hash in resident.card_hashes)
    work.emit_first(events.ResidentRegistered.of(resident))
    if entry.phone:
        points = ContactPoints(phone=entry.phone)
        contact = contacts.seal_contact(deps, resident.resident_id, entry.area_path, points)
        new.contacts.append(contact)
        work.emit_first(events.ContactPointsChanged.of(contact))


def _resident(deps: Deps, entry: Entry) -> Resident:
    resident_id = new_id()
    return Resident(
        resident_id=resident_id,
        household_id=entry.household_id,
        area_path=entry.area_path,
        id_number_hash=entry.id_number_hash,
        sealed=Sealed(
            deps.sealer.seal(entry.name, NAME, resident_id), deps.sealer.seal(entry.id_number, ID_NUMBER, resident_id)
        ),
        card_hashes=(entry.card_hash,) if entry.card_hash else (),
        name_hashes=name_hashes(deps, entry.name),
        categories=tuple(entry.categories or ()),
        gate_seal=_gate_name(deps, resident_id, entry),
    )


def _gate_name(deps: Deps, resident_id: str, entry: Entry) -> str:
    """Return what a keeper at a gate sees of the resident, sealed: the masked name and the year of birth."""
    year = int(entry.id_number[6:10])
    return deps.gate_names.seal(GateName(persons.mask_name(entry.name), year), resident_id)


async def _change(deps: Deps, old: Resident, contact: Contact | None, entry: Entry, work: UnitOfWork) -> Outcome:
    """Change what the row states otherwise than the file, and nothing else."""
    new = _updated(deps, old, entry)
    points = contacts.open_contact(deps, contact)
    same = entry.phone is None or normal_form.phone(points.phone or "") == entry.phone
    reached = points if same else replace(points, phone=entry.phone)
    if new == old and reached == points:
        return Outcome.UNCHANGED
    if new != old:
        await deps.store.residents.put(new, work)
    if new != replace(old, sealed=new.sealed, name_hashes=new.name_hashes):  # the whole name is no public fact
        work.emit(_change_of(old, new).of(new))
    if reached != points:
        await contacts.put(deps, old.resident_id, new.area_path, reached, work)
    return Outcome.CHANGED


def _given_up(old: Resident, entry: Entry) -> list[str]:
    """Return the cards that the resident no longer holds after the row."""
    return [one for one in old.card_hashes if entry.card_hash not in (None, one)]


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
    renamed = open_name(deps, old) != entry.name
    if renamed:
        new = replace(new, sealed=replace(old.sealed, name=deps.sealer.seal(entry.name, NAME, old.resident_id)))
    if renamed or old.gate_seal is None:
        new = replace(new, gate_seal=_gate_name(deps, old.resident_id, entry))
    return new
