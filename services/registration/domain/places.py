"""The place tree: which level may lie in which, how levels and doors are written (R1.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.base import normal_form
from shared.events.registration import Keeper, PlaceLevel

LEVELS = tuple(PlaceLevel)
NO_PART = frozenset({"无", "没有", "none", "-", "/"})
_DOOR = re.compile(r"[\w-]{1,40}")

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
    """A place of the tree: `path` ends in its `code`, `keepers` answer for it."""

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    parent_id: str | None = None
    keepers: tuple[Keeper, ...] = ()
    closed: bool = False


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


def agrees(stated: Sequence[str], stored: Sequence[str]) -> bool:
    """Whether the parts of a door, of which some may be left out, are those of a stored door; the room is the last."""
    rest = iter(stored)
    return bool(stated) and stated[-1] == stored[-1] and all(part in rest for part in stated)
