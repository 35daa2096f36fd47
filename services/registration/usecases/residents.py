"""Resident files (一人一档): who may see them, special care and its one-to-one keeper (R1.3, R1.4)."""

from collections.abc import Sequence
from typing import Any

from services.registration.domain.persons import Care
from services.registration.usecases import STAFF, Deps
from shared.base.errors import NotFound
from shared.events.registration import SpecialCareChanged
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

NAME = "resident.name"
PUBLIC = ("household_id", "area_path", "categories", "keeper_id", "id_number_hash", "card_hashes")


async def visible(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork | None = None) -> Document:
    """Return the resident file to staff of its area and to the resident. Raises `NotFound` for anybody else."""
    resident = await deps.store.residents.get(resident_id, work)
    if resident is not None:
        staff = bool(caller.roles.intersection(STAFF)) and caller.sees(resident["area_path"])
        if staff or resident_id == caller.subject:
            return resident
    raise NotFound("registration.no_such_resident", "The resident was not found in your area")


def public(resident: Document) -> dict[str, Any]:
    """Return the facts of a resident file that every event of it carries: no personal data."""
    return {name: resident[name] for name in PUBLIC} | {"resident_id": resident["_id"]}


@retry_conflicts
async def change_care(
    deps: Deps, caller: Principal, resident_id: str, categories: Sequence[Care], keeper_id: str | None
) -> Document:
    """Set the special-care categories and the one-to-one keeper of a resident (R1.4)."""
    facts = {"categories": sorted({category.value for category in categories}), "keeper_id": keeper_id}
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        if any(resident[name] != value for name, value in facts.items()):
            await deps.store.residents.update(resident_id, facts, work)
            work.emit(SpecialCareChanged(**public(resident | facts)))
    return resident | facts
