"""What a roster states of the doors behind which residents live, and what it leaves out (R1.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from services.registration.domain import persons, places
from services.registration.rosters.rows import Row, RowReader
from services.registration.usecases import Deps
from shared.base import normal_form
from shared.events import registration as events
from shared.web.access import Principal

T = TypeVar("T")


class Gap(StrEnum):
    """Why a row may not state the whole door: it leaves parts out, or an empty cell may belong to a merged one."""

    LEFT_OUT = "left_out"
    MAYBE_MERGED = "maybe_merged"


@dataclass(frozen=True)
class Door:
    """What a row states of a door: the compound's path, the parts below it, and whether some may be missing."""

    compound: str
    parts: tuple[str, ...]
    gap: Gap | None = None


async def compounds_of(deps: Deps, caller: Principal) -> dict[str, str]:
    """Return the paths of the compounds in the caller's area by path, code and name; an ambiguous word is left out."""
    paths: dict[str, str] = {}
    ambiguous = set()
    for place in await deps.store.places.at_level(caller.area, events.PlaceLevel.COMPOUND):
        for word in set(map(normal_form.word, (place.path, place.code, place.name))):
            if word in paths:
                ambiguous.add(word)
            paths[word] = place.path
    return {word: path for word, path in paths.items() if word not in ambiguous}


def read_door(row: Row, reader: RowReader, compounds: Mapping[str, str]) -> Door | None:
    """Return what the row states of the household's door: compound, building and unit where there are any, room."""
    compound = reader.read("compound", lambda word: _known_compound(persons.require_text(word), compounds))
    parts = [reader.read(column, if_any(places.part_of_door)) for column in ("building", "unit")]
    room = reader.read("room", lambda text: places.check_door(persons.require_text(text)))
    if compound is None or room is None:
        return None
    gap = Gap.LEFT_OUT if None in parts else None
    if row.maybe_merged:
        gap = Gap.MAYBE_MERGED
    return Door(compound, (*filter(None, parts), room), gap)


def if_any(check: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return the check for a cell that may be empty."""
    return lambda text: check(text) if text else None


def _known_compound(word: str, compounds: Mapping[str, str]) -> str:
    known = compounds.get(normal_form.word(word))
    if known is None:
        raise ValueError("no single compound of that path, code or name lies in your area: correct it or define it")
    return known
