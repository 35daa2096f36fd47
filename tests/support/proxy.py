"""Doors before a server: all that clients and the server say passes through them, unless a door has its own mind."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from deploy.local.processes import HOST, free_port

PIECE_BYTES = 1 << 16

# Carries one way of a connection until that ends: raises `EOFError`, or `OSError` where a side has gone.
Carry = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Door:
    """Passes everything on to the server at `server_port`; clients come to `port`."""

    def __init__(self, server_port: int, port: int = 0) -> None:
        self.port = port or free_port([server_port])
        self._server_port = server_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    def carriers(self) -> tuple[Carry, Carry]:
        """Return what carries a new connection's requests, and what carries its answers."""
        return carry, carry

    async def open(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._pass_on, HOST, self.port)

    async def close(self) -> None:
        """Break every connection; new ones are refused."""
        assert self._server is not None
        self._server.close()
        connections = list(self._open)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _pass_on(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        server: asyncio.StreamWriter | None = None
        try:
            answers, server = await asyncio.open_connection(HOST, self._server_port)
            requests, replies = self.carriers()
            async with asyncio.TaskGroup() as group:
                group.create_task(requests(client, server))
                group.create_task(replies(answers, back))
        except* (OSError, EOFError, asyncio.CancelledError):
            pass  # either side has gone, or the door is closed
        finally:
            self._open.discard(task)
            for side in (server, back):
                if side is not None:
                    with suppress(OSError):
                        side.close()


class LossyDoor(Door):
    """Passes on what clients and the server say, but loses replies to requests that hold `lost_after`.

    That is what a client meets whose network breaks at the wrong moment: it cannot know what the server has done.
    """

    def __init__(self, server_port: int, lost_after: bytes) -> None:
        super().__init__(server_port)
        self.losses_left = 0
        self.lost = 0
        self._lost_after = lost_after

    def carriers(self) -> tuple[Carry, Carry]:
        """Return carriers of which one goes deaf after such a request."""
        deaf = asyncio.Event()

        async def forward(client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
            while data := await client.read(PIECE_BYTES):
                if self.losses_left and self._lost_after in data:
                    self.losses_left -= 1
                    self.lost += 1
                    deaf.set()
                server.write(data)
                await server.drain()
            raise EOFError

        async def reply(answers: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
            while data := await answers.read(PIECE_BYTES):
                if deaf.is_set():
                    break
                back.write(data)
                await back.drain()
            raise EOFError

        return forward, reply


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends. Raises `EOFError` then."""
    while data := await source.read(PIECE_BYTES):
        target.write(data)
        await target.drain()
    raise EOFError
