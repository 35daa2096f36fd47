"""Break-glass: opened, closed early, listed. What is open is published, and every service lets it be read."""

from datetime import datetime, timedelta

from services.registration.domain import break_glass
from services.registration.domain.break_glass import BreakGlass
from services.registration.usecases import Deps
from shared.base.clock import machine_time
from shared.base.errors import Conflict, NotFound
from shared.events.registration import BreakGlassChanged
from shared.store.by_time import TimePosition
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def open_area(
    deps: Deps, caller: Principal, glass_id: str, area_path: str, reason: str, length: timedelta
) -> BreakGlass:
    """Open an area to the caller for reading; the same `glass_id` again gives the same answer.

    Raises `NotFound` for an unknown place, `Conflict` for the own area, `DomainError` for too large an area or too
    long a time.
    """
    break_glass.check_length(length, deps.break_glass_longest)
    async with deps.unit_of_work() as work:
        if known := await deps.store.break_glass.get(glass_id, work):
            if (known.subject, known.area_path) != (caller.subject, area_path):
                raise Conflict("registration.break_glass_taken", "That glass_id stands for another: make a new one")
            return known
        place = await deps.store.places.at(area_path, work)
        if place is None:
            raise NotFound("registration.no_such_place", f"There is no place {area_path}")
        break_glass.check_area(place.level, area_path, caller.sees(area_path))
        now = machine_time()  # by which tokens are judged; a drill's clock moves neither
        glass = BreakGlass(glass_id, caller.subject, caller.area, area_path, reason, now, now + length)
        await _keep(deps, glass, work)
    return glass


@retry_conflicts
async def close(deps: Deps, caller: Principal, glass_id: str) -> BreakGlass:
    """Close early what the caller opened, or what was opened within the caller's area. Raises `NotFound`."""
    async with deps.unit_of_work() as work:
        glass = await deps.store.break_glass.get(glass_id, work)
        if glass is None or not (glass.subject == caller.subject or caller.sees(glass.area_path)):
            raise NotFound("registration.no_such_break_glass", "There is no such break-glass in your area")
        closed = break_glass.close(glass, caller.subject, machine_time())
        if closed != glass:
            await _keep(deps, closed, work)
    return closed


async def page(
    deps: Deps, caller: Principal, only_open: bool, newest_first: bool, after: TimePosition | None, limit: int
) -> list[BreakGlass]:
    """Return what was opened within the caller's area or around it: what is open now, or past ones too."""
    open_at = machine_time() if only_open else None
    return await deps.store.break_glass.page(caller.area, newest_first, after, limit, open_at)


async def _keep(deps: Deps, glass: BreakGlass, work: UnitOfWork) -> None:
    await deps.store.break_glass.put(glass, work)
    ends_at: datetime = min(glass.closed_at or glass.expires_at, glass.expires_at)
    work.emit(
        BreakGlassChanged(
            glass_id=glass.glass_id,
            subject=glass.subject,
            area_path=glass.area_path,
            reason=glass.reason,
            opened_at=glass.opened_at,
            ends_at=ends_at,
        )
    )
