"""Doors and days as pages and forms have them: a path in words where no name is looked up, a day of the city."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time

from services.console.client import views
from services.console.routes.callers import Staffed
from shared.base.area import within

_DIGITS = re.compile(r"(\d+)")


def door_of(path: str, compounds: Sequence[views.Place]) -> str:
    """Return a door by the name of its compound, else its path."""
    compound = next((one for one in compounds if within(path, one.path)), None)
    if compound is None:
        return path
    return f"{compound.name} {path.removeprefix(compound.path).strip('/').replace('/', '-')}".strip()


def in_door_order(path: str) -> list[tuple[str, int, str]]:
    """Return by what doors are sorted as they are walked: floor 10 comes behind floor 9."""
    parts = (part for part in _DIGITS.split(path) if part)
    return [("", int(part), "") if part.isdecimal() else (part, 0, "") for part in parts]


async def compounds_of(visit: Staffed) -> list[views.Place]:
    """Return the compounds of the area, by whose names doors are known."""
    kind = views.Page[views.Place]
    return (await visit.api.get("registration", "/v1/places", kind, level="compound", limit=500)).items


def day_of(text: str) -> date | None:
    """Return the day that a form or an address names; None for a text that names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight(visit: Staffed, day: date) -> datetime:
    """Return the beginning of a day in the city's zone."""
    return datetime.combine(day, time(), visit.deps.zone)
