"""Plates that residents state: sealed where they are stated, and searched by keyed hashes."""

from services.registration.usecases import Deps
from services.registration.usecases.search_hashes import whole_hash_of, whole_hashes_of
from shared.base import normal_form
from shared.store.unit_of_work import UnitOfWork

PLATE = "resident.plate"


def plate_hash(deps: Deps, plate: str) -> str:
    """Return the keyed hash of a plate."""
    return whole_hash_of(deps, PLATE, normal_form.plate(plate))


async def remember(deps: Deps, source: str, resident_id: str, plate: str, work: UnitOfWork) -> None:
    """Let a resident be looked up by the plate that `source`, the id of a journey, states; an empty one is none."""
    if plate:
        await deps.store.plates.remember(source, resident_id, plate_hash(deps, plate), work)


async def residents_with(deps: Deps, plate: str) -> list[str]:
    """Return the ids of the residents who have stated a plate, wherever they live."""
    return await deps.store.plates.residents(whole_hashes_of(deps, PLATE, normal_form.plate(plate)))
