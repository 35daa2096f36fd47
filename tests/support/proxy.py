"""A door before a server, through which its replies can be lost."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from deploy.local.processes import HOST, free_port


class LossyDoor:
    """Passes on what clients and the server say, but loses replies to requests that hold `lost_after`.

    That is what a client meets whose network breaks at the wrong moment: it cannot know what the server has done.
    """

    def __init__(self, server_port: int, lost_after: bytes) -> None:
        self.port = free_port([server_port])
        self.losses_left = 0
        self.lost = 0
        self._server_port = server_port
        self._lost_after = lost_after
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass_on, HOST, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _pass_on(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        answers, server = await asyncio.open_connection(HOST, self._server_port)
        try:
            async with asyncio.TaskGroup() as group:
                deaf = asyncio.Event()
                group.create_task(self._forward(client, server, deaf))
                group.create_task(self._reply(answers, back, deaf))
        except* (OSError, EOFError, asyncio.CancelledError):
            pass  # either side has gone, or the door is closed
        finally:
            self._open.discard(task)
            with suppress(OSError):
                server.close()
                back.close()

    async def _forward(self, client: asyncio.StreamReader, server: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        while data := await client.read(1 << 16):
            if self.losses_left and self._lost_after in data:
                self.losses_left -= 1
                self.lost += 1
                deaf.set()
            server.write(data)
            await server.drain()
        raise EOFError

    async def _reply(self, answers: asyncio.StreamReader, back: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        while data := await answers.read(1 << 16):
            if deaf.is_set():
                break
            back.write(data)
            await back.drain()
        raise EOFError
