"""Returns are stored and published whole, follow their journey, and expire (R1.7)."""

from services.registration.domain import returns
from services.registration.domain.journeys import Journey
from services.registration.domain.returns import OPEN, Return
from services.registration.usecases import Deps
from shared.events.registration_returns import (
    ReturnApproved,
    ReturnArrived,
    ReturnAsked,
    ReturnCancelled,
    ReturnChanged,
    ReturnEvent,
    ReturnExpired,
    ReturnRefused,
    ReturnState,
)
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

EXPIRES = "return.expires"
_EVENTS: dict[ReturnState, type[ReturnEvent]] = {
    ReturnState.OPEN: ReturnChanged,
    ReturnState.APPROVED: ReturnApproved,
    ReturnState.REFUSED: ReturnRefused,
    ReturnState.EXPIRED: ReturnExpired,
    ReturnState.ARRIVED: ReturnArrived,
    ReturnState.CANCELLED: ReturnCancelled,
}


async def keep(deps: Deps, before: Return | None, after: Return, work: UnitOfWork) -> Return:
    """Store what is another than before, publish it, and have it expire in time."""
    if after == before:
        return after
    await deps.store.returns.put(after, work)
    kind = ReturnAsked if before is None else _EVENTS[after.state]
    work.emit(kind.of(after))
    if before is None or before.arrives_on != after.arrives_on:
        await deps.deadlines.cancel(work, after.return_id, EXPIRES)
        at = returns.expires_at(after.arrives_on, deps.zone)
        await deps.deadlines.schedule(work, EXPIRES, after.return_id, at)
    if after.state not in OPEN:
        await deps.deadlines.cancel(work, after.return_id, EXPIRES)
        await deps.store.returns.free(after, work)
    return after


async def follow_journey(deps: Deps, journey: Journey, work: UnitOfWork) -> None:
    """Let the open return of a journey follow its days, or end with it."""
    for one in await deps.store.returns.of_journey(journey.journey_id, work):
        await keep(deps, one, returns.follow(one, journey), work)


@retry_conflicts
async def expire(deps: Deps, deadline: Deadline) -> None:
    """Let a return expire whose person has not arrived in time."""
    async with deps.unit_of_work(deadline) as work:
        one = await deps.store.returns.get(deadline.subject, work)
        if one and one.state in OPEN and deps.clock.now() >= returns.expires_at(one.arrives_on, deps.zone):
            await keep(deps, one, returns.expire(one), work)
