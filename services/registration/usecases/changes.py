"""The history of residents' files: each change is kept with what was before, in the unit of work of the change."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from services.registration.domain import changes
from services.registration.domain.changes import Act, Change, Details, Field, FieldChange, Why
from services.registration.domain.contacts import ContactPoints
from services.registration.domain.residents import Resident
from services.registration.usecases import STAFF, Deps, particulars
from services.registration.usecases.names import open_name
from shared.base.errors import NotFound
from shared.base.ids import new_id
from shared.base.logs import correlation_id
from shared.events import registration as events
from shared.store.unit_of_work import UnitOfWork
from shared.web.access import Principal, Role

DETAILS = "resident_change"  # what the seal of a change is for
READERS = (*STAFF, Role.AUDITOR)
_DETAILS = TypeAdapter(Details)

Reached = tuple[ContactPoints, ContactPoints]  # how a person is reached before and after


def by_request(act: Act, caller: Principal, reason: str = "") -> Why:
    """Return why a file changes in answer to the request that this task handles."""
    return Why(act, caller.subject, reason, correlation_id.get())


def make(deps: Deps, before: Resident, after: Resident, why: Why, reached: Reached | None = None) -> Change | None:
    """Return the change between two states of a file, sealed; None where nothing of it is another."""
    fields = [*_renamed(deps, before, after), *changes.differences(before, after)]
    fields += particulars.differences(deps, before, after)
    if reached:
        fields += changes.contact_differences(*reached)
    if not fields:
        return None
    change_id = new_id()
    details = Details(tuple(fields), why.reason)
    return Change(
        change_id=change_id,
        resident_id=before.resident_id,
        area_before=before.area_path,
        area_path=after.area_path,
        fields=tuple(one.field.value for one in fields),
        sealed=deps.sealer.seal(_DETAILS.dump_json(details).decode(), DETAILS, change_id),
        at=deps.clock.now(),
        **{name: value for name, value in vars(why).items() if name != "reason"},
    )


def _renamed(deps: Deps, before: Resident, after: Resident) -> list[FieldChange]:
    if before.sealed.name == after.sealed.name:
        return []
    was, now = open_name(deps, before), open_name(deps, after)
    return [FieldChange(Field.NAME, was, now)] if was != now else []


async def keep(
    deps: Deps, before: Resident, after: Resident, why: Why, work: UnitOfWork, reached: Reached | None = None
) -> None:
    """Keep the change between two states of a file, where there is one."""
    if change := make(deps, before, after, why, reached):
        await deps.store.history.insert([change], work)


def open_details(deps: Deps, change: Change) -> Details:
    """Return what is sealed of a change; nothing once the person was erased."""
    if not change.sealed:
        return Details(())
    return _DETAILS.validate_json(deps.sealer.open(change.sealed, DETAILS, change.change_id))


def event_of(old: Resident, new: Resident) -> type[events.ResidentEvent]:
    """Return the event that names what changed most; each carries the whole public state of the resident."""
    if (new.area_path, new.left) != (old.area_path, old.left):
        return events.ResidentMoved
    if (new.categories, new.keeper_id) != (old.categories, old.keeper_id):
        return events.SpecialCareChanged
    return events.StaffLinked if new.staff_id != old.staff_id else events.CardsChanged


def seen_by(caller: Principal, change: Change) -> tuple[bool, bool]:
    """Return whether the caller may read what was before a change, and what is after it.

    What a file held while the person lived in another office's area is for that office.
    """
    return caller.sees(change.area_before), caller.sees(change.area_path)


async def of_resident(
    deps: Deps, caller: Principal, resident_id: str, after: str, limit: int
) -> tuple[Resident, Sequence[Change], str | None]:
    """Return a file and a page of its changes to staff and auditors of its area. Raises `NotFound` for others."""
    resident = await deps.store.residents.get(resident_id)
    if resident is None or not caller.may_see(resident.area_path, READERS):
        raise NotFound("registration.no_such_resident", "The resident was not found in your area")
    return resident, *await deps.store.history.page(resident.ids, after, limit)
