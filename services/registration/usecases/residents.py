"""Resident files (一人一档): who may see them, special care and its one-to-one keeper (R1.3, R1.4)."""

from collections.abc import Sequence
from dataclasses import replace

from services.registration.domain.persons import Care
from services.registration.domain.residents import Resident
from services.registration.usecases import STAFF, Deps
from shared.base.errors import NotFound
from shared.base.normal_form import LONGEST_BEGINNING, beginnings, search_key, word
from shared.base.sealing import keyed_hash
from shared.events.registration import SpecialCareChanged, StaffLinked
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

NAME, ID_NUMBER = "resident.name", "resident.id_number"  # what each seal is for


async def visible(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork | None = None) -> Resident:
    """Return the resident file to staff of its area and to the resident. Raises `NotFound` for any other caller."""
    resident = await deps.store.residents.get(resident_id, work)
    if resident is None or not caller.may_see(resident.area_path, STAFF, (resident_id,)):
        raise NotFound("registration.no_such_resident", "The resident was not found in your area")
    return resident


async def find(deps: Deps, caller: Principal, id_number: str) -> Resident:
    """Return the resident with that ID number to staff of the area. Raises `NotFound` for any other caller."""
    resident = await deps.store.residents.by_hash(keyed_hash(deps.id_hash_key, "id_number", id_number))
    if resident is None or not caller.may_see(resident.area_path, STAFF):
        raise NotFound("registration.no_such_resident", "No resident with that ID number was found in your area")
    return resident


def open_name(deps: Deps, resident: Resident) -> str:
    """Return the name of a resident in clear."""
    return deps.sealer.open(resident.sealed.name, NAME, resident.resident_id)


def name_hashes(deps: Deps, name: str) -> tuple[str, ...]:
    """Return the keyed hashes of the beginnings of a name, by which the resident is found."""
    return tuple(keyed_hash(deps.id_hash_key, NAME, beginning) for beginning in beginnings(name))


async def page(deps: Deps, path: str, q: str, sort: str, after: str, limit: int) -> tuple[list[Resident], str | None]:
    """Return a page of the residents within the path, with `q` of those whose names begin so, and what follows.

    A page may then be shorter than `limit` although more follow."""
    if not q:
        return await deps.store.residents.page(path, sort, after, limit)
    name_hash = keyed_hash(deps.id_hash_key, NAME, q[:LONGEST_BEGINNING])
    residents, following = await deps.store.residents.named(path, name_hash, sort, after, limit)
    if len(q) > LONGEST_BEGINNING:
        residents = [one for one in residents if search_key(open_name(deps, one)).startswith(q)]
    return residents, following


@retry_conflicts
async def link_staff(deps: Deps, caller: Principal, resident_id: str, person_id: str | None) -> Resident:
    """State which member of staff a resident is, by another officer; again changes nothing."""
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        (await own_of(deps.store.residents, caller)).require_stranger(resident_id, resident.household_id)
        linked = replace(resident, staff_id=word(person_id) if person_id else None)
        if linked != resident:
            await deps.store.residents.put(linked, work)
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
            work.emit(SpecialCareChanged.of(changed))
    return changed
