"""The boxes of the home page: a `Reading` each, which counts what waits and names the list that it opens."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from services.console.client import to_do, views
from services.console.routes.callers import Staffed

V = TypeVar("V", bound=BaseModel)

BOX_S = 3.0  # a box that takes longer says that it is not available
MOST = 1_000  # a longer list counts as 1000+


@dataclass(frozen=True)
class Count:
    """A line of a box: what is counted, how many, and the list that it opens."""

    text: str
    number: str
    path: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Desk:
    """The home page of a person while it is made: what a service counts for several boxes is asked once."""

    visit: Staffed
    _asked: dict[str, asyncio.Task[BaseModel]] = field(default_factory=dict)

    async def registration(self) -> to_do.OfRegistration:
        """Return what waits in registration. Raises what `Caller.get` does."""
        return await self._of("registration", to_do.OfRegistration)

    async def checkpoint(self) -> to_do.OfCheckpoint:
        """Return what waits at gates. Raises what `Caller.get` does."""
        return await self._of("checkpoint", to_do.OfCheckpoint)

    async def isolation(self) -> to_do.OfIsolation:
        """Return what waits in isolation. Raises what `Caller.get` does."""
        return await self._of("isolation", to_do.OfIsolation)

    async def _of(self, service: str, kind: type[V]) -> V:
        if service not in self._asked:
            self._asked[service] = asyncio.create_task(self.visit.api.get(service, "/v1/to-do", kind, BOX_S))
        answer = await self._asked[service]
        assert isinstance(answer, kind)  # each service is asked for one kind alone
        return answer


Reading = Callable[[Desk], Awaitable[Sequence[Count]]]


def number_of(page: views.Page[views.T]) -> str:
    """Return how many items a list has, as a text."""
    return f"{len(page.items)}+" if page.next else str(len(page.items))
