"""The outermost layer of every service: tokens before slots, limits of bodies, metrics, and its own routes."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import Counter, Histogram
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.base import metrics
from shared.base.errors import Unauthenticated, Unavailable
from shared.base.ids import new_id
from shared.base.logs import correlation_id
from shared.store.mongo import answering_within
from shared.web.access import Access, Principal, asks_for_token, let_in, token_of
from shared.web.bodies import OPEN_BODY_BYTES, Bodies, Counted, Replayed, Sender, whole
from shared.web.direct import Body, Direct
from shared.web.http import PROBLEMS, BodyTooLarge, rendered, unexpected
from shared.web.slots import Slot, Slots
from shared.web.sockets import KEPT_FOR_GOOD, SAFE_HEADERS
from shared.web.strict import StrictRoute, unknown_parameter

CORRELATION_HEADER = b"x-correlation-id"
_UUID = re.compile(b"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CALLER_GONE = 499  # the caller had gone
BODY_LIMIT_BYTES = 1 << 20
# How long the store may take for one request: callers get the answer that it is away before they give up. Over a
# network that takes 0.2 s each way, the dozen calls of a large one need five seconds.
STORE_S, STORE_LONG_S = 8.0, 120.0
_OPERATIONS = "/health/"  # operators ask when all slots are taken
_SAFE_NAMES = frozenset(name for name, _ in SAFE_HEADERS)
Headers = Mapping[bytes, bytes]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
ByCookie = Callable[[Scope], Awaitable[Principal | None]]


class Edge:
    """Gives each request its correlation id, its limit, a count and a timing, and serves the `direct` routes itself.

    A token is checked before the body is read, and the body is read before the request has one of the slots. `routes`
    are the application's: those that `access.allow` guards need a token. `turn_away` raises for callers whose token
    is good and who may do nothing all the same. `by_cookie` returns whose session a browser's cookie is; it is asked
    within a slot of callers without a token.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        limits: Mapping[str, int] | None = None,
        direct: Iterable[Direct] = (),
        long_work: Iterable[str] = (),
        routes: Sequence[BaseRoute] = (),
        turn_away: Callable[[Principal], None] = let_in,
        by_cookie: ByCookie | None = None,
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits or {}
        self._long_work = _beginnings(long_work)
        self._direct = {route.path: route for route in direct}
        self._routes = routes
        self._turn_away = turn_away
        self._by_cookie = by_cookie
        self._slots = Slots()
        self.bodies = Bodies()

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
            caller = await self._caller(scope, headers)
            if caller is None:
                limit = min(limit, OPEN_BODY_BYTES)
            if _declared(headers) > limit:
                raise BodyTooLarge(limit)
            with self.bodies.held(_sender(caller, scope)) as held:
                counted: Receive = Counted(receive, limit, held)
                if b"content-length" in headers or b"transfer-encoding" in headers:
                    counted = Replayed(await whole(counted), receive)
                async with self._at_work(scope["method"], path, caller is not None, answering):
                    await self._app(scope, counted, answering)
        except Exception as error:
            if answering.status:  # half an answer is sent: the connection must break
                raise
            await (await _refusal(scope, error))(scope, receive, answering)

    async def _caller(self, scope: Scope, headers: Headers) -> Principal | None:
        """Return whose token a request has, or None where it has no good one and its route needs none.

        Raises `Unauthenticated` where the route needs one, and what turns the caller away.
        """
        try:
            caller = await self._principal(headers)
        except (Unauthenticated, Unavailable):
            if _needs_token(scope, self._routes):
                raise
            return await self._of_cookie(scope, headers)
        self._turn_away(caller)
        return caller

    async def _of_cookie(self, scope: Scope, headers: Headers) -> Principal | None:
        """Return whose session the cookie of a request is, where the service has sessions."""
        if self._by_cookie is None or b"cookie" not in headers:
            return None
        slot = await self._slots.take(known=False)
        try:
            with answering_within(STORE_S):
                return await self._by_cookie(scope)
        finally:
            slot.release()

    async def _principal(self, headers: Headers) -> Principal:
        return await self._access.principal(token_of(headers.get(b"authorization", b"").decode("latin-1")))

    @asynccontextmanager
    async def _at_work(self, method: str, path: str, known: bool, answering: "_Answering") -> AsyncIterator[None]:
        """Give a request its slot among those at work and its time. Raises `Unavailable` where all are taken."""
        long = self._long_work.match(f"{method} {path}")
        if (long and known) or path.startswith(_OPERATIONS):
            with answering_within(STORE_LONG_S if long else STORE_S):
                yield
            return
        answering.slot = slot = await self._slots.take(known)
        try:
            with answering_within(STORE_S):
                yield
        finally:
            slot.release()

    async def _serve(
        self, route: Direct, scope: Scope, receive: Receive, send: Send, headers: Headers, identity: str
    ) -> int:
        """Answer a direct route; return the status."""
        mark = (CORRELATION_HEADER, identity.encode())
        try:
            caller = await self._principal(headers)
            self._turn_away(caller)
            limit = self._limits.get(route.path, BODY_LIMIT_BYTES)
            if _declared(headers) > limit:
                raise BodyTooLarge(limit)
            if scope["query_string"]:
                raise RequestValidationError([unknown_parameter(name, []) for name in Request(scope).query_params])
            with self.bodies.held(_sender(caller, scope)) as held:
                content = await route.serve(caller, headers, Body(Counted(receive, limit, held)))
        except Exception as error:
            problem = await _refusal(scope, error)
            problem.raw_headers += (*SAFE_HEADERS, mark)
            await problem(scope, receive, send)
            return problem.status_code
        answer_headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), mark]
        await send({"type": "http.response.start", "status": 200, "headers": [*answer_headers, *SAFE_HEADERS]})
        await send({"type": "http.response.body", "body": content})
        return 200


def _sender(caller: Principal | None, scope: Scope) -> Sender:
    return Sender(caller.subject, True) if caller else Sender(str((scope.get("client") or ("",))[0]), False)


def _needs_token(scope: Scope, routes: Sequence[BaseRoute]) -> bool:
    """Whether the route of a request asks for a token; the scope then has its route, by which requests are counted."""
    for route in routes:
        if route.matches(scope)[0] is Match.FULL:
            needs = _asks(getattr(route, "dependant", None))
            if needs:
                scope["route"] = route
            return needs
    return False


def _asks(dependant: object) -> bool:
    dependencies = getattr(dependant, "dependencies", ())
    return any(asks_for_token(one.call) or _asks(one) for one in dependencies)


def _beginnings(requests: Iterable[str]) -> re.Pattern[str]:
    """Return what matches requests that begin so, as in `PUT /v1/gates/{gate_id}/lists`; none at all without any."""
    patterns = [re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one)) for one in requests]
    return re.compile("|".join(patterns) or "(?!)")


class _Answering:
    """Sends an answer with the headers of every answer, and knows its status once it has begun."""

    def __init__(self, send: Send, identity: str) -> None:
        self._send = send
        self._mark = (CORRELATION_HEADER, identity.encode())
        self.status = 0
        self.slot: Slot | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.slot is not None:
                self.slot.release()
            given = list(message.get("headers", ()))
            own = (header for header in given if header[0].lower() not in _SAFE_NAMES)
            is_kept = self.status == 200 and KEPT_FOR_GOOD in given
            safe = (KEPT_FOR_GOOD, *SAFE_HEADERS[1:]) if is_kept else SAFE_HEADERS
            message["headers"] = [*own, self._mark, *safe]
        await self._send(message)


class Application(FastAPI):
    """A service's application: strict routes, and the edge around all that FastAPI does."""

    edge: Edge

    def __init__(self, title: str = "Lastmetre", lifespan: Lifespan | None = None) -> None:
        super().__init__(
            title=title,
            version="1",
            lifespan=lifespan,
            responses=PROBLEMS,
            openapi_url=None,  # `add_docs` serves it, and the page
            docs_url=None,
            redoc_url=None,
        )
        self.router.route_class = StrictRoute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        await self.edge(scope, receive, send)


async def _refusal(scope: Scope, error: Exception) -> Response:
    """Return what an error is answered with."""
    try:
        return await rendered(Request(scope), error)
    except Exception as ours:
        return unexpected(ours, Request(scope))


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
