"""How residents and staff are reached: kept sealed, and told to notification alone (R5.1)."""

import json
from typing import Any, NamedTuple

from services.registration.domain import persons
from services.registration.usecases import Deps
from shared.base.errors import Forbidden, Invalid
from shared.events.registration import ContactPointsChanged
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

CONTEXT = "contact"


class Contact(NamedTuple):
    """How a person is reached; `urls` are Apprise addresses by channel."""

    phone: str | None
    language: str
    urls: dict[str, str]


NO_CONTACT = Contact(None, "zh", {})


def opened(deps: Deps, kept: Document | None) -> Contact:
    """Return a stored contact in clear; nothing stored is nobody to be reached."""
    if kept is None:
        return NO_CONTACT
    said: dict[str, Any] = json.loads(deps.sealer.open(kept["sealed"], CONTEXT))
    return Contact(said["phone"], kept["language"], said["urls"])


def sealed(deps: Deps, person_id: str, area_path: str, contact: Contact) -> Document:
    """Return a contact as it is stored."""
    said = json.dumps({"phone": contact.phone, "urls": contact.urls})
    facts = {"_id": person_id, "area_path": area_path, "language": contact.language}
    return facts | {"sealed": deps.sealer.seal(said, CONTEXT)}


def changed(kept: Document) -> ContactPointsChanged:
    """Return the event that tells of a stored contact."""
    facts = {name: value for name, value in kept.items() if name != "_id"}
    return ContactPointsChanged(person_id=kept["_id"], **facts)


async def keep(deps: Deps, person_id: str, area_path: str, contact: Contact, work: UnitOfWork) -> None:
    """Store the contact sealed, and say so."""
    kept = sealed(deps, person_id, area_path, contact)
    await deps.store.contacts.put(kept, work)
    work.emit(changed(kept))


@retry_conflicts
async def set_contact(deps: Deps, caller: Principal, person_id: str, contact: Contact) -> None:
    """Say how a person is reached. Another resident's is said by staff of the area, a colleague's by the office."""
    try:
        contact = contact._replace(phone=persons.check_phone(contact.phone) if contact.phone else None)
    except ValueError as error:
        raise Invalid("registration.bad_phone", f"{error}: correct it") from None
    async with deps.unit_of_work() as work:
        resident = await deps.store.residents.get(person_id, work)
        kept = await deps.store.contacts.get(person_id, work)
        path = resident["area_path"] if resident else kept["area_path"] if kept else caller.area
        if person_id != caller.subject:
            caller.require_area(path, "the person")
            if resident is None and not caller.roles & {Role.CITY, Role.COMMUNITY}:
                raise Forbidden("registration.not_your_contact", "Only the office says how a colleague is reached")
        if kept is None or opened(deps, kept) != contact:
            await keep(deps, person_id, path, contact, work)
