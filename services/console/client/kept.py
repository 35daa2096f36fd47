"""What services answer alike to all of an area, kept for a while: names of places, and how many live there.

An answer that is old is shown once more while a newer one is asked for beside the page.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.console.client.apis import ApiAway, ApiRefused, Caller, SignedOut
from services.console.client.views import Counts, Page, Place

KEPT_S, MISSING_S = 60.0, 10.0  # a new place can be chosen a minute later
WITHIN_S = 1.0  # a page waits no longer for a name
MOST_KEPT, MOST_PLACES = 5_000, 500
_COMMUNITY_DEPTH = 4  # /city/district/street/community

V = TypeVar("V")


@dataclass
class _Answer(Generic[V]):
    """An answer, until when it is new, and what asks for a newer one."""

    value: V
    until: float
    renewing: "asyncio.Task[V] | None" = None


class Kept(Generic[V]):
    """Answers by a key."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._kept_s = kept_s
        self._known: dict[str, _Answer[V]] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[V]]) -> V:
        """Return the answer, an old one too: a newer one is asked for beside. Raises what `ask` does the first time."""
        known = self._known.get(key)
        if known is None:
            return await self._ask(key, ask)
        if known.until <= time.monotonic() and (known.renewing is None or known.renewing.done()):
            known.renewing = asyncio.create_task(self._renew(key, known, ask))
        return known.value

    async def _ask(self, key: str, ask: Callable[[], Awaitable[V]]) -> V:
        value = await ask()
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[key] = _Answer(value, time.monotonic() + self._kept_s)
        return value

    async def _renew(self, key: str, known: _Answer[V], ask: Callable[[], Awaitable[V]]) -> V:
        try:
            return await self._ask(key, ask)
        except (ApiAway, ApiRefused, SignedOut):
            known.until = time.monotonic() + MISSING_S
            return known.value


class Areas:
    """Facts about areas that all who work there see alike. Callers ask for areas that their token is of."""

    def __init__(self) -> None:
        self._names: Kept[str] = Kept()
        self._places: Kept[list[Place]] = Kept()
        self._counts: Kept[Counts] = Kept()

    async def name(self, caller: Caller, area: str) -> str:
        """Return the name of the area; its path where it has none, or registration does not answer soon."""

        async def ask() -> str:
            page = await caller.get("registration", "/v1/places", Page[Place], WITHIN_S, within=area, limit=1)
            return next((one.name for one in page.items if one.path == area), area)

        try:
            return area if area == "/" else await self._names.get(area, ask)
        except (ApiAway, ApiRefused):
            return area

    async def places(self, caller: Caller, area: str) -> list[Place]:
        """Return the communities of a city or a district, else the compounds of an area. Raises what `Caller.get` does.

        They are what a list is narrowed to.
        """
        level = "community" if len(area.strip("/").split("/")) < _COMMUNITY_DEPTH else "compound"

        async def ask() -> list[Place]:
            kind = Page[Place]
            page = await caller.get("registration", "/v1/places", kind, within=area, level=level, limit=MOST_PLACES)
            return page.items

        return await self._places.get(area, ask)

    async def counts(self, caller: Caller, area: str, within_s: float) -> Counts:
        """Return how many live in the area, up to a minute ago. Raises what `Caller.get` does."""
        return await self._counts.get(area, lambda: caller.get("registration", "/v1/counts", Counts, within_s))
