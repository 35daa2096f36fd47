"""How far an import is, as it goes on: read from the store again and again, so that any process can answer (R1.12)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from services.registration.domain.imports import Import
from services.registration.usecases import STAFF, Deps
from shared.base.errors import NotFound, Unauthenticated
from shared.store.mongo import answering_within
from shared.web.access import Principal

LOOKS_EACH_S = 1.0
BEATS_EACH_S = 15.0  # a proxy closes a connection on which nothing comes
LASTS_S = 600.0  # then the client asks again, with what it has
STORE_S = 8.0


def mark_of(imported: Import) -> str:
    """Return what stands for how far an import is: the id of an event, which a client sends to go on from there."""
    return f"{imported.state.value}-{imported.handled}-{imported.parts_done}"


async def visible(deps: Deps, caller: Principal, import_id: str) -> Import:
    """Return an import. Raises `NotFound` outside its area."""
    known = await deps.store.imports.get(import_id)
    if known is None or not caller.may_see(known.area_path, STAFF):
        raise NotFound("registration.no_such_import", "The import was not found in your area")
    return known


async def follow(
    deps: Deps, caller: Callable[[], Awaitable[Principal]], first: Import, known: str
) -> AsyncIterator[Import | None]:
    """Yield an import whenever it has gone on since `known`, at last as it ended; None as a sign of life.

    `caller` returns whom the token speaks for now: with it the stream ends as soon as the token counts no longer.
    """
    until = time.monotonic() + LASTS_S
    beat = time.monotonic() + BEATS_EACH_S
    now = first
    while True:
        if mark_of(now) != known:
            known, beat = mark_of(now), time.monotonic() + BEATS_EACH_S
            yield now
        elif time.monotonic() >= beat:
            beat = time.monotonic() + BEATS_EACH_S
            yield None
        if now.finished or time.monotonic() >= until:
            return
        await asyncio.sleep(LOOKS_EACH_S)
        try:
            with answering_within(STORE_S):
                now = await visible(deps, await caller(), first.import_id)
        except (NotFound, Unauthenticated):
            return
