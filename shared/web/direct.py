"""Routes that are served past FastAPI's layers, for the few that every gate of a city posts to: one body in, one out.

They have the same tokens, limits, problem details, correlation ids and metrics as every other route, and OpenAPI shows
them; what they do without is routing, dependency injection and model building, which cost more than a scan.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shared.base.json_types import JsonView
from shared.web.access import Principal, Role, require
from shared.web.bodies import Counted, whole


class Body:
    """The body of a request, which is read once a handler wants it."""

    __slots__ = ("_receive",)

    def __init__(self, receive: Counted) -> None:
        self._receive = receive

    async def read(self) -> bytes:
        """Return the whole of it. Raises `ClientDisconnect` when the caller hangs up before."""
        return await whole(self._receive)


class Posted(NamedTuple):
    """A request: who posted, the headers as they came, and the body."""

    caller: Principal
    headers: Mapping[bytes, bytes]
    body: Body


@dataclass(frozen=True)
class Direct:
    """A POST route: whom it lets in, what it answers as JSON, and the operation as OpenAPI tells it."""

    path: str
    roles: frozenset[Role]
    answer: Callable[[Posted], Awaitable[bytes]]
    operation: JsonView

    async def serve(self, caller: Principal, headers: Mapping[bytes, bytes], body: Body) -> bytes:
        """Return the answer to one request. Raises what refuses it."""
        require(caller, self.roles)
        return await self.answer(Posted(caller, headers, body))
