"""Triage desks (分诊台): stated by the office, with the staff on duty (R1.11)."""

from services.registration.domain.triage import Desk
from services.registration.usecases import STAFF, Deps
from shared.base.errors import NotFound
from shared.base.impersonal import require_impersonal
from shared.events.registration_desks import DeskChanged
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

READERS = (*STAFF, Role.AUDITOR)


@retry_conflicts
async def state(deps: Deps, caller: Principal, desk: Desk) -> Desk:
    """State a desk at a place of the caller's area and who is on duty there; the same again changes nothing."""
    caller.require_area(desk.area_path, f"the place {desk.area_path}")
    require_impersonal(desk.name, "name")
    async with deps.unit_of_work() as work:
        known = await deps.store.triages.desk(desk.desk_id, work)
        if known is not None:
            caller.require_area(known.area_path, "the desk")
        if known == desk:
            return desk
        if await deps.store.places.at(desk.area_path, work) is None:
            text = f"There is no place {desk.area_path} in your area: define it first"
            raise NotFound("registration.no_such_place", text)
        await deps.store.triages.put_desk(desk, work)
        work.emit(DeskChanged.of(desk))
    return desk


async def visible(deps: Deps, caller: Principal, desk_id: str, work: UnitOfWork | None = None) -> Desk:
    """Return a desk to staff and auditors of its area. Raises `NotFound` for others."""
    desk = await deps.store.triages.desk(desk_id, work)
    if desk is None or not caller.may_see(desk.area_path, READERS):
        raise NotFound("registration.no_such_desk", "The desk was not found in your area")
    return desk
