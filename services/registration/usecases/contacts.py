"""How residents and staff are reached: stored sealed, and published sealed for notification (R5.1)."""

from dataclasses import replace

from pydantic import TypeAdapter

from services.registration.domain import contacts as domain
from services.registration.domain import persons
from services.registration.domain.changes import Act as ChangeAct
from services.registration.domain.contacts import Contact, ContactClaim, ContactPoints, FormerContact
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, changes
from services.registration.usecases.phones import with_phone
from shared.base.errors import Forbidden, Invalid, NotFound, Unreadable
from shared.base.ids import derived_id
from shared.base.persons import same_person
from shared.base.sealing import UNREADABLE
from shared.events.registration import ContactPointsChanged
from shared.events.registration_acts import ContactReplaced
from shared.store.act_log import Act, digest
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

CONTEXT, CLAIM_OVER = "contact", "contact.claim"
Former = tuple[FormerContact, ContactPoints]
_POINTS = TypeAdapter(ContactPoints)
_IN_CLEAR = {"language"}


def open_contact(deps: Deps, contact: Contact | None) -> ContactPoints:
    """Return a stored contact in clear; without one the person cannot be reached. Raises `Unreadable`."""
    if contact is None:
        return ContactPoints()
    return replace(
        _POINTS.validate_json(deps.sealer.open(contact.sealed, CONTEXT, contact.person_id)), language=contact.language
    )


def show_phone(deps: Deps, contact: Contact | None) -> str | None:
    """Return the telephone number of a stored contact in clear, `UNREADABLE` where it does not open."""
    try:
        return open_contact(deps, contact).phone
    except Unreadable:
        return UNREADABLE


def seal_contact(deps: Deps, person_id: str, area_path: str, points: ContactPoints) -> Contact:
    """Return a contact as it is stored."""
    sealed = deps.sealer.seal(_POINTS.dump_json(points, exclude=_IN_CLEAR).decode(), CONTEXT, person_id)
    return Contact(person_id, area_path, sealed, points.language)


async def put(deps: Deps, person_id: str, area_path: str, points: ContactPoints, work: UnitOfWork) -> None:
    """Store how a person is reached and publish it, both sealed."""
    contact = seal_contact(deps, person_id, area_path, points)
    await deps.store.contacts.put(contact, work)
    work.emit(ContactPointsChanged.of(contact))


async def replace_contact(
    deps: Deps, by: str, contact: Contact | None, resident: Resident, points: ContactPoints, work: UnitOfWork
) -> None:
    """Store how a resident is reached otherwise than before; keep the former contact, which learns of it."""
    await put(deps, resident.resident_id, resident.area_path, points, work)
    if contact is not None:
        await keep_before(deps, by, contact, work)


@retry_conflicts
async def seal_again(deps: Deps, person_id: str) -> None:
    """Seal a contact by the present key and publish it, for the seals on the bus."""
    async with deps.unit_of_work() as work:
        contact = await deps.store.contacts.get(person_id, work)
        if contact and not deps.sealer.is_current(contact.sealed):
            await put(deps, person_id, contact.area_path, open_contact(deps, contact), work)


@retry_conflicts
async def set_contact(deps: Deps, caller: Principal, person_id: str, points: ContactPoints) -> ContactClaim | None:
    """State how a person is reached. Staff of the area do so for a resident, the office for a colleague.

    Returns the claim that waits for an office above, where no area or another one has the colleague.
    """
    try:
        points = replace(points, phone=persons.check_phone(points.phone) if points.phone else None)
    except ValueError as error:
        raise Invalid("registration.bad_phone", f"{error}: correct it") from None
    async with deps.unit_of_work() as work:
        resident = await deps.store.residents.get(person_id, work)
        contact = await deps.store.contacts.get(person_id, work)
        if resident:
            await _state_of_resident(deps, caller, resident, points, contact, work)
        elif person_id == caller.subject:
            await _replace(deps, caller.subject, person_id, caller.area, points, contact, work)
        else:
            return await _state_of_colleague(deps, caller, person_id, points, contact, work)
    return None


async def _state_of_resident(
    deps: Deps, caller: Principal, resident: Resident, points: ContactPoints, contact: Contact | None, work: UnitOfWork
) -> None:
    own = resident.resident_id == caller.subject
    if not own and not caller.sees(resident.area_path):
        _require_office(caller)  # the answer for a colleague: who lives elsewhere stays unknown
        caller.require_area(resident.area_path, "the person")
    before = open_contact(deps, contact)
    if contact is None or before != points:
        await replace_contact(deps, caller.subject, contact, resident, points, work)
        if (renewed := with_phone(deps, resident, points.phone)) != resident:
            await deps.store.residents.put(renewed, work)
        why = changes.by_request(ChangeAct.CONTACT, caller)
        await changes.keep(deps, resident, resident, why, work, (before, points))


async def _state_of_colleague(
    deps: Deps, caller: Principal, person_id: str, points: ContactPoints, contact: Contact | None, work: UnitOfWork
) -> ContactClaim | None:
    _require_office(caller)
    homes = await _homes(deps, person_id, contact, work)
    if domain.decides_alone(caller.area, homes):
        path = next((path for path in homes if caller.sees(path)), caller.area)
        await _replace(deps, caller.subject, person_id, path, points, contact, work)
        return None
    claim_id = derived_id("contact_claim", person_id, caller.area, caller.subject)
    sealed = seal_contact(deps, person_id, caller.area, points)
    claim = ContactClaim(
        claim_id, person_id, caller.area, sealed.sealed, caller.subject, deps.clock.now(), points.language
    )
    await deps.store.contacts.claims.put(claim, work)
    work.log(Act("registration.ContactClaim.asked", person_id, digest(vars(claim))))
    await deps.deadlines.cancel(work, claim_id, CLAIM_OVER)
    await deps.deadlines.schedule(work, CLAIM_OVER, claim_id, claim.at + domain.CLAIM_COUNTS_FOR)
    return claim


async def may_register(deps: Deps, caller: Principal, person_id: str, work: UnitOfWork) -> bool:
    """Whether an office may put a person into the staff directory: no office has the person, or the caller's has."""
    homes = await _homes(deps, person_id, await deps.store.contacts.get(person_id, work), work)
    return not homes or domain.decides_alone(caller.area, homes)


async def state_phone(
    deps: Deps, caller: Principal, person_id: str, area_path: str, phone: str | None, is_new_id: bool, work: UnitOfWork
) -> None:
    """State the phone of a member of staff of an area, or that the person works there now; channels stay.

    It becomes a claim as in `set_contact`, unless the directory has just made the id: no other office knows it.
    """
    contact = await deps.store.contacts.get(person_id, work)
    points = open_contact(deps, contact)
    points = replace(points, phone=phone or points.phone)
    homes = await _homes(deps, person_id, contact, work)
    alone = person_id == caller.subject or domain.decides_alone(caller.area, homes) or (is_new_id and not homes)
    if alone and points.phone:
        await _replace(deps, caller.subject, person_id, area_path, points, contact, work)
    elif phone:
        await _state_of_colleague(deps, caller, person_id, points, contact, work)


@retry_conflicts
async def confirm_claim(deps: Deps, caller: Principal, claim_id: str) -> ContactClaim:
    """Confirm, as an office above, that a colleague is another office's; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        claim = await deps.store.contacts.claims.get(claim_id, work)
        if claim is None or not caller.sees(claim.area_path):
            raise NotFound("registration.no_such_claim", "The claim was not found in your area")
        if same_person(claim.confirmed_by, caller.subject):
            return claim
        contact = await deps.store.contacts.get(claim.person_id, work)
        homes = await _homes(deps, claim.person_id, contact, work)
        confirmed = domain.confirm(claim, caller.subject, caller.area, homes, deps.clock.now())
        points = open_contact(deps, Contact(claim.person_id, claim.area_path, claim.sealed, claim.language))
        await _replace(deps, claim.asked_by, claim.person_id, claim.area_path, points, contact, work)
        await deps.store.contacts.claims.put(confirmed, work)
        work.log(Act("registration.ContactClaim.confirmed", claim.person_id, digest(vars(confirmed))))
    return confirmed


@retry_conflicts
async def drop_claim(deps: Deps, deadline: Deadline) -> None:
    """Forget a claim that was confirmed, or that no office above has confirmed in time."""
    async with deps.unit_of_work(deadline) as work:
        await deps.store.contacts.drop_claim(deadline.subject, work)


async def history(deps: Deps, caller: Principal, person_id: str, after: str, limit: int) -> tuple[str, list[Former]]:
    """Return the area of a person and up to `limit` former contacts in clear, to the office that decides on it.

    Raises `NotFound` for others.
    """
    resident = await deps.store.residents.get(person_id)
    contact = await deps.store.contacts.get(person_id)
    homes = [resident.area_path] if resident else await _homes(deps, person_id, contact)
    seen = next((path for path in homes if caller.sees(path)), None)
    if seen is None:
        raise NotFound("access.not_found", "The person was not found in your area")
    rows = await deps.store.contacts.history_page(person_id, after, limit)
    return seen, [(row, open_contact(deps, Contact(person_id, row.area_path, row.sealed))) for row in rows]


async def _homes(deps: Deps, person_id: str, contact: Contact | None, work: UnitOfWork | None = None) -> list[str]:
    """Return the areas that have a member of staff: where the person answers for places, else who registered them."""
    paths = await deps.store.places.answered_for_by(person_id, work)
    return paths or ([contact.area_path] if contact else [])


def _require_office(caller: Principal) -> None:
    if not caller.roles & {Role.CITY, Role.COMMUNITY}:
        raise Forbidden("registration.not_your_contact", "Only the office states how a colleague is reached")


async def _replace(
    deps: Deps,
    by: str,
    person_id: str,
    path: str,
    points: ContactPoints,
    contact: Contact | None,
    work: UnitOfWork,
) -> None:
    """Store and publish a contact that differs from the present one, and keep that one."""
    if contact is not None and contact.area_path == path and open_contact(deps, contact) == points:
        return
    await put(deps, person_id, path, points, work)
    if contact is not None and open_contact(deps, contact) != points:
        await keep_before(deps, by, contact, work)


async def keep_before(deps: Deps, by: str, contact: Contact, work: UnitOfWork) -> None:
    """Keep how the person was reached before, and publish it sealed: the old number learns that it is replaced."""
    now = deps.clock.now()
    await deps.store.contacts.keep_before(contact, by, now, work)
    if contact.person_id != by:
        about = {"subject_id": contact.person_id, "resident_id": contact.person_id, "replaced_by": by}
        work.emit(ContactReplaced.of(contact, **about, sealed_before=contact.sealed, at=now))
