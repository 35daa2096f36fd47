"""A store that has fallen silent: its connections stay open, and nothing comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.launcher.secrets.issuer import Issuer
from shared.base.ids import new_id
from shared.store.mongo import Database, PyMongoError, answering_within, connect, is_passing
from shared.web import edge
from shared.web.access import Access
from shared.web.edge import Edge
from shared.web.http import add_problem_details
from tests.shared.conftest import Works
from tests.support.proxy import ShutDoor

MOMENT_S, LONGER_S = 0.3, 3.0
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
async def http(behind: Database, issuer: Issuer, mint: Callable[..., str]) -> AsyncIterator[httpx.AsyncClient]:
    """An application with a route that writes, and one whose work takes long."""
    app = FastAPI()

    @app.post("/notes")
    @app.post("/long/notes")
    async def note() -> None:
        await behind["notes"].insert_one({"_id": new_id()})

    add_problem_details(app)
    access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    outermost = Edge(app, access, long_work=["POST /long/"])
    token = {"Authorization": f"Bearer {mint('community', area='/')}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(outermost), base_url="http://test", headers=token
    ) as client:
        yield client


@pytest.mark.parametrize("way", ["there", "back"])
async def test_a_caller_learns_soon_that_the_store_does_not_answer(
    http: httpx.AsyncClient, door: ShutDoor, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(edge, "STORE_S", 0.5)
    assert (await http.post("/notes")).status_code == 200
    getattr(door, way).shut()
    async with asyncio.timeout(25):  # the driver's own patience is 30 s
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


async def one_more(works: Works) -> None:
    """Count one more, in a transaction."""
    async with works.begin() as work:
        await works.database["counts"].update_one({"_id": "c"}, {"$inc": {"n": 1}}, upsert=True, session=work.session)


async def test_a_transaction_that_ran_out_of_time_keeps_no_other_from_what_it_touched(works: Works) -> None:
    await one_more(works)

    async def too_slow() -> None:
        with answering_within(MOMENT_S):
            async with works.begin() as work:
                counted = works.database["counts"]
                await counted.update_one({"_id": "c"}, {"$inc": {"n": 1}}, session=work.session)
                await asyncio.sleep(2 * MOMENT_S)
                await counted.find_one({"_id": "c"}, session=work.session)

    with pytest.raises(PyMongoError) as late:
        await too_slow()
    assert is_passing(late.value)
    async with asyncio.timeout(45):  # the store's own limit is a minute
        await one_more(works)
    assert (await works.database["counts"].find_one({"_id": "c"})) == {"_id": "c", "n": 2}


async def test_what_was_written_in_time_is_committed(works: Works) -> None:
    with answering_within(LONGER_S):
        async with works.begin() as work:
            await works.database["counts"].insert_one({"_id": "c", "n": 1}, session=work.session)
            await asyncio.sleep(LONGER_S)
    async with asyncio.timeout(45):
        await one_more(works)
    assert (await works.database["counts"].find_one({"_id": "c"})) == {"_id": "c", "n": 2}
