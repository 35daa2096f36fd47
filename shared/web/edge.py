"""The outermost layer of every service: correlation ids, bodies' limits, metrics, and the routes it serves itself."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI, Request
from prometheus_client import Counter, Histogram
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.base import metrics
from shared.base.errors import Unavailable
from shared.base.ids import new_id
from shared.base.logs import correlation_id
from shared.store.mongo import answering_within
from shared.web.access import Access
from shared.web.direct import Body, Direct
from shared.web.http import BodyTooLarge, rendered, unexpected

CORRELATION_HEADER = b"x-correlation-id"
_UUID = re.compile(b"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CALLER_GONE = 499  # the caller had gone
BODY_LIMIT_BYTES = 1 << 20
# How long the store may take for one request: callers get the answer that it is away before they give up. Over a
# network that takes 0.2 s each way, the dozen calls of a large one need five seconds.
STORE_S, STORE_LONG_S = 8.0, 120.0
# Fewer than the driver has threads (`shared/store/mongo.py`): while the store hangs, enough end transactions.
PLACES, PLACE_WITHIN_S = 48, 1.0
_OPERATIONS = ("/health/", "/metrics")  # operators ask when all places are taken
Headers = Mapping[bytes, bytes]


class Edge:
    """Gives each request its correlation id, its limit, a count and a timing, and serves the `direct` routes itself."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        limits: Mapping[str, int] | None = None,
        direct: Iterable[Direct] = (),
        long_work: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits or {}
        self._long_work = _beginnings(long_work)
        self._direct = {route.path: route for route in direct}
        self._places = asyncio.Semaphore(PLACES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        identity = _correlation_of(headers)
        correlation_id.set(identity)
        path, method, began = scope["path"], scope["method"], time.perf_counter()
        route = self._direct.get(path) if method == "POST" else None
        status = CALLER_GONE
        try:
            if route is None:
                answering = _Answering(send, identity)
                try:
                    await self._pass_on(scope, receive, answering, headers)
                finally:
                    status = answering.status or CALLER_GONE
                    path = getattr(scope.get("route"), "path", "unmatched")
            else:
                status = await self._serve(route, scope, receive, send, headers, identity)
        finally:
            _counter(method, path, status).inc()
            _timer(method, path).observe(time.perf_counter() - began)

    async def _pass_on(self, scope: Scope, receive: Receive, answering: "_Answering", headers: Headers) -> None:
        path = scope["path"]
        limit = max((n for prefix, n in self._limits.items() if path.startswith(prefix)), default=BODY_LIMIT_BYTES)
        try:
            if _declared(headers) > limit:
                await (await rendered(Request(scope), BodyTooLarge(limit)))(scope, receive, answering)
            else:
                async with self._at_work(scope["method"], path):
                    await self._app(scope, _Counted(receive, limit), answering)
        except Exception as error:
            if answering.status:  # half an answer is sent: the connection must break
                raise
            await (await _refusal(scope, error))(scope, receive, answering)

    @asynccontextmanager
    async def _at_work(self, method: str, path: str) -> AsyncIterator[None]:
        """Give a request its place among those at work and its time. Raises `Unavailable` where all are taken."""
        long = self._long_work.match(f"{method} {path}")
        if long or path.startswith(_OPERATIONS):
            with answering_within(STORE_LONG_S if long else STORE_S):
                yield
            return
        try:
            await asyncio.wait_for(self._places.acquire(), PLACE_WITHIN_S)
        except TimeoutError:
            raise Unavailable("server.busy", "Too many ask here at this moment: try again soon", 2) from None
        try:
            with answering_within(STORE_S):
                yield
        finally:
            self._places.release()

    async def _serve(
        self, route: Direct, scope: Scope, receive: Receive, send: Send, headers: Headers, identity: str
    ) -> int:
        """Answer a direct route; return the status."""
        mark = (CORRELATION_HEADER, identity.encode())
        try:
            limit = self._limits.get(route.path, BODY_LIMIT_BYTES)
            if _declared(headers) > limit:
                raise BodyTooLarge(limit)
            content = await route.serve(self._access, headers, Body(_Counted(receive, limit)))
        except Exception as error:
            problem = await _refusal(scope, error)
            problem.raw_headers.append(mark)
            await problem(scope, receive, send)
            return problem.status_code
        answer_headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), mark]
        await send({"type": "http.response.start", "status": 200, "headers": answer_headers})
        await send({"type": "http.response.body", "body": content})
        return 200


def _beginnings(requests: Iterable[str]) -> re.Pattern[str]:
    """Return what matches requests that begin so, as in `PUT /v1/gates/{gate_id}/lists`; none at all without any."""
    patterns = [re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one)) for one in requests]
    return re.compile("|".join(patterns) or "(?!)")


class _Answering:
    """Sends an answer with its correlation id, and knows its status once it has begun."""

    def __init__(self, send: Send, identity: str) -> None:
        self._send = send
        self._mark = (CORRELATION_HEADER, identity.encode())
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), self._mark]
        await self._send(message)


class _Counted:
    """Receives a body. Raises `BodyTooLarge` as soon as it is."""

    __slots__ = ("_left", "_limit", "_receive")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge(self._limit)
        return message


class Application(FastAPI):
    """A service's application, with the edge around all that FastAPI does."""

    edge: Edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        await self.edge(scope, receive, send)


async def _refusal(scope: Scope, error: Exception) -> Response:
    """Return what an error is answered with."""
    try:
        return await rendered(Request(scope), error)
    except Exception as ours:
        return unexpected(ours)


@cache
def _counter(method: str, route: str, status: int) -> Counter:
    return metrics.REQUESTS.labels(method, route, str(status))


@cache
def _timer(method: str, route: str) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(method, route)


def _declared(headers: Headers) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _correlation_of(headers: Headers) -> str:
    given = headers.get(CORRELATION_HEADER)
    if given is None:
        return new_id()
    return given.decode().lower() if _UUID.fullmatch(given) else new_id()
