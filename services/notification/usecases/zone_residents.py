"""A message to every resident of a zone is written in steps, which begin in the unit of work of the zone's event (N1).

Each step falls due with what the event states, since the bus does not give an event a second time.
"""

from collections.abc import Sequence
from datetime import datetime

from services.notification.domain import NEWS, Recipient
from services.notification.usecases import Deps
from shared.base.json_types import Json
from shared.envelope.event import Meta
from shared.events.registration_zones import ZoneEvent
from shared.store.unit_of_work import UnitOfWork

STEP = "notification.zone"
_EVENTS = {kind.__name__: kind for kind in NEWS if issubclass(kind, ZoneEvent)}

Chosen = list[tuple[str, Recipient]]


def separate(chosen: Chosen) -> tuple[Chosen, list[str]]:
    """Return the messages to persons, and the templates of those to all residents of the places."""
    persons: Chosen = [(template, who) for template, who in chosen if who is not Recipient.RESIDENTS]
    return persons, [template for template, who in chosen if who is Recipient.RESIDENTS]


async def begin(deps: Deps, event: ZoneEvent, templates: Sequence[str], work: UnitOfWork) -> None:
    """Have the first step of each template fall due."""
    for template in templates:
        stated = {"type": type(event).__name__, "facts": event.model_dump(mode="json"), "id": event.id}
        await follow(deps, event, stated | {"at": event.time.isoformat(), "template": template}, 0, "", work)


async def follow(deps: Deps, event: ZoneEvent, stated: Json, path: int, after: str, work: UnitOfWork) -> None:
    """Have the next step fall due: from `after` on in the path of that number; none behind the last path."""
    if path < len(event.paths):
        step = {**stated, "path": path, "after": after}
        key = f"{event.id}/{stated['template']}/{path}/{after}"
        await deps.deadlines.schedule(work, STEP, event.zone_id, event.time, key=key, **step)


def event_of(stated: Json) -> ZoneEvent | None:
    """Return the event of a step; None for one of a later version."""
    kind = _EVENTS.get(stated["type"])
    if kind is None:
        return None
    event: ZoneEvent = kind.model_validate(stated["facts"])
    return event.stamped(Meta(stated["id"], datetime.fromisoformat(stated["at"]), "registration", ""))
