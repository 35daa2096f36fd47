"""A world's doors: a network between services and their servers that is cut, slow, or deaf on one side."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from deploy.launcher.processes.child import HOST
from tests.faults.world import World
from tests.support.proxy import ShutDoor, Way


class Doors:
    """The doors of a world: one before each of its brokers, and one before its store."""

    def __init__(self, world: World) -> None:
        self.brokers = [ShutDoor(node.door_port, node.door) for node in world.kafka.nodes]
        self.store = ShutDoor(world.mongo.port)
        self.kafka = world.kafka.door_bootstrap
        # The store tells its own address as that of its set: a client that asked for it would go round the door.
        self.mongo = f"mongodb://{HOST}:{self.store.port}/?directConnection=true&retryWrites=false"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for door in (*self.brokers, self.store):
            await self._stack.enter_async_context(door)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._stack.aclose()


def ways(doors: Iterable[ShutDoor], *, there: bool = True, back: bool = True) -> list[Way]:
    """Return the ways of these doors in one direction, or in both."""
    return [way for door in doors for way, wanted in ((door.there, there), (door.back, back)) if wanted]
