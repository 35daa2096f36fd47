"""Exit permissions are stored and published whole, end with a traveller's green code, and expire (R1.8)."""

from services.registration.domain import exits
from services.registration.domain.exits import COLOUR_CHANGED, OPEN, ExitPermission
from services.registration.usecases import Deps
from shared.events.registration_exits import (
    ExitApproved,
    ExitEvent,
    ExitExpired,
    ExitRefused,
    ExitRequested,
    ExitRevoked,
    ExitState,
    ExitWithdrawn,
)
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

EXPIRES = "exit.expires"
_EVENTS: dict[ExitState, type[ExitEvent]] = {
    ExitState.REQUESTED: ExitRequested,
    ExitState.APPROVED: ExitApproved,
    ExitState.REFUSED: ExitRefused,
    ExitState.WITHDRAWN: ExitWithdrawn,
    ExitState.REVOKED: ExitRevoked,
    ExitState.EXPIRED: ExitExpired,
}
BY_RULE = "rule"  # no person revoked it


async def keep(deps: Deps, before: ExitPermission | None, after: ExitPermission, work: UnitOfWork) -> ExitPermission:
    """Store what is another than before, publish it, and have it expire in time."""
    if after == before:
        return after
    await deps.store.exits.put(after, work)
    work.emit(_EVENTS[after.state].of(after, travellers=after.people))
    if before is None:
        await deps.deadlines.schedule(work, EXPIRES, after.exit_id, after.until)
    if after.state not in OPEN:
        await deps.deadlines.cancel(work, after.exit_id, EXPIRES)
    return after


async def end_of(deps: Deps, resident_id: str, work: UnitOfWork) -> None:
    """Revoke every approved permission by which a resident travels, who is green no more."""
    for one in await deps.store.exits.approved_of(resident_id, work):
        await keep(deps, one, exits.revoke(one, BY_RULE, COLOUR_CHANGED, deps.clock.now()), work)


@retry_conflicts
async def expire(deps: Deps, deadline: Deadline) -> None:
    """Let a permission expire, or a request that was not decided in time."""
    async with deps.unit_of_work(deadline) as work:
        one = await deps.store.exits.get(deadline.subject, work)
        if one and one.state in OPEN and deps.clock.now() >= one.until:
            await keep(deps, one, exits.expire(one, deps.clock.now()), work)
