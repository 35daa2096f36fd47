"""Long work of the processor within an event loop, without keeping it from all other work."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

ITEMS_AT_ONCE = 5

T = TypeVar("T")


async def yielding(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield the items in their order; after each `ITEMS_AT_ONCE` the other tasks of the event loop have a turn."""
    for number, item in enumerate(items, start=1):
        yield item
        if number % ITEMS_AT_ONCE == 0:
            await asyncio.sleep(0)
