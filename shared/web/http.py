"""HTTP as every service answers it: problem details (RFC 9457)."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import unquote

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.base.errors import DomainError, Invalid, NotYet, Unavailable
from shared.base.logs import correlation_id
from shared.store.faults import is_fault
from shared.store.mongo import PyMongoError

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


def api_router(tag: str, prefix: str = "/v1") -> APIRouter:
    """Return a router whose routes have the refusals of every service described."""
    return APIRouter(prefix=prefix, tags=[tag], responses=PROBLEMS, dependencies=[Depends(_no_free_text_in_url)])


# What people write in their own words, by its name in an address of an earlier version: the header that carries it.
IN_HEADERS = MappingProxyType({"purpose": "Lastmetre-Purpose", "reason": "Lastmetre-Reason"})


async def _no_free_text_in_url(request: Request) -> None:
    """Refuse a purpose or a reason in the address, which proxies write to their logs: it may name a person."""
    for name in IN_HEADERS.keys() & request.query_params.keys():
        text = (
            f"A {name} does not belong in an address: send it in the header {IN_HEADERS[name]}"
            f" (UTF-8, percent-encoded) · {name} 不得写在网址里: 请放在请求头 {IN_HEADERS[name]} 中"
        )
        raise Invalid(f"request.{name}_in_url", text)


def words_of(header: str) -> str:
    """Return what a header says in people's own words: UTF-8 percent-encoded, for it can hold no Chinese itself.

    Text with characters that are not to be printed counts as none.
    """
    text = unquote(header).strip()
    return text if text.isprintable() else ""


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
    problems = [
        {"where": ".".join(map(str, e["loc"])), "problem": e["msg"]}
        for e in cast(RequestValidationError, raised).errors()
    ]
    first = problems[0] if problems else {"where": "body", "problem": "unreadable"}
    detail = f"{first['where']}: {first['problem']}. Correct what 'errors' names and send it again"
    return problem(422, "request.invalid", detail, errors=problems[:50])


async def _plain(_: Request, raised: Exception) -> JSONResponse:
    error = cast(HTTPException, raised)
    advice = ": see /openapi.json for what there is" if error.status_code in (404, 405) else ""
    response = problem(error.status_code, f"http.{error.status_code}", f"{error.detail}{advice}")
    response.headers.update(error.headers or {})
    return response


async def _store_failed(request: Request, raised: Exception) -> JSONResponse:
    if not is_fault(raised):
        return unexpected(raised)
    logger.error("the store is away", exc_info=raised)
    return await _refused(request, Unavailable("store.unavailable", "The store does not answer: try again soon", 2))


async def _not_yet(request: Request, raised: Exception) -> JSONResponse:
    advice = f"Not ready for this yet: {raised}. Try again soon"
    return await _refused(request, Unavailable("server.starting", advice, 2))


async def _out_of_range(_: Request, raised: Exception) -> JSONResponse:
    # Types refuse what they can; this is what counting with a number or a date brings to light later.
    logger.warning("a value is out of range", exc_info=raised)
    advice = "A date or a number lies out of range: correct it"
    return problem(422, "request.out_of_range", advice, detail_zh="日期或数字超出范围，请改正")


async def _cut_off(_: Request, raised: Exception) -> JSONResponse:
    # No caller reads this any more, but the request is counted: a device that hangs up is no failure of ours.
    return problem(400, "request.cut_off", "The body ended before it was whole: send it again")


def unexpected(raised: Exception) -> JSONResponse:
    """Return the problem detail of a mistake of ours, which is logged."""
    logger.error("unexpected error", exc_info=raised)
    return problem(500, "server.unexpected", "Something went wrong here: tell the operator the correlation id")


class BodyTooLarge(HTTPException):
    """A body that turned out too large while it was read; FastAPI lets no other class through there."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body is larger than {limit} bytes: split it and send the parts")


async def _too_large(_: Request, raised: Exception) -> JSONResponse:
    return problem(413, "request.too_large", str(cast(HTTPException, raised).detail))


_RENDERED: tuple[tuple[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]], ...] = (
    (DomainError, _refused),
    (NotYet, _not_yet),
    (OverflowError, _out_of_range),
    (BodyTooLarge, _too_large),
    (ClientDisconnect, _cut_off),
)


async def rendered(request: Request, error: Exception) -> JSONResponse:
    """Return the problem detail of an error that refuses a request. Raises the error where it is none of those."""
    for kind, render in _RENDERED:
        if isinstance(error, kind):
            return await render(request, error)
    raise error


def deps(request: Request) -> object:
    """Return the service's dependencies, as `main` composed them."""
    return request.app.state.deps
