"""The erasure of a person: the key is destroyed, the file is emptied, and every service follows (N11, ADR 45)."""

from dataclasses import replace

from services.registration.domain import rights
from services.registration.domain.contacts import ContactPoints
from services.registration.domain.residents import Resident, Sealed
from services.registration.domain.rights import Confirmation, RightsRequest
from services.registration.usecases import Deps, codes, contacts
from services.registration.usecases.names import NAME
from shared.events.registration_rights import ErasureOrdered, ResidentErased
from shared.store.act_log import community_of
from shared.store.unit_of_work import UnitOfWork

ERASED = "已删除 erased"  # what lists show in place of a name


async def erase(deps: Deps, by: str, resident: Resident, request: RightsRequest, work: UnitOfWork) -> RightsRequest:
    """Destroy the key of a person, empty the file and the contact, and order every service to follow.

    What is left of the person in this store goes with the order (`personal`): it comes back by the bus.
    """
    key, now = resident.resident_id, deps.clock.now()
    await codes.revoke_all(deps, by, resident, work)
    await deps.store.cards.free(resident.card_hashes, key, work)
    await deps.store.person_keys.destroy(key, now, work)
    area = community_of(resident.area_path)
    erased = Resident(
        resident_id=key,
        household_id="",
        area_path=area,
        id_number_hash=f"erased:{key}",
        sealed=Sealed(deps.sealer.seal(ERASED, NAME, key), ""),
        left=True,
        erased_at=now,
    )
    await deps.store.residents.renew(erased, work)
    await contacts.put(deps, key, area, ContactPoints(), work)
    for other in await deps.store.rights.of_resident(key, work):
        if other.request_id != request.request_id:
            await deps.store.rights.put(replace(rights.blank(other), area_path=area), work)
    work.emit(ResidentErased.of(erased, id_number_hash=None))
    work.emit(ErasureOrdered(resident_id=key, request_id=request.request_id, area_path=area, ordered_at=now))
    return replace(rights.blank(request), area_path=area)


async def follow(deps: Deps, event: ErasureOrdered) -> Confirmation:
    """Erase what this store still holds of a person; again changes nothing."""
    outcome = await deps.personal.erase(event.resident_id, event.area_path)
    return Confirmation.of("registration", deps.clock.now(), outcome.removed, outcome.kept)
