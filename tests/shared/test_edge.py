"""Slots at the edge: a service takes as many requests as it can work at, and tells others to come again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.launcher.secrets.issuer import Issuer
from shared.web import slots
from shared.web.access import Access
from shared.web.edge import Edge
from shared.web.http import add_problem_details

SLOTS = 2


class Counter:
    """Where requests wait until it is opened."""

    def __init__(self) -> None:
        self.waiting = 0
        self.opened = asyncio.Event()

    async def wait(self) -> None:
        """Wait."""
        self.waiting += 1
        await self.opened.wait()


@pytest.fixture
def counter() -> Counter:
    """A counter that is closed."""
    return Counter()


@pytest_asyncio.fixture
async def http(counter: Counter, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """An application with two places, whose routes wait at the counter."""
    monkeypatch.setattr(slots, "SLOTS", SLOTS)
    app = FastAPI()
    app.post("/asked")(counter.wait)
    app.post("/long/{name}/asked")(counter.wait)

    @app.get("/health/live")
    async def live() -> None: ...

    add_problem_details(app)
    access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    outermost = Edge(app, access, long_work=["POST /long/{name}/asked"])
    transport, token = httpx.ASGITransport(outermost), {"Authorization": f"Bearer {issuer.mint('city', area='/')}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=token) as client:
        yield client


async def fill(http: httpx.AsyncClient, counter: Counter) -> list[asyncio.Task[httpx.Response]]:
    """Take every place; return who has them."""
    asking = [asyncio.create_task(http.post("/asked")) for _ in range(SLOTS)]
    while counter.waiting < SLOTS:
        await asyncio.sleep(0)
    return asking


async def test_a_caller_is_asked_to_come_again_when_every_slot_is_taken(
    http: httpx.AsyncClient, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "SLOT_WITHIN_S", 0.05)
    asking = await fill(http, counter)
    answer = await http.post("/asked")
    assert (answer.status_code, answer.json()["code"]) == (503, "server.busy")
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["X-Correlation-Id"] == answer.json()["correlation_id"]
    counter.opened.set()
    assert {one.status_code for one in await asyncio.gather(*asking)} == {200}
    assert (await http.post("/asked")).status_code == 200


async def test_a_place_that_comes_free_in_time_is_taken(http: httpx.AsyncClient, counter: Counter) -> None:
    asking = [*await fill(http, counter), asyncio.create_task(http.post("/asked"))]
    await asyncio.sleep(0)
    counter.opened.set()
    assert {one.status_code for one in await asyncio.gather(*asking)} == {200}


async def test_operators_and_long_work_need_no_place(http: httpx.AsyncClient, counter: Counter) -> None:
    asking = await fill(http, counter)
    assert (await http.get("/health/live")).status_code == 200
    long = asyncio.create_task(http.post("/long/one/asked"))
    while counter.waiting == SLOTS:
        await asyncio.sleep(0)
    counter.opened.set()
    assert {one.status_code for one in await asyncio.gather(*asking, long)} == {200}


async def test_a_caller_that_hangs_up_frees_its_slot(http: httpx.AsyncClient, counter: Counter) -> None:
    gone = await fill(http, counter)
    for one in gone:
        one.cancel()
    await asyncio.wait(gone)
    counter.opened.set()
    assert (await http.post("/asked")).status_code == 200
