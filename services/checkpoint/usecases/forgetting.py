"""Forgetting: passages are kept for thirty days and no longer (R2.8)."""

from datetime import UTC, datetime, timedelta

from services.checkpoint.usecases import Deps
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import retry_conflicts

FORGET, SUBJECT = "passages.forget", "passages"
EVERY = timedelta(minutes=1)
_FIRST = datetime.fromtimestamp(0, UTC)  # the same for every process, so that there is one such deadline


async def begin(deps: Deps) -> None:
    """See to it that passages are forgotten, now that there are any; one deadline does for all processes."""
    if not deps.seeded.forgetting:
        await _schedule(deps)
        deps.seeded.forgetting = True


@retry_conflicts
async def _schedule(deps: Deps) -> None:
    async with deps.unit_of_work() as work:
        await deps.deadlines.schedule(work, FORGET, SUBJECT, _FIRST)


async def forget(deps: Deps, deadline: Deadline) -> None:
    """Remove the passages that have been kept long enough, and come again in a minute."""
    await deps.store.passages.forget(deps.clock.now())
    await _again(deps, deadline)


@retry_conflicts
async def _again(deps: Deps, deadline: Deadline) -> None:
    async with deps.unit_of_work() as work:
        await deps.deadlines.again(work, deadline, deps.clock.now() + EVERY)
