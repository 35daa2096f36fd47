"""Doors that can be shut: a network between services and their servers that is cut, slow, or deaf on one side.

A silent cut breaks nothing: connections stay, new ones are taken, and nothing passes. What was said meanwhile arrives
when the cut is over, as it does where TCP says it again.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from deploy.local.processes import HOST
from tests.faults.world import World
from tests.support.proxy import PIECE_BYTES, Carry, Door

PIECES = 32  # a way holds so many; then its sender has to wait, as with a full window


class Way:
    """One way through a door; `held` counts what had to wait because it was shut."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.held = 0
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        """Let nothing through, and say nothing of it."""
        self._open.clear()

    def clear(self) -> None:
        """Let everything through, at once."""
        self.delay_s = 0.0
        self._open.set()

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on what comes, late or when the way is open again. Raises `EOFError` at the end."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIECES)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take(source, pieces))
            group.create_task(self._give(pieces, target))

    async def _take(self, source: asyncio.StreamReader, pieces: "asyncio.Queue[tuple[float, bytes]]") -> None:
        loop = asyncio.get_running_loop()
        data = b"something"
        while data:
            data = await source.read(PIECE_BYTES)
            await pieces.put((loop.time() + self.delay_s, data))

    async def _give(self, pieces: "asyncio.Queue[tuple[float, bytes]]", target: asyncio.StreamWriter) -> None:
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            self.held += not self._open.is_set()
            await self._open.wait()
            if not data:
                raise EOFError
            target.write(data)
            await target.drain()


class ShutDoor(Door):
    """A door with its two ways: `there`, by which requests go, and `back`."""

    def __init__(self, server_port: int, port: int = 0) -> None:
        super().__init__(server_port, port)
        self.there, self.back = Way(), Way()

    def carriers(self) -> tuple[Carry, Carry]:
        """Return both ways."""
        return self.there.carry, self.back.carry


class Doors:
    """The doors of a world: one before each of its brokers, and one before its store."""

    def __init__(self, world: World) -> None:
        self.brokers = [ShutDoor(node.door_port, node.door) for node in world.kafka.nodes]
        self.store = ShutDoor(world.mongo.port)
        self.kafka = world.kafka.door_bootstrap
        # The store tells its own address as that of its set: a client that asked for it would go round the door.
        self.mongo = f"mongodb://{HOST}:{self.store.port}/?directConnection=true"
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
