"""Routes that take the query parameters that they name, and no others: a misspelt filter would be no filter at all.

All that is wrong with a request is in one answer: unknown parameters, unwanted characters, and what FastAPI refuses.
"""

from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.base import normal_form
from shared.base.json_types import Json
from shared.base.plain_text import unwanted

Serve = Callable[[Request], Awaitable[Response]]
Endpoint = Callable[..., Any]  # Any: a route's function
CACHE_BUSTER = "_"  # a parameter that scripts add so that no cache answers; it means nothing to any route
_OPEN = "_takes_any_parameter"


def takes_any_parameter(endpoint: Endpoint) -> Endpoint:
    """Mark the function of a route whose parameters are not for it: a script reads them, or a provider chooses them."""
    setattr(endpoint, _OPEN, True)
    return endpoint


class StrictRoute(APIRoute):
    """A route that refuses unknown query parameters (422), and names those that it knows."""

    def get_route_handler(self) -> Callable[[Request], Any]:  # Any: FastAPI's own coroutine type
        """Return what serves a request."""
        serve = super().get_route_handler()

        async def serve_or_refuse(request: Request) -> Response:
            wrong = [*self._unknown(request), *_unwanted(request)]
            if wrong:
                await self._refuse(request, wrong)
            answer: Response = await serve(request)
            return answer

        return serve_or_refuse

    def _unknown(self, request: Request) -> Iterator[Json]:
        if not request.scope["query_string"] or getattr(self.endpoint, _OPEN, False):
            return
        known = dict(_parameters(self.dependant))
        public = [name for name, is_public in known.items() if is_public]
        for name in request.query_params:
            if name not in known and name != CACHE_BUSTER:
                yield unknown_parameter(name, public)

    async def _refuse(self, request: Request, wrong: list[Json]) -> NoReturn:
        """Raise `RequestValidationError` with `wrong` and what else is; or what refuses the caller before that."""
        checked = copy(self)
        checked.dependant = replace(self.dependant, call=_do_nothing)
        try:
            await APIRoute.get_route_handler(checked)(request)
        except RequestValidationError as error:
            wrong = [*error.errors(), *wrong]
        raise RequestValidationError(wrong)


async def _do_nothing(**_: object) -> Response:
    """Stand for a route's function where a request is only checked."""
    return Response()


def unknown_parameter(name: str, known: list[str]) -> Json:
    """Return the error of a parameter that a route does not know, as pydantic writes its errors."""
    listed = ", ".join(known)
    text = f"No such parameter here: {f'known are {listed}' if known else 'this address takes none'}"
    return {"type": "unknown_parameter" if known else "no_parameters", "loc": ("query", name), "msg": text} | {
        "ctx": {"known": listed}
    }


def _unwanted(request: Request) -> Iterator[Json]:
    """Yield an error for each parameter of the path or the query that holds an unwanted character."""
    given = [("path", *one) for one in request.path_params.items()]
    if request.scope["query_string"]:
        given += [("query", *one) for one in request.query_params.multi_items()]
    for place, name, value in given:
        text = normal_form.fold(value) if name == "q" else value  # what is searched for is folded, and stored nowhere
        if wrong := unwanted(str(text)):
            yield {"type": "unwanted_character", "loc": (place, name), "msg": wrong}


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield the query parameters of a route and of what it depends on, and whether OpenAPI shows them."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from ((one.alias or name, True) for name, one in kind.model_fields.items())
        else:
            yield field.alias, getattr(field.field_info, "include_in_schema", True)
    for inner in dependant.dependencies:
        yield from _parameters(inner)
