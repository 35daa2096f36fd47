"""The routes that operators and orchestrators use on every process: health and the AsyncAPI document."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from shared.base.json_types import Json

Checks = Callable[[], Awaitable[dict[str, bool]]]


class _SharedChecks:
    """Checks that run once for all requests that come while they run: many requests ask the store as often as one."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._running: asyncio.Task[dict[str, bool]] | None = None

    async def results(self) -> dict[str, bool]:
        """Return what the checks say."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(self._running)

    async def _run(self) -> dict[str, bool]:
        return await self._checks()


def add_operations(app: FastAPI, events: Callable[[], Json], checks: Checks) -> None:
    """Add `/health/live`, `/health/ready` and `/asyncapi.json`; they need no token."""

    shared = _SharedChecks(checks)

    @app.get("/health/live", tags=["operations"], operation_id="show_liveness")
    async def live() -> dict[str, str]:
        """Whether the event loop answers."""
        return {"status": "live"}

    @app.get("/health/ready", tags=["operations"], operation_id="show_readiness")
    async def ready() -> JSONResponse:
        """Whether the process can do its work: 200, or 503 with what is missing."""
        results = await shared.results()
        well = all(results.values())
        return JSONResponse({"status": "ready" if well else "not ready", "checks": results}, 200 if well else 503)

    @app.get("/asyncapi.json", tags=["operations"], operation_id="show_events")
    async def asyncapi() -> JSONResponse:
        """The events this service publishes and reads, as AsyncAPI."""
        return JSONResponse(events())
