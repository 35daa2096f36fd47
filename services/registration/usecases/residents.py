"""Resident files (一人一档) and household files (一家一档): rosters, special care, contacts (R1.3, R1.4, R1.12)."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from services.registration import domain, rosters
from services.registration.rosters import ImportReport, RowProblem
from services.registration.usecases import Deps
from shared import area
from shared.access import Principal, Role
from shared.errors import Forbidden, Invalid, NotFound
from shared.events import registration as events
from shared.ids import derived_id, new_id
from shared.mongo import Document
from shared.sealing import keyed_hash
from shared.unit_of_work import UnitOfWork, retry_conflicts

ROWS_A_TRANSACTION = 250
# The facts of a file that a roster states; what is sealed is compared by its keyed hash.
_STATED = ("household_id", "area_path", "categories", "card_hashes", "digest")


class Entry(NamedTuple):
    """A roster row that can be stored: the resident's facts and the household they live in."""

    facts: Document
    household: Document
    contact: str | None


async def import_residents(deps: Deps, caller: Principal, content: bytes) -> ImportReport:
    """Import a roster: the good rows go in, each bad one is reported; the same file twice changes nothing."""
    rows = await asyncio.to_thread(rosters.read, content, rosters.RESIDENT_COLUMNS)
    compounds = await _compounds(deps, caller)
    entries: dict[str, Entry] = {}
    problems: list[RowProblem] = []
    for row in rows:
        entry = _entry(deps, row, compounds, problems)
        if entry is None:
            continue
        if entry.facts["id_number_hash"] in entries:
            problem = "the same ID number stands in an earlier row of this file"
            problems.append(RowProblem(row=row.number, column="身份证号", problem=problem))
        else:
            entries[entry.facts["id_number_hash"]] = entry
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    stored = list(entries.values())
    for start in range(0, len(stored), ROWS_A_TRANSACTION):
        for outcome in await _store(deps, stored[start : start + ROWS_A_TRANSACTION]):
            counts[outcome] += 1
    report = ImportReport(import_id=new_id(), rows=len(rows), rejected=len(problems), problems=problems, **counts)
    await deps.store.put_import(report.model_dump() | {"_id": report.import_id, "area_path": caller.area})
    return report


async def _compounds(deps: Deps, caller: Principal) -> dict[str, str]:
    """Return the paths of the compounds in the caller's area by path, code and name; an ambiguous word is left out."""
    found: dict[str, str] = {}
    ambiguous = set()
    for place in await deps.store.places_within(caller.area, events.PlaceLevel.COMPOUND.value):
        for word in {place["path"], place["code"], place["name"]}:
            if word in found:
                ambiguous.add(word)
            found[word] = place["path"]
    return {word: path for word, path in found.items() if word not in ambiguous}


def _entry(deps: Deps, row: rosters.Row, compounds: dict[str, str], problems: list[RowProblem]) -> Entry | None:
    cells = row.cells
    before = len(problems)

    def checked(column: str, check: Any) -> Any:
        try:
            return check(cells.get(column, ""))
        except ValueError as error:
            title = rosters.RESIDENT_COLUMNS[column][0]
            problems.append(RowProblem(row=row.number, column=title, problem=str(error)))
            return None

    today = deps.clock.now().astimezone(deps.zone).date()
    compound = checked("compound", lambda word: _known_compound(word, compounds))
    name = checked("name", _not_empty)
    id_number = checked("id_number", lambda text: _id_number(text, today))
    phone = checked("phone", lambda text: domain.check_phone(text) if text else "")
    categories = checked("categories", domain.care_categories)
    path = checked("room", lambda room: _household_path(compound or "/x", cells, room))
    if len(problems) > before:
        return None
    card = cells.get("card", "")
    household = {"_id": derived_id("household", path), "area_path": path}
    identity = {"name": name, "id_number": id_number, "phone": phone}
    facts = {
        "household_id": household["_id"],
        "area_path": path,
        "id_number_hash": keyed_hash(deps.id_hash_key, "id_number", id_number),
        "card_hashes": [keyed_hash(deps.id_hash_key, "card", card)] if card else [],
        "categories": list(categories),
        "digest": keyed_hash(deps.id_hash_key, "identity", json.dumps(identity, sort_keys=True)),
        "sealed": {field: deps.sealer.seal(value, f"resident.{field}") for field, value in identity.items()},
    }
    contact = deps.sealer.seal(json.dumps({"phone": phone}), "contact") if phone else None
    return Entry(facts, household, contact)


def _known_compound(word: str, compounds: dict[str, str]) -> str:
    if word not in compounds:
        raise ValueError(f"no single compound {word!r} in your area: use its path, code or name, or define it first")
    return compounds[word]


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("is missing")
    return text


def _id_number(text: str, today: Any) -> str:
    number = text.strip().upper()
    domain.birth_date(number, today)
    return number


def _household_path(compound: str, cells: dict[str, str], room: str) -> str:
    path = compound
    for part in (cells.get("building", ""), cells.get("unit", ""), _not_empty(room)):
        path = area.child(path, part) if part else path
    return path


@retry_conflicts
async def _store(deps: Deps, entries: Sequence[Entry]) -> list[str]:
    """Store up to a transaction's worth of entries; return what became of each."""
    async with deps.unit_of_work() as work:
        known = await deps.store.residents_by_hash([e.facts["id_number_hash"] for e in entries], work)
        await deps.store.ensure_households([e.household for e in entries], work)
        new, outcomes = [], []
        for entry in entries:
            old = known.get(entry.facts["id_number_hash"])
            if old is None:
                resident = entry.facts | {"_id": new_id(), "keeper_id": None, "left": False, "language": "zh"}
                new.append(resident)
                work.emit(events.ResidentRegistered(**_public(resident)), *_reach(resident, entry.contact))
                outcomes.append("added")
            elif all(old[name] == entry.facts[name] for name in _STATED):
                outcomes.append("unchanged")
            else:
                await _change(deps, old, entry, work)
                outcomes.append("changed")
        await deps.store.insert_residents(new, work)
    return outcomes


async def _change(deps: Deps, old: Document, entry: Entry, work: UnitOfWork) -> None:
    resident = old | entry.facts
    await deps.store.update_resident(old["_id"], entry.facts, work)
    if old["area_path"] != resident["area_path"]:
        work.emit(events.ResidentMoved(**_public(resident)))
    elif old["categories"] != resident["categories"]:
        work.emit(events.SpecialCareChanged(**_public(resident)))
    work.emit(*_reach(resident, entry.contact))


def _public(resident: Document) -> dict[str, Any]:
    facts = {name: resident[name] for name in ("household_id", "area_path", "categories", "keeper_id")}
    return facts | {"resident_id": resident["_id"]}


def _reach(resident: Document, contact: str | None) -> list[Any]:
    identity = {"resident_id": resident["_id"], "area_path": resident["area_path"]}
    hashes = {"id_number_hash": resident["id_number_hash"], "card_hashes": resident["card_hashes"]}
    said: list[Any] = [events.CredentialsChanged(**identity, **hashes)]
    if contact:
        reach = {"area_path": resident["area_path"], "language": resident["language"], "sealed": contact}
        said.append(events.ContactPointsChanged(person_id=resident["_id"], **reach))
    return said


@retry_conflicts
async def change_care(
    deps: Deps, caller: Principal, resident_id: str, categories: Sequence[domain.Care], keeper_id: str | None
) -> Document:
    """Set the special-care categories and the one-to-one keeper of a resident (R1.4)."""
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        facts = {"categories": sorted(categories), "keeper_id": keeper_id}
        if any(resident[name] != value for name, value in facts.items()):
            await deps.store.update_resident(resident_id, facts, work)
            work.emit(events.SpecialCareChanged(**_public(resident | facts)))
    return resident | facts


async def visible(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork | None = None) -> Document:
    """Return the resident file. Raises `NotFound` outside the caller's area, or when it is another resident's."""
    resident = await deps.store.resident(resident_id, work)
    own = resident_id == caller.subject
    staff = bool(caller.roles - {"resident", "device"})
    if resident is None or not (own or (staff and caller.sees(resident["area_path"]))):
        raise NotFound("registration.no_such_resident", "The resident was not found in your area")
    return resident


async def set_contact(
    deps: Deps, caller: Principal, person_id: str, phone: str | None, language: str, urls: dict[str, str]
) -> None:
    """Say how a person is reached. Another resident's is said by staff of the area, a colleague's by the office."""
    resident = await deps.store.resident(person_id)
    path = resident["area_path"] if resident else caller.area
    if person_id != caller.subject:
        caller.require_area(path, "the person")
        if resident is None and not caller.roles & {Role.CITY, Role.COMMUNITY}:
            raise Forbidden("registration.not_your_contact", "Only the office says how a colleague is reached")
    try:
        phone = domain.check_phone(phone) if phone else None
    except ValueError as error:
        raise Invalid("registration.bad_phone", f"{error}") from None
    sealed = deps.sealer.seal(json.dumps({"phone": phone, "urls": urls}), "contact")
    async with deps.unit_of_work() as work:
        work.emit(events.ContactPointsChanged(person_id=person_id, area_path=path, language=language, sealed=sealed))
