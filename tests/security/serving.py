"""A small service behind the edge, on a real port of this machine, with limits that a test can wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import httpx
from fastapi import Body, Depends, FastAPI

from deploy.launcher.processes.child import free_port
from deploy.launcher.secrets.issuer import Issuer
from shared.base.settings import ServiceSettings
from shared.web.access import Access, Principal, Role, allow
from shared.web.edge import Application, Edge
from shared.web.http import add_problem_details
from shared.web.server import Server, server_of
from shared.web.sockets import GuardedProtocol, SocketLimits

Staff = Annotated[Principal, Depends(allow(Role.CITY))]


@dataclass
class Served:
    """The service: its server, what reached its routes, and a token."""

    port: int
    metrics_port: int
    server: Server
    token: str
    reached: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def client(self) -> httpx.AsyncClient:
        """A caller with a token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=20, trust_env=False)

    async def connect(self, data: bytes = b"", port: int | None = None) -> tuple[asyncio.StreamReader, Any]:
        """Open a connection and send the bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        writer.write(data)
        return reader, writer


@asynccontextmanager
async def serving(issuer: Issuer, limits: SocketLimits | None = None) -> AsyncIterator[Served]:
    """Serve until the end of the context."""
    app = Application()
    port, metrics_port = free_port(), free_port()
    settings = ServiceSettings(
        kafka_bootstrap="",
        mongo_url="",
        http_port=port,
        metrics_port=metrics_port,
        issuer=issuer.issuer,
        jwks=str(issuer.jwks),
    )
    access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    protocol = type("Limited", (GuardedProtocol,), {"limits": limits or SocketLimits()})
    served = Served(port, metrics_port, server_of(settings, app, 1, protocol), issuer.mint("city", area="/"))
    app.state.access = access
    _add_routes(app, served)
    add_problem_details(app)
    app.edge = Edge(partial(FastAPI.__call__, app), access, routes=app.router.routes)
    running = asyncio.create_task(served.server._serve())
    while not served.server.started:
        await asyncio.sleep(0.01)
    try:
        yield served
    finally:
        served.go_on.set()
        served.server.should_exit = True
        await running


def _add_routes(app: FastAPI, served: Served) -> None:
    @app.get("/v1/cases")
    async def cases(_: Staff) -> str:
        served.reached.append("list")
        return "cases"

    @app.post("/v1/cases")
    async def order(_: Staff, body: Annotated[dict[str, Any], Body()]) -> str:
        served.reached.append("order")
        await served.go_on.wait()
        return str(len(body))

    @app.get("/open")
    async def large() -> str:
        served.reached.append("open")
        return "x" * (1 << 25)
