"""Who is behind "the person, the keeper, the doctor": as the event names them, else whoever answers for the place."""

from typing import Any

from services.notification.domain import DUTIES, FALLBACK, Who
from services.notification.usecases import Deps
from shared.base.area import ancestors
from shared.base.errors import NotYet
from shared.envelope.event import Event
from shared.events.checkpoint import AlertRaised

_NAMED = {Who.KEEPER: "keeper_id", Who.DOCTOR: "doctor_id"}


async def find(deps: Deps, event: Event, who: Who, path: str) -> list[str]:
    """Return whom to tell; nobody only where no area leader answers for the place, up to the city.

    Raises `NotYet` while the place tree has not been read.
    """
    if not deps.places.replica.ready:
        raise NotYet("the place tree has not been read yet")
    if who is Who.PERSON:
        return await _persons(deps, event)
    named = getattr(event, _NAMED[who], None) if who in _NAMED else None
    if not named and who is Who.KEEPER:
        named = await _own_keeper(deps, event)
    if named:
        return [named]
    return deps.places.keepers(path, *DUTIES[who]) or deps.places.keepers(path, FALLBACK)


async def _persons(deps: Deps, event: Any) -> list[str]:
    if resident_id := getattr(event, "resident_id", None):
        return [resident_id]
    if event.resident_ids:
        return list(event.resident_ids)
    return [member.resident_id for member in await deps.residents.of_household(event.household_id)]


async def _own_keeper(deps: Deps, event: Event) -> str | None:
    """Return the one-to-one keeper (一对一包保) of the resident whom the event is about."""
    resident_id = getattr(event, "resident_id", None)
    resident = await deps.residents.get(resident_id) if resident_id else None
    return resident.keeper_id if resident else None


async def place(deps: Deps, event: Any) -> str:
    """Return the path where whoever is concerned lives; for a stranger at a gate and for stock, where that is."""
    if not isinstance(event, AlertRaised):
        return event.area_path or "/"
    resident = await deps.residents.get(event.resident_id) if event.resident_id else None
    return event.home_path or (resident.area_path if resident else event.area_path)


def in_words(deps: Deps, path: str) -> str:
    """Return a path as staff say it: the nearest named place and the door below it."""
    named = next((above for above in ancestors(path) if deps.places.at(above)), None)
    if named is None:
        return path
    door = path.removeprefix(named).strip("/").replace("/", " ")
    return f"{deps.places.name(named)} {door}".strip()
