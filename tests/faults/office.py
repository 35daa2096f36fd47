"""Staff who read and write at every process once a second: each request gets an answer or 503, and none hangs."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Self

import httpx

from shared.web.edge import STORE_S
from tests.faults.gates import AREA
from tests.faults.trial import Outcome
from tests.faults.world import World

# What a request may wait for the store, and as much as a transaction needs to be ended, on a machine that is busy.
PATIENCE_S = STORE_S + 4.0
COME_AGAIN = 503
NO_ANSWER = 0  # no answer in time
GATE = {"gate_id": "gate-of-the-office", "name": "大门", "area_path": AREA}
# What is asked of which process: every one of them needs the store.
ASKED: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "registration": (("GET", "/v1/counts", None), ("PUT", "/v1/risk-regions/2020-01-01", {"regions": {}})),
    "isolation": (("GET", "/v1/cases", None),),
    "gate-a": (("GET", "/v1/gates", None), ("PUT", "/v1/gates", GATE)),
}


class Asked(NamedTuple):
    """One request: when (monotonic), how long it took, and what came of it."""

    at: float
    took_s: float
    process: str
    status: int
    retry_after: bool


class Office(AbstractAsyncContextManager["Office"]):
    """Asks in the background."""

    def __init__(self, world: World) -> None:
        self.asked: list[Asked] = []
        self._world = world
        self._asking: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._asking = [asyncio.create_task(self._ask(process)) for process in ASKED]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _ask(self, process: str) -> None:
        async with self._world.http(process, "city", area="/") as http:
            while True:
                for method, path, body in ASKED[process]:
                    self.asked.append(await _answer(http, process, method, path, body))
                await asyncio.sleep(1.0)

    def come_again_since(self, since: float) -> int:
        """Return how many requests since then got 503."""
        return sum(one.status == COME_AGAIN for one in self.asked if one.at >= since)

    def check(self, outcome: Outcome) -> None:
        """Check that every request was answered in time."""
        unanswered = [one for one in self.asked if one.status == NO_ANSWER]
        odd = {(one.process, one.status) for one in self.asked if one.status not in (200, 204, NO_ANSWER, COME_AGAIN)}
        silent = sum(one.status == COME_AGAIN and not one.retry_after for one in self.asked)
        longest = max((one.took_s for one in self.asked), default=0.0)
        outcome.details |= {"asked by the office": len(self.asked), "longest answer to it, s": round(longest, 1)}
        outcome.expect(
            not unanswered, f"{len(unanswered)} requests were not answered in {PATIENCE_S} s: {unanswered[:2]}"
        )
        outcome.expect(not odd, f"requests were answered {sorted(odd)}")
        outcome.expect(silent == 0, f"{silent} got 503 without Retry-After")


async def _answer(http: httpx.AsyncClient, process: str, method: str, path: str, body: Any) -> Asked:
    began = time.monotonic()
    status, retry_after = NO_ANSWER, False
    try:
        answer = await http.request(method, path, json=body, timeout=PATIENCE_S)
        status, retry_after = answer.status_code, "Retry-After" in answer.headers
    except httpx.HTTPError:
        pass
    return Asked(began, time.monotonic() - began, process, status, retry_after)
