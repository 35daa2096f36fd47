"""The HTTP server of a process: its port, and one for metrics that callers of the service never reach."""

import asyncio
import gc
import sys

import uvicorn
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from shared.base import logs
from shared.base.clock import SystemClock
from shared.base.settings import ServiceSettings
from shared.web.sockets import SAFE_HEADERS, GuardedProtocol

KEPT_ALIVE_S = 75  # people come by at a gate more often than its device should have to connect anew
TICKS_PER_CHECK = 10  # uvicorn ticks ten times a second
CHECK_S = 1.0
# A batch of scans makes some ten thousand objects that end with it: looked for ten times a request, as is usual, they
# took a third of the time.
COLLECTED_AFTER = (50_000, 20, 50)
# So soon a thread at work, which may read a roster, lets the event loop go on: each step of a request waits so long.
SWITCH_S = 0.0005


class Server(uvicorn.Server):
    """Serves an application, ends connections that are over their time, and serves the metrics beside it."""

    def __init__(self, config: uvicorn.Config, metrics_port: int | None) -> None:
        super().__init__(config)
        self._metrics_port = metrics_port
        self._metrics_state = ServerState()
        self._metrics: asyncio.Server | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Open the ports; metrics first, so that an operator sees how a process starts."""
        if self._metrics_port is not None:
            config = _config(_metrics, self.config.host or "", self._metrics_port)
            config.load()
            loop = asyncio.get_running_loop()
            self._metrics = await loop.create_server(
                lambda: config.http_protocol_class(config=config, server_state=self._metrics_state, app_state={}),  # type: ignore[call-arg]
                host=self.config.host,
                port=self._metrics_port,
            )
        await super().startup(None)

    async def on_tick(self, counter: int) -> bool:
        """Check every connection once a second; return whether the server ends."""
        if counter % TICKS_PER_CHECK == 0:
            now = asyncio.get_running_loop().time()
            for connection in (*self.server_state.connections, *self._metrics_state.connections):
                if isinstance(connection, GuardedProtocol):
                    connection.check(now, CHECK_S)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Close both ports, the metrics' last."""
        await super().shutdown(None)
        if self._metrics is not None:
            self._metrics.close()
            for connection in list(self._metrics_state.connections):
                connection.shutdown()


def server_of(
    settings: ServiceSettings, app: FastAPI, ends_within_s: int, protocol: type[GuardedProtocol] = GuardedProtocol
) -> Server:
    """Return the server of a service's application, on the ports of its settings."""
    config = _config(app, settings.http_host, settings.http_port, protocol)
    config.timeout_graceful_shutdown = ends_within_s
    config.proxy_headers = bool(settings.trusted_proxies)
    config.forwarded_allow_ips = settings.trusted_proxies
    return Server(config, settings.metrics_port)


def _config(app: object, host: str, port: int, protocol: type[GuardedProtocol] = GuardedProtocol) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEPT_ALIVE_S,
    )


async def _metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request to the metrics' port."""
    if scope["type"] != "http":
        return
    known = scope["path"] == "/metrics" and scope["method"] in ("GET", "HEAD")
    body = generate_latest() if known else b"Metrics are at /metrics\n"
    kind = CONTENT_TYPE_LATEST if known else "text/plain; charset=utf-8"
    headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body)), *SAFE_HEADERS]
    await send({"type": "http.response.start", "status": 200 if known else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def run(settings: ServiceSettings, app: FastAPI, shutdown_s: int) -> None:
    """Serve the application until SIGTERM or SIGINT. Raises `SystemExit` where the service has no event key."""
    logs.configure(settings.service, settings.log_level)
    settings.require_event_key(SystemClock(settings.clock_file).now())
    gc.set_threshold(*COLLECTED_AFTER)
    sys.setswitchinterval(SWITCH_S)
    server_of(settings, app, shutdown_s).run()
