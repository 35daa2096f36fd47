"""A roster of residents comes in: the good rows go in, each bad one is reported (R1.3, R1.12).

An empty cell, or a column that the file does not have, says nothing: what is stored of it stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter

from services.registration import rosters
from services.registration.domain import persons, places
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.rosters import RowReader
from services.registration.usecases import Complete, Deps, contacts
from services.registration.usecases.residents import NAME, public
from shared.base import area
from shared.base.ids import derived_id, new_id
from shared.base.sealing import keyed_hash
from shared.base.yielding import yielding
from shared.events import registration as events
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

ELSEWHERE = "is registered outside your area: the office above both areas imports the move"

T = TypeVar("T")
Stored = Callable[[UnitOfWork, Sequence[str]], Awaitable[None]]


@dataclass(frozen=True)
class Entry:
    """A roster row that can be stored; None stands for what the row does not say."""

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


async def carry_out(deps: Deps, caller: Principal, entries: Sequence[Entry], complete: Complete) -> Sequence[Outcome]:
    """Store some entries in one transaction and return what became of each; the same entries twice change nothing.

    `complete` is called in that transaction with the same and the problems.
    """

    async def stored(work: UnitOfWork, words: Sequence[str]) -> None:
        outside = [entry for entry, word in zip(entries, words, strict=True) if word == "elsewhere"]
        await complete(work, _outcomes(words), [RowProblem(entry.row, "身份证号", ELSEWHERE) for entry in outside])

    return _outcomes(await _store(deps, caller, entries, stored))


def _outcomes(words: Sequence[str]) -> list[Outcome]:
    return [Outcome.REJECTED if word == "elsewhere" else Outcome(word) for word in words]


async def _compounds(deps: Deps, caller: Principal) -> dict[str, str]:
    """Return the paths of the compounds in the caller's area by path, code and name; an ambiguous word is left out."""
    found: dict[str, str] = {}
    ambiguous = set()
    for place in await deps.store.places.at_level(caller.area, events.PlaceLevel.COMPOUND.value):
        for word in {place["path"], place["code"], place["name"]}:
            if word in found:
                ambiguous.add(word)
            found[word] = place["path"]
    return {word: path for word, path in found.items() if word not in ambiguous}


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
    path = reader.read("compound", lambda word: _known_compound(persons.present(word), compounds))
    for column in ("building", "unit"):
        part = reader.read(column, _if_any(places.check_door))
        path = area.child(path, part) if path and part else path
    room = reader.read("room", lambda text: places.check_door(persons.present(text)))
    return area.child(path, room) if path and room else None


def _if_any(check: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return the check for a cell that may be empty."""
    return lambda text: check(text) if text else None


def _known_compound(word: str, compounds: Mapping[str, str]) -> str:
    if word not in compounds:
        raise ValueError("no single compound of that path, code or name lies in your area: correct it or define it")
    return compounds[word]


@retry_conflicts
async def _store(deps: Deps, caller: Principal, entries: Sequence[Entry], stored: Stored) -> list[str]:
    """Store up to a transaction's worth of entries; return what became of each, and give it to `stored` before."""
    async with deps.unit_of_work() as work:
        known = await deps.store.residents.by_hashes([entry.id_number_hash for entry in entries], work)
        kept = await deps.store.contacts.several([resident["_id"] for resident in known.values()], work)
        elsewhere = {key for key, resident in known.items() if not caller.sees(resident["area_path"])}
        doors = {e.household_id: e.area_path for e in entries if e.id_number_hash not in elsewhere}
        await deps.store.residents.ensure_households(doors, work)
        outcomes, new, reached = [], [], []
        async for entry in yielding(entries):
            old = known.get(entry.id_number_hash)
            if old is None:
                resident = _resident(deps, entry)
                new.append(resident)
                work.emit_first(events.ResidentRegistered(**public(resident)))
                if entry.phone:
                    reach = contacts.NO_CONTACT._replace(phone=entry.phone)
                    reached.append(contacts.sealed(deps, resident["_id"], entry.area_path, reach))
                    work.emit_first(contacts.changed(reached[-1]))
                outcomes.append("added")
            elif entry.id_number_hash in elsewhere:
                outcomes.append("elsewhere")
            else:
                outcomes.append(await _change(deps, old, kept.get(old["_id"]), entry, work))
        await deps.store.residents.insert(new, work)
        await deps.store.contacts.insert(reached, work)
        await stored(work, outcomes)
    return outcomes


def _resident(deps: Deps, entry: Entry) -> Document:
    facts = {"name": entry.name, "id_number": entry.id_number}
    return {
        "_id": new_id(),
        "household_id": entry.household_id,
        "area_path": entry.area_path,
        "id_number_hash": entry.id_number_hash,
        "card_hashes": [entry.card_hash] if entry.card_hash else [],
        "categories": entry.categories or [],
        "keeper_id": None,
        "left": False,
        "sealed": {field: deps.sealer.seal(text, f"resident.{field}") for field, text in facts.items()},
    }


async def _change(deps: Deps, old: Document, kept: Document | None, entry: Entry, work: UnitOfWork) -> str:
    """Change what the row says otherwise than the file, and nothing else."""
    new = old | _said_otherwise(deps, old, entry)
    reach = contacts.opened(deps, kept)
    reached = reach._replace(phone=entry.phone or reach.phone)
    if new == old and reached == reach:
        return "unchanged"
    if new != old:
        await deps.store.residents.update(old["_id"], {k: v for k, v in new.items() if k != "_id"}, work)
    if public(new) != public(old):
        work.emit(_change_of(old, new)(**public(new)))
    if reached != reach:
        await contacts.keep(deps, old["_id"], new["area_path"], reached, work)
    return "changed"


def _change_of(old: Document, new: Document) -> type[events.ResidentEvent]:
    """Return the event that names what changed most; each carries all of what others may know of the resident."""
    if new["area_path"] != old["area_path"]:
        return events.ResidentMoved
    return events.SpecialCareChanged if new["categories"] != old["categories"] else events.CardsChanged


def _said_otherwise(deps: Deps, old: Document, entry: Entry) -> Document:
    said: Document = {"household_id": entry.household_id, "area_path": entry.area_path}
    if entry.categories is not None:
        said["categories"] = entry.categories
    if entry.card_hash is not None:
        said["card_hashes"] = [entry.card_hash]
    if deps.sealer.open(old["sealed"]["name"], NAME) != entry.name:
        said["sealed"] = old["sealed"] | {"name": deps.sealer.seal(entry.name, NAME)}
    return said
