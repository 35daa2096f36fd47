"""Routes that are served past FastAPI's layers, for the few that every gate of a city posts to: one body in, one out.

They have the same tokens, limits, problem details, correlation ids and metrics as every other route, and OpenAPI shows
them; what they do without is routing, dependency injection and model building, which cost more than a scan.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from shared.access import Access, Principal, Role, require, token_of


class Posted(NamedTuple):
    """A request: who posted, the headers as they came, and how the body is read once somebody wants it."""

    caller: Principal
    headers: Mapping[bytes, bytes]
    body: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True)
class Direct:
    """A POST route: whom it lets in, what it answers as JSON, and the operation as OpenAPI tells it."""

    path: str
    roles: frozenset[Role]
    answer: Callable[[Posted], Awaitable[bytes]]
    operation: Mapping[str, Any]

    async def serve(self, access: Access, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what refuses it, before anything was sent."""
        headers = dict(scope["headers"])
        caller = await access.principal(token_of(headers.get(b"authorization", b"").decode("latin-1")))
        require(caller, self.roles)
        content = await self.answer(Posted(caller, headers, lambda: _whole(receive)))
        said = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": said})
        await send({"type": "http.response.body", "body": content})


async def _whole(receive: Receive) -> bytes:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
    return body


def describe(app: FastAPI, routes: Iterable[Direct]) -> None:
    """Let the application's OpenAPI document show the routes."""
    rest = app.openapi

    def whole() -> dict[str, Any]:
        document = rest()
        document["paths"].update({route.path: {"post": dict(route.operation)} for route in routes})
        return document

    app.openapi = whole  # type: ignore[method-assign]
