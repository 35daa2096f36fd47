"""A store that has fallen silent: its connections stay open, and nothing comes back."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.issuer import Issuer
from shared import edge
from shared.access import Access
from shared.edge import Edge
from shared.http import add_problem_details
from shared.ids import new_id
from shared.mongo import Database, connect
from tests.support.proxy import ShutDoor

AT_ONCE = 40  # more than the threads that the driver has by default


@pytest_asyncio.fixture
async def door(mongo_url: str) -> AsyncIterator[ShutDoor]:
    """A door before the store."""
    async with ShutDoor(urlsplit(mongo_url).port or 0) as made:
        yield made


@pytest_asyncio.fixture
async def behind(door: ShutDoor, database: Database) -> AsyncIterator[Database]:
    """The test's database, reached through the door."""
    client = connect(f"mongodb://127.0.0.1:{door.port}/?directConnection=true")
    yield client[database.name]
    door.there.clear()
    door.back.clear()
    await asyncio.to_thread(client.close)  # its last words go through the door too


@pytest_asyncio.fixture
async def http(behind: Database, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    """An application with a route that writes, and one whose work takes long."""
    app = FastAPI()

    @app.post("/notes")
    @app.post("/long/notes")
    async def note() -> None:
        await behind["notes"].insert_one({"_id": new_id()})

    add_problem_details(app)
    access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    outermost = Edge(app, access, long_work=["/long/"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(outermost), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("way", ["there", "back"])
async def test_whoever_asks_is_told_soon_that_the_store_does_not_answer(
    http: httpx.AsyncClient, door: ShutDoor, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(edge, "STORE_S", 0.5)
    assert (await http.post("/notes")).status_code == 200
    getattr(door, way).shut()
    async with asyncio.timeout(15):  # the driver's own patience is twice as long
        answers = await asyncio.gather(*(http.post("/notes") for _ in range(AT_ONCE)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "store.unavailable")}
    assert {answer.headers["Retry-After"] for answer in answers} == {"2"}


async def test_it_is_well_again_once_the_store_answers(
    http: httpx.AsyncClient, door: ShutDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "STORE_S", 0.5)
    door.back.shut()
    assert (await http.post("/notes")).status_code == 503
    monkeypatch.undo()
    door.back.clear()
    assert (await http.post("/notes")).status_code == 200


async def test_work_that_takes_long_when_all_is_well_is_given_longer(
    http: httpx.AsyncClient, door: ShutDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "STORE_S", 0.001)
    door.back.delay_s = 0.1
    assert (await http.post("/notes")).status_code == 503
    assert (await http.post("/long/notes")).status_code == 200
