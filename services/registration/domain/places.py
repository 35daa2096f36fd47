"""The place tree: which level may lie in which, how levels and doors are written (R1.1)."""

import re
from dataclasses import dataclass

from shared.events.registration import Keeper, PlaceLevel

LEVELS = tuple(PlaceLevel)
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
    """Return a building, a unit or a room as a part of the area path. Raises `ValueError` when it cannot be one."""
    if not _DOOR.fullmatch(text):
        raise ValueError("has up to 40 letters, digits, '_' and '-': write 3号楼, not 3#楼, and 1-2, not 1/2")
    return text
