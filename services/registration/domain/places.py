"""The place tree: which level may lie in which, how levels and doors are written (R1.1)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from shared.base import normal_form
from shared.base.area import ancestors
from shared.events.registration import Keeper, PlaceLevel

LEVELS = tuple(PlaceLevel)
NO_PART = frozenset({"无", "没有", "none", "-", "/"})
_DOOR = re.compile(r"[\w-]{1,40}")
_BETWEEN_PARTS = re.compile(r"(?<=\w)[\s/]+(?=\w)")
MOST_PARTS = 4  # of a door that is searched for

LEVEL_TERMS = {
    "市": PlaceLevel.CITY,
    "城市": PlaceLevel.CITY,
    "区": PlaceLevel.DISTRICT,
    "区县": PlaceLevel.DISTRICT,
    "街道": PlaceLevel.STREET,
    "社区": PlaceLevel.COMMUNITY,
    "片区": PlaceLevel.AREA,
    "网格": PlaceLevel.GRID,
    "小区": PlaceLevel.COMPOUND,
    "村": PlaceLevel.COMPOUND,
    "小区/村": PlaceLevel.COMPOUND,
    "楼栋": PlaceLevel.BUILDING,
    "单元": PlaceLevel.UNIT,
}


@dataclass(frozen=True)
class Place:
    """A place of the tree: `path` ends in its `code`, `keepers` answer for it.

    It has its path since a day that is not known where it was defined before days were kept. A closed place was
    `merged_into` the place with that id.
    """

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    parent_id: str | None = None
    keepers: tuple[Keeper, ...] = ()
    closed: bool = False
    since: date | None = None
    merged_into: str | None = None


def place_level(text: str) -> PlaceLevel:
    """Return the level named in `text`, by Chinese term or code. Raises `ValueError` for others."""
    try:
        return LEVEL_TERMS.get(text) or PlaceLevel(text)
    except ValueError:
        raise ValueError(f"an unknown level: use {'、'.join(LEVEL_TERMS)}") from None


def level_fits(parent: PlaceLevel | None, level: PlaceLevel) -> bool:
    """Whether a place of `level` may lie directly in one of `parent`; a city lies in nothing (R1.1)."""
    if parent is None:
        return level is PlaceLevel.CITY
    return LEVELS.index(level) > LEVELS.index(parent)


def check_door(text: str) -> str:
    """Return a building, a unit or a room in its normal form, as a part of the area path.

    Raises `ValueError` when it cannot be one.
    """
    part = normal_form.door(text)
    if not _DOOR.fullmatch(part):
        raise ValueError("has up to 40 letters, digits, '_' and '-': write 3号楼 or 3, and 1-2, not 1/2")
    return part


def check_code(text: str) -> str:
    """Return the code of a place without blanks and invisible marks. Raises `ValueError` when it cannot be one."""
    code = normal_form.fold(text)
    if not _DOOR.fullmatch(code):
        raise ValueError("has up to 40 letters, digits, '_' and '-'")
    return code


def code_in(level: PlaceLevel, code: str) -> str:
    """Return the code of a place as its path has it: that of a building or a unit is as it stands in doors."""
    return normal_form.door(code) if level in (PlaceLevel.BUILDING, PlaceLevel.UNIT) else code


def part_of_door(text: str) -> str:
    """Return a building or a unit, or an empty text where the clerk states that there is none."""
    return "" if normal_form.word(text) in NO_PART else check_door(text)


def paths_of_door(text: str) -> list[str]:
    """Return the paths below a compound that a door may have as it is typed: 3-501 is `/3/501`, or `/3-501`.

    A building or a unit is a door too. Raises `ValueError` when it can be no door.
    """
    parts = [part for part in check_door(_BETWEEN_PARTS.sub("-", text)).split("-") if part]
    if not 1 <= len(parts) <= MOST_PARTS:
        raise ValueError(f"has 1 to {MOST_PARTS} parts: write 3号楼2单元501 or 3-2-501")
    return sorted(
        "/" + "".join(map("".join, zip(parts, (*between, ""), strict=True)))
        for between in product("/-", repeat=len(parts) - 1)
    )


def below_compound(text: str, name: str) -> str | None:
    """Return what follows the name of a compound in a text, whatever the blanks in both; None without the name."""
    wanted, plain = normal_form.search_key(name), normal_form.fold(text)
    for end in range(len(plain) + 1):
        if wanted and normal_form.search_key(plain[:end]) == wanted:
            return plain[end:].strip(" ,·")
    return None


def agrees(stated: Sequence[str], stored: Sequence[str]) -> bool:
    """Whether the parts of a door, of which some may be left out, are those of a stored door; the room is the last."""
    rest = iter(stored)
    return bool(stated) and stated[-1] == stored[-1] and all(part in rest for part in stated)


def door_in_words(path: str, names: Mapping[str, str]) -> str:
    """Return a door as staff write it, such as 春华1号院 3-2-501: the nearest named place and the parts below it."""
    named = next((above for above in ancestors(path) if above in names), None)
    if named is None:
        return path
    return f"{names[named]} {path.removeprefix(named).strip('/').replace('/', '-')}".strip()
