"""Resident files (一人一档): who may see them, special care and its one-to-one keeper (R1.3, R1.4)."""

from collections.abc import Sequence
from dataclasses import replace

from services.registration.domain.changes import Act
from services.registration.domain.persons import Care
from services.registration.domain.places import door_in_words
from services.registration.domain.residents import Named, Resident
from services.registration.usecases import STAFF, Deps, changes, contacts
from services.registration.usecases.names import open_name
from shared.base.area import ancestors
from shared.base.errors import Conflict, NotFound
from shared.base.normal_form import word
from shared.base.sealing import keyed_hash
from shared.events.registration import SpecialCareChanged, StaffLinked
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.own import own_of

NAME_READERS = (*STAFF, Role.AUDITOR)


async def visible(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork | None = None) -> Resident:
    """Return the resident file to staff of its area and to the resident; an alias leads to its survivor.

    Raises `NotFound` for any other caller, `Conflict` for an act, in a unit of work, on a file whose data was erased.
    """
    resident = await deps.store.residents.get(resident_id, work)
    if resident is None or not caller.may_see(resident.area_path, STAFF, (resident_id, *resident.ids)):
        raise NotFound("registration.no_such_resident", "The resident was not found in your area")
    if work and resident.erased_at:
        text = "The data of this person was erased: a person who is here again is registered anew"
        raise Conflict("registration.erased", text)
    return resident


async def find(deps: Deps, caller: Principal, id_number: str) -> Resident:
    """Return the resident with that ID number to staff of the area. Raises `NotFound` for any other caller."""
    resident = await deps.store.residents.by_hash(keyed_hash(deps.id_hash_key, "id_number", id_number))
    if resident is None or not caller.may_see(resident.area_path, STAFF):
        raise NotFound("registration.no_such_resident", "No resident with that ID number was found in your area")
    return resident


async def with_id_number(deps: Deps, caller: Principal, id_number: str) -> list[Named]:
    """Return who has that ID number as `named` does: no resident where none of the caller's area has it."""
    resident = await deps.store.residents.by_hash(keyed_hash(deps.id_hash_key, "id_number", id_number))
    return await named(deps, caller, [resident.resident_id]) if resident else []


async def named(deps: Deps, caller: Principal, resident_ids: Sequence[str]) -> list[Named]:
    """Return those of the residents who are in the caller's area, with names and phones in clear and doors in words."""
    stored = await deps.store.residents.followed(resident_ids)  # who asks by the id of an alias gets it back
    here = [(key, one) for key, one in stored.items() if caller.may_see(one.area_path, NAME_READERS)]
    points = await deps.store.contacts.of_persons([one.resident_id for _, one in here])
    paths = {path for _, one in here for path in ancestors(one.area_path)}
    places = await deps.store.places.names(paths)
    return [
        Named(
            resident_id=key,
            area_path=one.area_path,
            name=open_name(deps, one),
            door=door_in_words(one.area_path, places),
            phone=contacts.open_contact(deps, points.get(one.resident_id)).phone,
        )
        for key, one in here
    ]


@retry_conflicts
async def link_staff(deps: Deps, caller: Principal, resident_id: str, person_id: str | None) -> Resident:
    """State which member of staff a resident is, by another officer; again changes nothing."""
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        (await own_of(deps.store.residents, caller)).require_stranger(resident_id, resident.household_id)
        linked = replace(resident, staff_id=word(person_id) if person_id else None)
        if linked != resident:
            await deps.store.residents.put(linked, work)
            await changes.keep(deps, resident, linked, changes.by_request(Act.STAFF, caller), work)
            work.emit(StaffLinked.of(linked))
    return linked


@retry_conflicts
async def change_care(
    deps: Deps, caller: Principal, resident_id: str, categories: Sequence[Care], keeper_id: str | None
) -> Resident:
    """Set the special-care categories and the one-to-one keeper of a resident (R1.4)."""
    codes = tuple(sorted({category.value for category in categories}))
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        (await own_of(deps.store.residents, caller)).require_stranger(resident_id, resident.household_id)
        changed = replace(resident, categories=codes, keeper_id=keeper_id)
        if changed != resident:
            await deps.store.residents.put(changed, work)
            await changes.keep(deps, resident, changed, changes.by_request(Act.CARE, caller), work)
            work.emit(SpecialCareChanged.of(changed))
    return changed
