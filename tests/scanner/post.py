"""A gate's post: a real service over HTTP whose network can be pulled, and a device beside it."""

from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.checkpoint.client.book import Book
from services.checkpoint.client.offline import CACHED_FOR
from services.checkpoint.client.running import Running
from tests.checkpoint.gate import GATE, Gate
from tests.scanning.conftest import serving


class Post:
    """A gate served on a port of its own, until the network is pulled."""

    def __init__(self, gate: Gate, port: int, directory: Path) -> None:
        self.gate = gate
        self.url = f"http://127.0.0.1:{port}"
        self.book = directory / "book.db"
        self.token = gate.device.headers["authorization"].removeprefix("Bearer ")
        self._port = port
        self._plugged: AsyncExitStack | None = None
        self.device_is_ahead = timedelta()
        self._running: list[Running] = []

    @property
    def is_plugged(self) -> bool:
        """Whether the service can be reached."""
        return self._plugged is not None

    async def plug(self) -> None:
        """Let the service be reached."""
        self._plugged = AsyncExitStack()
        await self._plugged.enter_async_context(serving(self.gate.service.app, self._port))

    async def pull(self) -> None:
        """Stop the server: no request has an answer any more."""
        if self._plugged is not None:
            await self._plugged.aclose()
            self._plugged = None

    def device(self, token: str | None = None, cached_for: timedelta = CACHED_FOR) -> Running:
        """Return a device that is not running: a test takes its turns itself."""
        book = Book(self.book)
        clock = self.device_clock
        made = Running.on(book, self.url, token or self.token, GATE, clock, cached_for, "test", self._steady)
        self._running.append(made)
        return made

    def now(self) -> datetime:
        """Return the true time, which the service's clock has."""
        return self.gate.service.clock.now()

    def device_clock(self) -> datetime:
        """Return what the device's own clock says."""
        return self.now() + self.device_is_ahead

    def _steady(self) -> float:
        return self.now().timestamp()

    async def close(self) -> None:
        """Close everything."""
        for one in self._running:
            with suppress(Exception):  # a test that looked into the device's end has closed it
                one.link.close()
                one.copy.close()
                one.book.close()
        await self.pull()

    async def stored(self) -> list[Any]:
        """Return the passages in the service's store, once the recorder has had them all."""
        await self.gate.service.receive(*self.gate.passages)
        rows: list[Any] = await self.gate.service.database["passages"].find().to_list(None)
        return rows
