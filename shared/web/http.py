"""HTTP as every service answers it: problem details (RFC 9457)."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.base.errors import DomainError, Invalid, NotYet, StepUpNeeded, Unavailable
from shared.base.json_types import Json, JsonView
from shared.base.logs import correlation_id
from shared.store.faults import is_fault
from shared.store.mongo import PyMongoError
from shared.web.language import EN, ZH, language_of
from shared.web.problems import chinese_of
from shared.web.problems.fields import chinese_of_field
from shared.web.strict import StrictRoute

PROBLEM = "application/problem+json"
MOST_ERRORS = 50  # of one request, in its answer
_TEXT: Json = {"type": "string"}
_FAULT: Json = {
    "type": "object",
    "required": ["where", "problem"],
    "properties": {
        "where": _TEXT | {"description": "the part of the request and the field: `body.lines.0.item`, `query.limit`"},
        "pointer": _TEXT | {"description": "of a field of the body: its JSON pointer (RFC 6901) in a URI fragment"},
        "parameter": _TEXT | {"description": "of anything else: the name of the parameter or of the header"},
        "problem": _TEXT | {"description": "what is wrong, in the language of the answer"},
    },
}
# The schema of every refusal, and what OpenAPI says of one in place of FastAPI's own form, which is never sent.
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "What a service refuses, why, and what to do (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "correlation_id"],
    "properties": {
        "type": _TEXT | {"description": "`urn:lastmetre:` and the code"},
        "title": _TEXT | {"description": "the name of the HTTP status"},
        "status": {"type": "integer"},
        "code": _TEXT | {"description": "a stable word for a program to branch on"},
        "detail": _TEXT | {"description": "what is wrong and what to do, in the language of the answer"},
        "detail_zh": _TEXT | {"description": "the same in Chinese, whatever the language of the answer"},
        "correlation_id": _TEXT | {"description": "what the operator looks for in the logs"},
        "errors": {"type": "array", "items": _FAULT, "description": "of `request.invalid`: all that is wrong"},
    },
}
PROBLEMS: dict[int | str, Json] = {
    "4XX": {
        "description": "Refused: a problem detail (RFC 9457) with a stable `code` and a `detail` that says what to do,"
        " in the language that `Accept-Language` prefers: Chinese or English",
        "headers": {"Content-Language": {"schema": {"type": "string", "enum": [ZH, EN]}}},
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}

logger = logging.getLogger(__name__)


class ApiRouter(APIRouter):
    """A router of routes with one tag of the OpenAPI document; `about` describes the tag, once for all its routers."""

    def __init__(self, tag: str, prefix: str, about: str) -> None:
        super().__init__(
            prefix=prefix,
            tags=[tag],
            responses=PROBLEMS,
            dependencies=[Depends(_no_free_text_in_url)],
            route_class=StrictRoute,
            generate_unique_id_function=_operation_id,
        )
        self.tag, self.about = tag, about


def api_router(tag: str, prefix: str = "/v1", about: str = "") -> ApiRouter:
    """Return a router whose routes have the refusals of every service described, and take no unknown parameters."""
    return ApiRouter(tag, prefix, about)


def _operation_id(route: APIRoute) -> str:
    """Return the name that a generated client gives the method: that of the route's function."""
    return route.name


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


# Any: members of a problem, JSON
def problem(status: int, code: str, detail: str, language: str = EN, **more: Any) -> JSONResponse:
    """Return a problem detail: `code` is stable, `detail` says what is wrong and what to do.

    `detail` is given in English; the answer has it in `language` where there is a Chinese text.
    """
    more = {"correlation_id": correlation_id.get()} | more
    chinese = chinese_of(code, more)
    if chinese:
        more["detail_zh"] = chinese
    is_chinese = language == ZH and bool(chinese)
    body = {"type": f"urn:lastmetre:{code}", "title": HTTPStatus(status).phrase, "status": status}
    content = body | {"code": code, "detail": chinese if is_chinese else detail} | more
    headers = {"Content-Language": ZH if is_chinese else EN}
    return JSONResponse(content, status, headers, media_type=PROBLEM)


def language_for(request: Request) -> str:
    """Return the language in which the caller is answered, by `Accept-Language`."""
    return language_of(request.headers.get("accept-language", ""))


def add_problem_details(app: FastAPI) -> None:
    """Render every error of the application as a problem detail."""
    for kind, render in _RENDERED:
        app.add_exception_handler(kind, render)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(PyMongoError, _store_failed)


async def _refused(request: Request, raised: Exception) -> JSONResponse:
    error = cast(DomainError, raised)
    response = problem(error.status, error.code, error.message, language_for(request), **error.details)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, StepUpNeeded):
        response.headers["WWW-Authenticate"] = error.challenge
    return response


async def _unreadable(request: Request, raised: Exception) -> JSONResponse:
    # The input itself stays out of the answer and the logs: it may hold anything.
    language = language_for(request)
    errors = cast(RequestValidationError, raised).errors()[:MOST_ERRORS]
    wrong = [(".".join(map(str, e["loc"])), e["msg"], chinese_of_field(e)) for e in errors]
    problems = [
        {"where": at, **_target(e), "problem": chinese if language == ZH else text}
        for (at, text, chinese), e in zip(wrong, errors, strict=True)
    ]
    at, text, chinese = wrong[0] if wrong else ("body", "unreadable", "无法读取")
    detail = f"{at}: {text}. Correct what 'errors' names and send it again"
    more = {"detail_zh": f"{at}：{chinese}。请更正 errors 中列出的各项，然后重新提交", "errors": problems}
    return problem(422, "request.invalid", detail, language, **more)


def _target(error: JsonView) -> dict[str, str]:
    """Return where an error lies: a JSON pointer into the body, or the name of a parameter or of a header."""
    part, *fields = map(str, error["loc"])
    fields = fields if error["type"] != "json_invalid" else []  # what follows is no field, but a position
    if part != "body":
        return {"parameter": ".".join(fields)}
    return {"pointer": "#" + "".join(f"/{quote(field.replace('~', '~0').replace('/', '~1'))}" for field in fields)}


async def _plain(request: Request, raised: Exception) -> JSONResponse:
    error = cast(HTTPException, raised)
    advice = ": see /openapi.json for what there is" if error.status_code in (404, 405) else ""
    text = f"{error.detail}{advice}"
    response = problem(error.status_code, f"http.{error.status_code}", text, language_for(request))
    response.headers.update(error.headers or {})
    return response


async def _store_failed(request: Request, raised: Exception) -> JSONResponse:
    if not is_fault(raised):
        return unexpected(raised, request)
    logger.error("the store is away", exc_info=raised)
    return await _refused(request, Unavailable("store.unavailable", "The store does not answer: try again soon", 2))


async def _not_yet(request: Request, raised: Exception) -> JSONResponse:
    advice = f"Not ready for this yet: {raised}. Try again soon"
    return await _refused(request, Unavailable("server.starting", advice, 2))


async def _out_of_range(request: Request, raised: Exception) -> JSONResponse:
    # Types refuse what they can; this is what counting with a number or a date brings to light later.
    logger.warning("a value is out of range", exc_info=raised)
    advice = "A date or a number lies out of range: correct it"
    return problem(422, "request.out_of_range", advice, language_for(request))


async def _cut_off(request: Request, raised: Exception) -> JSONResponse:
    # No caller reads this any more, but the request is counted: a device that hangs up is no failure of ours.
    return problem(400, "request.cut_off", "The body ended before it was whole: send it again", language_for(request))


def unexpected(raised: Exception, request: Request) -> JSONResponse:
    """Return the problem detail of a mistake of ours, which is logged."""
    logger.error("unexpected error", exc_info=raised)
    text = "Something went wrong here: tell the operator the correlation id"
    return problem(500, "server.unexpected", text, language_for(request))


class BodyTooLarge(HTTPException):
    """A body that turned out too large while it was read; FastAPI lets no other class through there."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body is larger than {limit} bytes: split it and send the parts")


async def _too_large(request: Request, raised: Exception) -> JSONResponse:
    return problem(413, "request.too_large", str(cast(HTTPException, raised).detail), language_for(request))


_RENDERED: tuple[tuple[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]], ...] = (
    (DomainError, _refused),
    (RequestValidationError, _unreadable),
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
