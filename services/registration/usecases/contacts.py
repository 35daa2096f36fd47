"""How residents and staff are reached: stored sealed, and published sealed for notification (R5.1)."""

from dataclasses import replace

from pydantic import TypeAdapter

from services.registration.domain import persons
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.usecases import Deps
from shared.base.errors import Forbidden, Invalid
from shared.events.registration import ContactPointsChanged
from shared.events.registration_acts import ContactReplaced
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

CONTEXT = "contact"
_POINTS = TypeAdapter(ContactPoints)
_IN_CLEAR = {"language"}


def open_contact(deps: Deps, contact: Contact | None) -> ContactPoints:
    """Return a stored contact in clear; without one the person cannot be reached."""
    if contact is None:
        return ContactPoints()
    return replace(
        _POINTS.validate_json(deps.sealer.open(contact.sealed, CONTEXT, contact.person_id)), language=contact.language
    )


def seal_contact(deps: Deps, person_id: str, area_path: str, points: ContactPoints) -> Contact:
    """Return a contact as it is stored."""
    sealed = deps.sealer.seal(_POINTS.dump_json(points, exclude=_IN_CLEAR).decode(), CONTEXT, person_id)
    return Contact(person_id, area_path, sealed, points.language)


async def put(deps: Deps, person_id: str, area_path: str, points: ContactPoints, work: UnitOfWork) -> None:
    """Store how a person is reached and publish it, both sealed."""
    contact = seal_contact(deps, person_id, area_path, points)
    await deps.store.contacts.put(contact, work)
    work.emit(ContactPointsChanged.of(contact))


@retry_conflicts
async def seal_again(deps: Deps, person_id: str) -> None:
    """Seal a contact by the present key and publish it, for the seals on the bus."""
    async with deps.unit_of_work() as work:
        contact = await deps.store.contacts.get(person_id, work)
        if contact and not deps.sealer.is_current(contact.sealed):
            await put(deps, person_id, contact.area_path, open_contact(deps, contact), work)


@retry_conflicts
async def set_contact(deps: Deps, caller: Principal, person_id: str, points: ContactPoints) -> None:
    """State how a person is reached. Staff of the area do so for a resident, the office for a colleague."""
    try:
        points = replace(points, phone=persons.check_phone(points.phone) if points.phone else None)
    except ValueError as error:
        raise Invalid("registration.bad_phone", f"{error}: correct it") from None
    async with deps.unit_of_work() as work:
        resident = await deps.store.residents.get(person_id, work)
        contact = await deps.store.contacts.get(person_id, work)
        home = await _home(deps, caller, person_id, contact, work)
        path = resident.area_path if resident else home
        if person_id != caller.subject:
            caller.require_area(path, "the person")
            if resident is None and not caller.roles & {Role.CITY, Role.COMMUNITY}:
                raise Forbidden("registration.not_your_contact", "Only the office states how a colleague is reached")
        if contact is None or open_contact(deps, contact) != points:
            await put(deps, person_id, path, points, work)
            if contact is not None:
                await _keep_before(deps, caller, contact, work)


async def _home(deps: Deps, caller: Principal, person_id: str, contact: Contact | None, work: UnitOfWork) -> str:
    """Return the area that decides on a member of staff: where the person answers for a place."""
    if person_id == caller.subject:
        return caller.area
    paths = await deps.store.places.answered_for_by(person_id, work)
    if paths:
        return next((path for path in paths if caller.sees(path)), paths[0])
    return contact.area_path if contact else caller.area


async def _keep_before(deps: Deps, caller: Principal, contact: Contact, work: UnitOfWork) -> None:
    """Keep how the person was reached before, and publish it sealed: the old number learns that it is replaced."""
    now = deps.clock.now()
    await deps.store.contacts.keep_before(contact, caller.subject, now, work)
    if contact.person_id != caller.subject:
        about = {"subject_id": contact.person_id, "resident_id": contact.person_id, "replaced_by": caller.subject}
        work.emit(ContactReplaced.of(contact, **about, sealed_before=contact.sealed, at=now))
