"""The checkpoint service of the test's process behind a real HTTP server."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest_asyncio
import uvicorn

from services.checkpoint.client.batch_sender import BatchSender
from services.checkpoint.settings import Settings
from tests.checkpoint.gate import COMPOUND, NOW, Gate, build, gate_at
from tests.conftest import MakeService
from tests.support.waiting import eventually


class Served(NamedTuple):
    """A gate, where it is served, the token of its device, and how long its senders meant to wait each time."""

    gate: Gate
    url: str
    token: str
    waits: list[float]

    def sender(self, give_up_s: float = 30, token: str | None = None, url: str | None = None) -> BatchSender:
        """Return a sender of the device's scans, which waits a tenth of a second at most."""
        return BatchSender(url or self.url, token or self.token, give_up_s, sleep=self._wait)

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        time.sleep(min(seconds, 0.1))


@asynccontextmanager
async def serving(app: Any, port: int) -> AsyncIterator[str]:
    """Serve an application on a port; yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest_asyncio.fixture
async def served(service: MakeService, free_port: int) -> AsyncIterator[Served]:
    """A gate that takes scans over HTTP."""
    gate = Gate(await service(build, Settings, at=NOW))
    await gate.open()
    gate.learns(gate_at(COMPOUND))
    token = gate.device.headers["authorization"].removeprefix("Bearer ")
    async with serving(gate.service.app, free_port) as url:
        yield Served(gate, url, token, [])
    await gate.close()
