"""Bulk work for several callers at once: the partitions of a topic are handled side by side, and share their writes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Run(Generic[T]):
    """The items of callers that wait for one call of the work; `error` is what it raised."""

    items: list[T] = field(default_factory=list)
    done: bool = False
    error: Exception | None = None


class Together(Generic[T]):
    """Calls `work` with the items of every caller that came since the call before; one call is under way at a time.

    The work must bear repetition: each caller gets the error of its call, and may come again with the same items.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        self._work = work
        self._next: _Run[T] = _Run()
        self._busy = asyncio.Lock()

    async def __call__(self, items: Sequence[T]) -> None:
        """Return once the work is done for the items. Raises what the work raised."""
        run = self._next
        run.items += items
        await asyncio.sleep(0)  # callers that start with this one join its run
        async with self._busy:
            if not run.done:
                await self._carry_out(run)
        if run.error is not None:
            raise run.error

    async def _carry_out(self, run: _Run[T]) -> None:
        if run is self._next:
            self._next = _Run()
        try:
            await self._work(run.items)
        except Exception as error:
            run.error = error
        run.done = True  # one that was cancelled is carried out by the next caller that waits for it
