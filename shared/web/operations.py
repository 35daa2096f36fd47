"""The routes that operators and orchestrators use on every process: health, metrics and the AsyncAPI document."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Checks = Callable[[], Awaitable[dict[str, bool]]]


def add_operations(app: FastAPI, events: Callable[[], dict[str, Any]], checks: Checks) -> None:
    """Add `/health/live`, `/health/ready`, `/metrics` and `/asyncapi.json`; they need no token."""

    @app.get("/health/live", tags=["operations"])
    async def live() -> dict[str, str]:
        """Whether the event loop answers."""
        return {"status": "live"}

    @app.get("/health/ready", tags=["operations"])
    async def ready() -> JSONResponse:
        """Whether the process can do its work: 200, or 503 with what is missing."""
        results = await checks()
        well = all(results.values())
        return JSONResponse({"status": "ready" if well else "not ready", "checks": results}, 200 if well else 503)

    @app.get("/metrics", tags=["operations"])
    async def metrics() -> Response:
        """Prometheus metrics of this process."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/asyncapi.json", tags=["operations"])
    async def asyncapi() -> JSONResponse:
        """The events this service publishes and reads, as AsyncAPI."""
        return JSONResponse(events())
