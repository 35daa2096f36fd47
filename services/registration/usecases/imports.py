"""A roster of residents comes in: the good rows go in, each bad one is reported (R1.3, R1.12).

An empty cell, or a column that the file does not have, changes nothing: what is stored of it stays. That holds for the
parts of a door too: a file without buildings moves no resident out of one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.registration.domain import persons
from services.registration.domain.imports import RowProblem
from services.registration.rosters.columns import RESIDENT_COLUMNS
from services.registration.rosters.rows import Row, RowReader
from services.registration.usecases import Checked, Deps
from services.registration.usecases.doors import Door, compounds_of, if_any, read_door
from services.registration.usecases.roster_particulars import Stated, read_identity, read_stated
from shared.base.ids import derived_id
from shared.base.sealing import keyed_hash
from shared.web.access import Principal

CARD_HELD = "another person holds this card: pass it on at that person's file, or issue another one"
STATED_DEAD = "is registered as dead: undo that in the file's history if it is wrong, or take the row out"
OTHER_DOOR = "states no building or unit, and the room is not that of the stored door: state the whole door"
# One text for whatever reason: a clerk must not learn from it who is registered elsewhere, or who holds a card.
EXAMINED = (
    "整行 row",
    "is not stored by itself and is examined by hand: the office in charge decides, and what it accepts appears in your"
    " list without another answer; ask the office above your area if it is urgent"
    " · 本行不能直接入库，已转人工核查：核查通过后会出现在您的名单中，不另行答复；急件请联系上级",
)


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
    stated: Stated | None = None


ENTRY, ENTRIES = TypeAdapter(Entry), TypeAdapter(list[Entry])


async def checking(deps: Deps, caller: Principal) -> Callable[[Sequence[Row]], Checked[Entry]]:
    """Return what checks the rows of one roster, some at a time and in their order."""
    return _Checking(deps, await compounds_of(deps, caller), caller.subject).check


class _Checking:
    """The check of one roster: what its earlier rows hold is kept, as hashes."""

    def __init__(self, deps: Deps, compounds: Mapping[str, str], by: str) -> None:
        self._deps, self._compounds, self._by = deps, compounds, by
        self._persons: set[bytes] = set()
        self._cards: set[bytes] = set()

    def check(self, rows: Sequence[Row]) -> Checked[Entry]:
        """Return the rows that can be stored, and what is wrong in the others."""
        entries: list[Entry] = []
        problems: list[RowProblem] = []
        for row in rows:
            reader = RowReader(row, RESIDENT_COLUMNS, problems)
            entry = _entry(self._deps, row, reader, self._compounds, self._by)
            if entry is not None and self._is_first(entry, reader):
                entries.append(entry)
        return entries, problems

    def _is_first(self, entry: Entry, reader: RowReader) -> bool:
        person = bytes.fromhex(entry.id_number_hash)
        card = bytes.fromhex(entry.card_hash) if entry.card_hash else None
        if person in self._persons:
            reader.refuse("id_number", "stands in an earlier row of this file already: keep one of them")
        elif card in self._cards:
            reader.refuse("card", "stands in an earlier row of this file already: a card belongs to one person")
        else:
            self._persons.add(person)
            self._cards |= {card} if card else set()
        return reader.sound


def _entry(deps: Deps, row: Row, reader: RowReader, compounds: Mapping[str, str], by: str) -> Entry | None:
    door = read_door(row, reader, compounds)
    name = reader.read("name", persons.check_name)
    path = "/".join((door.compound, *door.parts)) if door else ""
    household_id = derived_id("household", path)
    identity = read_identity(deps, row, reader, name or "", household_id)
    stated = read_stated(deps, row, reader, identity, by) if identity else None
    phone = reader.read("phone", if_any(persons.check_phone))
    categories = reader.read("categories", if_any(persons.care_categories))
    card = reader.read("card", if_any(persons.check_card))
    if not reader.sound or door is None or name is None or identity is None:
        return None
    return Entry(
        row=row.number,
        household_id=household_id,
        area_path=path,
        name=name,
        id_number=identity.number,
        id_number_hash=identity.number_hash,
        card_hash=keyed_hash(deps.id_hash_key, "card", card) if card else None,
        categories=None if categories is None else [category.value for category in categories],
        phone=phone,
        door=door,
        stated=stated,
    )
