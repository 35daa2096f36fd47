"""A move of places as registration publishes it."""

from datetime import date

from shared.base.ids import new_id
from shared.events.registration_moves import MoveKind, PathChange, PlaceMoveBegan


def move_began(old: str, new: str) -> PlaceMoveBegan:
    """Return that everything at a path has begun to move to another one."""
    changes = (PathChange(old=old, new=new),)
    return PlaceMoveBegan(
        move_id=new_id(), kind=MoveKind.MOVE, area_path="/jinhe", changes=changes, day=date(2026, 2, 10)
    )
