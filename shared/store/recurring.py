"""Work that is done time and again, declared by a service: one process of it does each turn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from shared.store.deadlines import Deadline
from shared.store.deps import ServiceDeps
from shared.store.unit_of_work import retry_conflicts

D = TypeVar("D", bound=ServiceDeps)

_FIRST = datetime.fromtimestamp(0, UTC)  # the same for every process, so that there is one such deadline


@dataclass(frozen=True)
class Recurring(Generic[D]):
    """`work` is done once by one process of the service, and again `every` so often; repeating it is harmless.

    `name` is the kind of its deadline: `<what>.<work>`.
    """

    name: str
    every: timedelta
    work: Callable[[D], Awaitable[None]]

    async def handle(self, deps: D, deadline: Deadline) -> None:
        """Do one turn and have the next one fall due."""
        await self.work(deps)
        await _again(deps, deadline, self.every)

    async def begin(self, deps: D) -> None:
        """Have the first turn fall due, where no process has done so yet."""
        await _begin(deps, self.name)


@retry_conflicts
async def _again(deps: ServiceDeps, deadline: Deadline, every: timedelta) -> None:
    async with deps.unit_of_work() as work:
        await deps.deadlines.again(work, deadline, deps.clock.now() + every)


@retry_conflicts
async def _begin(deps: ServiceDeps, name: str) -> None:
    async with deps.unit_of_work() as work:
        await deps.deadlines.schedule(work, name, name.partition(".")[0], _FIRST)
