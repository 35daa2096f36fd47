"""The persons behind "the person, the keeper, the doctor": those that the event names, else by duty at the place."""

from services.notification.domain import DUTIES, FALLBACK, News, Recipient, former_contact
from services.notification.usecases import Deps
from shared.base.area import ancestors
from shared.base.errors import NotYet
from shared.events.checkpoint import AlertRaised
from shared.events.isolation import CaseEvent, CaseHandedOver, CaseHandoverStarted, MeasurementEvent
from shared.events.registration_acts import ContactReplaced
from shared.events.registration_zones import ZoneEvent
from shared.events.supply import DeliveryEvent, StockEvent


async def find(deps: Deps, event: News, recipient: Recipient, path: str) -> list[str]:
    """Return the person ids of the recipients; none only where no area leader answers for the place, up to the city.

    Raises `NotYet` while the place tree has not been read.
    """
    if not deps.places.replica.ready:
        raise NotYet("the place tree has not been read yet")
    if recipient is Recipient.PERSON:
        persons = [await deps.residents.survivor(one) for one in await _persons(deps, event)]
        return list(dict.fromkeys(persons))  # of merged files one message
    if named := await _named(deps, event, recipient):
        return [named]
    if recipient is Recipient.FORMER_KEEPER and isinstance(event, CaseHandedOver):
        path = event.from_area_path
    return deps.places.keepers(path, *DUTIES[recipient]) or deps.places.keepers(path, FALLBACK)


async def _persons(deps: Deps, event: News) -> list[str]:
    if isinstance(event, DeliveryEvent):
        members = [] if event.resident_ids else await deps.residents.of_household(event.household_id)
        return list(event.resident_ids) or [member.resident_id for member in members]
    if isinstance(event, ContactReplaced):
        return [event.subject_id, former_contact(event).person_id]
    if isinstance(event, StockEvent | ZoneEvent) or event.resident_id is None:
        return []
    return [event.resident_id]


async def _named(deps: Deps, event: News, recipient: Recipient) -> str | None:
    """Return the keeper or doctor that the event names, else the resident's one-to-one keeper (一对一包保)."""
    if recipient is Recipient.DOCTOR:
        return event.doctor_id if isinstance(event, CaseEvent | MeasurementEvent) else None
    if recipient is Recipient.FORMER_KEEPER:
        return event.from_keeper_id if isinstance(event, CaseHandedOver) else None
    if recipient is not Recipient.KEEPER:
        return None
    if isinstance(event, CaseEvent | MeasurementEvent | DeliveryEvent) and event.keeper_id:
        return event.keeper_id
    if isinstance(event, DeliveryEvent | StockEvent | ZoneEvent) or event.resident_id is None:
        return None
    resident = await deps.residents.get(event.resident_id)
    return resident.keeper_id if resident else None


async def locate(deps: Deps, event: News) -> str:
    """Return the path of the home of the person concerned; of a stranger at a gate and of stock, the event's own.

    The new community is asked to accept a case by the new door.
    """
    if isinstance(event, CaseHandoverStarted):
        return event.home[1]
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
