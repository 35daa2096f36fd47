"""HTTP as every service speaks it: problem details (RFC 9457), limits, correlation ids, metrics."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics
from shared.access import Access
from shared.direct import Direct
from shared.errors import DomainError, NotYet, Unavailable
from shared.faults import is_fault
from shared.ids import new_id
from shared.logs import correlation_id
from shared.mongo import PyMongoError

CORRELATION_HEADER = b"x-correlation-id"
LONGEST_CORRELATION = 64
NOBODY_ANSWERED = 499  # the caller had gone
BODY_LIMIT_BYTES = 1 << 20
PROBLEM = "application/problem+json"
# What OpenAPI says of every refusal, in place of FastAPI's own form, which is never sent.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused: a problem detail (RFC 9457) with a stable `code` and a `detail` that says what to do",
        "content": {
            PROBLEM: {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "code", "detail", "correlation_id"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                        "correlation_id": {"type": "string"},
                    },
                }
            }
        },
    }
}

logger = logging.getLogger(__name__)


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """Return a problem detail: `code` is stable, `detail` says what is wrong and what to do."""
    body = {"type": f"urn:lastmetre:{code}", "title": HTTPStatus(status).phrase, "status": status}
    content = body | {"code": code, "detail": detail} | {"correlation_id": correlation_id.get()} | more
    return JSONResponse(content, status, media_type=PROBLEM)


def add_problem_details(app: FastAPI) -> None:
    """Render every error of the application as a problem detail."""
    for kind, render in _RENDERED:
        app.add_exception_handler(kind, render)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(PyMongoError, _store_failed)


async def _refused(_: Request, raised: Exception) -> JSONResponse:
    error = cast(DomainError, raised)
    response = problem(error.status, error.code, error.message, **error.details)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


async def _unreadable(_: Request, raised: Exception) -> JSONResponse:
    # The input itself stays out of the answer and the logs: it may hold anything.
    found = [
        {"where": ".".join(map(str, e["loc"])), "problem": e["msg"]}
        for e in cast(RequestValidationError, raised).errors()
    ]
    first = found[0] if found else {"where": "body", "problem": "unreadable"}
    detail = f"{first['where']}: {first['problem']}. Correct what 'errors' names and send it again"
    return problem(422, "request.invalid", detail, errors=found[:50])


async def _plain(_: Request, raised: Exception) -> JSONResponse:
    error = cast(HTTPException, raised)
    advice = ": see /openapi.json for what there is" if error.status_code in (404, 405) else ""
    response = problem(error.status_code, f"http.{error.status_code}", f"{error.detail}{advice}")
    response.headers.update(error.headers or {})
    return response


async def _store_failed(request: Request, raised: Exception) -> JSONResponse:
    if not is_fault(raised):
        return _unexpected(raised)
    logger.error("the store is away", exc_info=raised)
    return await _refused(request, Unavailable("store.unavailable", "The store does not answer: try again soon", 2))


async def _not_yet(request: Request, raised: Exception) -> JSONResponse:
    advice = f"Not ready for this yet: {raised}. Try again soon"
    return await _refused(request, Unavailable("server.starting", advice, 2))


async def _cut_off(_: Request, raised: Exception) -> JSONResponse:
    # Nobody reads this any more, but the request is counted: a device that hangs up is no failure of ours.
    return problem(400, "request.cut_off", "The body ended before it was whole: send it again")


def _unexpected(raised: Exception) -> JSONResponse:
    logger.error("unexpected error", exc_info=raised)
    return problem(500, "server.unexpected", "Something went wrong here: tell the operator the correlation id")


class _BodyTooLarge(HTTPException):
    """A body that turned out too large while it was read; FastAPI lets no other class through there."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body is larger than {limit} bytes: split it and send the parts")


async def _too_large(_: Request, raised: Exception) -> JSONResponse:
    return problem(413, "request.too_large", str(cast(HTTPException, raised).detail))


_RENDERED: tuple[tuple[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]], ...] = (
    (DomainError, _refused),
    (NotYet, _not_yet),
    (_BodyTooLarge, _too_large),
    (ClientDisconnect, _cut_off),
)


class Edge:
    """The outermost layer: correlation id in and out, the body's limit, one count and one timing a request.

    It serves the `direct` routes itself.
    """

    def __init__(
        self, app: ASGIApp, access: Access, limits: Mapping[str, int] | None = None, direct: Iterable[Direct] = ()
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits or {}
        self._direct = {route.path: route for route in direct}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identity = _correlation_of(scope)
        correlation_id.set(identity)
        began, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (CORRELATION_HEADER, identity.encode())]
            await send(message)

        try:
            await self._limited(scope, receive, answer)
        except Exception as error:
            if status:  # half an answer is sent: the connection must break
                raise
            await _unexpected(error)(scope, receive, answer)
        finally:
            served = scope["path"] if self._served_here(scope) else getattr(scope.get("route"), "path", "unmatched")
            _counter(scope["method"], served, status or NOBODY_ANSWERED).inc()
            _timer(scope["method"], served).observe(time.perf_counter() - began)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["path"], dict(scope["headers"])
        limit = self._limits.get(path) or self._limit_below(path)
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await (await _too_large(Request(scope), _BodyTooLarge(limit)))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _BodyTooLarge(limit)
            return message

        if self._served_here(scope):
            await self._serve(scope, counted, send)
        else:
            await self._app(scope, counted, send)

    def _limit_below(self, path: str) -> int:
        return max((n for prefix, n in self._limits.items() if path.startswith(prefix)), default=BODY_LIMIT_BYTES)

    def _served_here(self, scope: Scope) -> bool:
        return scope["path"] in self._direct and scope["method"] == "POST"

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._direct[scope["path"]].serve(self._access, scope, receive, send)
        except (DomainError, NotYet, _BodyTooLarge, ClientDisconnect) as error:
            render = next(renders for kind, renders in _RENDERED if isinstance(error, kind))
            await (await render(Request(scope), error))(scope, receive, send)


class Application(FastAPI):
    """A service's application, with the edge around all that FastAPI does."""

    edge: Edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        await self.edge(scope, receive, send)


@cache
def _counter(method: str, route: str, status: int) -> Counter:
    return metrics.REQUESTS.labels(method, route, str(status))


@cache
def _timer(method: str, route: str) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(method, route)


def _correlation_of(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == CORRELATION_HEADER), b"").decode("latin-1")
    usable = 0 < len(given) <= LONGEST_CORRELATION and given.isascii() and given.isprintable()
    return given if usable else new_id()


def deps(request: Request) -> Any:
    """Return the service's dependencies, as `main` composed them."""
    return request.app.state.deps
