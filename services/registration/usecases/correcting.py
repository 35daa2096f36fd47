"""A correction that was granted: the file takes the right value, and its history keeps what was before (N11)."""

from dataclasses import replace

from services.registration.domain import persons
from services.registration.domain.changes import Act
from services.registration.domain.residents import Resident
from services.registration.domain.rights import Correctable, RightsRequest
from services.registration.usecases import Deps, changes, contacts
from services.registration.usecases.names import rename
from services.registration.usecases.phones import with_phone
from shared.base.errors import Invalid
from shared.events.registration import CardsChanged
from shared.store.unit_of_work import UnitOfWork
from shared.web.access import Principal


async def correct(
    deps: Deps, caller: Principal, resident: Resident, request: RightsRequest, decision: str, work: UnitOfWork
) -> None:
    """Give the file the value that was asked for. Raises `Invalid` where it cannot be one."""
    why = changes.by_request(Act.CORRECTION, caller, decision)
    try:
        if request.about is Correctable.NAME:
            changed = rename(deps, resident, persons.check_name(request.wanted))
            await deps.store.residents.put(changed, work)
            await changes.keep(deps, resident, changed, why, work)
            work.emit(CardsChanged.of(changed))  # gates show the masked name
        elif request.about is Correctable.PHONE:
            contact = await deps.store.contacts.get(resident.resident_id, work)
            before = contacts.open_contact(deps, contact)
            points = replace(before, phone=persons.check_phone(request.wanted))
            await contacts.replace_contact(deps, caller.subject, contact, resident, points, work)
            await deps.store.residents.put(with_phone(deps, resident, points.phone), work)
            await changes.keep(deps, resident, resident, why, work, (before, points))
    except ValueError as error:
        text = f"The correction cannot be stored: {error}"
        raise Invalid("registration.bad_correction", text, problem=str(error)) from None
