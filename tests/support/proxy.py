"""Doors: proxies before a server, which can drop, delay or break connections."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from deploy.launcher.processes.child import HOST, free_port

PIECE_BYTES = 1 << 16
PIECES = 32  # the capacity of a way; then its sender has to wait, as with a full window

# Carries one way of a connection until that ends: raises `EOFError`, or `OSError` where a side has gone.
Carry = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Door:
    """Forwards everything to the server at `server_port`; clients connect to `port`."""

    def __init__(self, server_port: int, port: int = 0) -> None:
        self.port = port or free_port([server_port])
        self._server_port = server_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    def carriers(self) -> tuple[Carry, Carry]:
        """Return the carriers of a new connection's requests and of its answers."""
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
    """Forwards everything, but loses the replies to requests that contain `lost_after`.

    So a network breaks at the worst moment for a client: the client cannot know what the server has done.
    """

    def __init__(self, server_port: int, lost_after: bytes) -> None:
        super().__init__(server_port)
        self.losses_left = 0
        self.lost = 0
        self._lost_after = lost_after

    def carriers(self) -> tuple[Carry, Carry]:
        """Return carriers that lose replies after such a request."""
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


class Way:
    """One direction of a door; `held` counts the pieces that waited while it was shut.

    Shutting it breaks nothing: connections stay, new ones are taken, and nothing passes. Data that is sent
    meanwhile arrives when it is open again, as TCP retransmits it.
    """

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.held = 0
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        """Let nothing through, without an error."""
        self._open.clear()

    def clear(self) -> None:
        """Let everything through, at once."""
        self.delay_s = 0.0
        self._open.set()

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Forward data, late or when the way is open again. Raises `EOFError` at the end."""
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


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Forward data until it ends. Raises `EOFError` then."""
    while data := await source.read(PIECE_BYTES):
        target.write(data)
        await target.drain()
    raise EOFError
