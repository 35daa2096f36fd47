"""The two programs that serve the embedded store: what one wrote the other serves, and where they differ."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.launcher.processes.child import Child
from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.pair import end_transactions
from deploy.launcher.servers.store_server import FAST, PYTHON, StoreServer, python_server
from shared.store.mongo import (
    Client,
    Collection,
    Database,
    DuplicateKeyError,
    IndexModel,
    OperationFailure,
    PyMongoError,
    connect,
    is_transient,
)
from tests.support import stores
from tests.support.waiting import PATIENCE_S

KINDS = (FAST, PYTHON)
OLD = datetime(2020, 1, 1, tzinfo=UTC)
_DIES = """
import os, sys
from pymongo import MongoClient
session = (client := MongoClient(sys.argv[1])).start_session()
session.start_transaction()
client[sys.argv[2]].claims.insert_one({"_id": "resident", "holder": 1}, session=session)
print("written", flush=True)
os._exit(1)
"""
INDEXES = [
    IndexModel("street"),
    IndexModel("number", unique=True),
    IndexModel("open", unique=True, partialFilterExpression={"open": {"$exists": True}}),
    IndexModel("gone_at", expireAfterSeconds=3600),
]


def program(kind: str) -> StoreServer:
    """Return the server of that kind, or skip the test."""
    server = stores.fast() if kind == FAST else python_server()
    if server is None:
        pytest.skip("the fast store server is not built: 'make store' builds it")
    return server


@pytest.fixture(scope="session")
def address_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Starts a server of each kind once in a worker and returns its address."""
    with ExitStack() as stack:

        @cache
        def started(kind: str) -> str:
            directory = tmp_path_factory.mktemp(kind)
            server = EmbeddedMongo(directory / "data", directory, durable=False, program=program(kind))
            return stack.enter_context(server).url

        yield started


@pytest_asyncio.fixture(params=KINDS)
async def served(
    request: pytest.FixtureRequest, address_of: Callable[[str], str]
) -> AsyncIterator[tuple[str, Database]]:
    """A database of the test's own on each of the two servers, with the server's kind."""
    client = connect(address_of(request.param))
    yield request.param, client[f"t{uuid4().hex}"]
    client.close()


@pytest.mark.parametrize(("first", "second"), [KINDS, KINDS[::-1]])
async def test_what_one_server_wrote_the_other_serves_and_writes_on(first: str, second: str, tmp_path: Path) -> None:
    where = (tmp_path / "data", tmp_path)
    with EmbeddedMongo(*where, program=program(first)) as server:
        client = connect(server.url)
        await _fill(client, client.city.houses)
        client.close()
    with EmbeddedMongo(*where, program=program(second)) as server:
        client = connect(server.url)
        await _read_and_write_on(client, client.city.houses)
        client.close()
    with EmbeddedMongo(*where, program=program(first)) as server:
        client = connect(server.url)
        assert await client.city.houses.find({"street": "north"}).sort("_id").distinct("_id") == [3, 5, 6]
        client.close()


async def _fill(client: Client, houses: Collection) -> None:
    await houses.create_indexes(INDEXES)
    await houses.insert_many(
        [{"_id": n, "number": n, "street": "south", "gone_at": datetime.now(UTC)} for n in range(4)]
    )
    async with await client.start_session() as session, session.start_transaction():
        await houses.insert_one({"_id": 5, "number": 5, "street": "north", "open": "a"}, session=session)
        await houses.update_one({"_id": 3}, {"$set": {"street": "north"}}, session=session)
        await houses.delete_one({"_id": 0}, session=session)
    async with await client.start_session() as session:
        session.start_transaction()
        await houses.insert_one({"_id": 9, "number": 9}, session=session)
        await session.abort_transaction()


async def _read_and_write_on(client: Client, houses: Collection) -> None:
    assert {i["name"] for i in await houses.list_indexes().to_list(None)} == {
        "_id_", "street_1", "number_1", "open_1", "gone_at_1"
    }  # fmt: skip
    assert [row["_id"] async for row in houses.find({"street": "north"}).hint("street_1").sort("_id")] == [3, 5]
    assert [row["_id"] async for row in houses.find({"number": {"$gte": 2}}).sort("number")] == [2, 3, 5]
    assert await houses.count_documents({}) == 4
    for taken in ({"_id": 6, "number": 1}, {"_id": 6, "number": 6, "open": "a"}, {"_id": 1, "number": 6}):
        with pytest.raises(DuplicateKeyError):
            await houses.insert_one(taken)
    async with await client.start_session() as session, session.start_transaction():
        await houses.insert_one({"_id": 6, "number": 0, "street": "north"}, session=session)  # 0 is free: deleted
        await houses.update_one({"_id": 2}, {"$set": {"gone_at": OLD}}, session=session)
    assert [row["_id"] async for row in houses.find({"gone_at": {"$lt": OLD + timedelta(days=1)}})] == [2]


@pytest.mark.parametrize("options", [{}, {"sparse": True}, {"partialFilterExpression": {"k": {"$exists": True}}}])
@pytest.mark.parametrize("change", [{"$set": {"k": "b"}}, {"$unset": {"k": 1}}])
async def test_a_value_of_a_unique_index_that_an_update_took_away_is_free_again(
    served: tuple[str, Database], options: dict[str, object], change: dict[str, object]
) -> None:
    """The fast server holds it for ever. Red where a newer version does not: then the rule in ADR 13 can go."""
    kind, database = served
    await database.rows.create_indexes([IndexModel("k", unique=True, **options)])
    await database.rows.insert_one({"_id": 1, "k": "a"})
    await database.rows.update_one({"_id": 1}, change)
    if kind == FAST:
        with pytest.raises(DuplicateKeyError):
            await database.rows.insert_one({"_id": 2, "k": "a"})
    else:
        await database.rows.insert_one({"_id": 2, "k": "a"})


async def test_a_value_of_a_unique_index_is_free_again_once_its_document_is_deleted(
    served: tuple[str, Database],
) -> None:
    _, database = served
    await database.rows.create_indexes([IndexModel("k", unique=True)])
    for number in range(3):
        await database.rows.insert_one({"_id": number, "k": "a"})
        await database.rows.delete_one({"_id": number})


async def test_a_claim_is_made_given_up_and_made_again_in_later_transactions(served: tuple[str, Database]) -> None:
    _, database = served
    for holder in range(3):
        async with await database.client.start_session() as session, session.start_transaction():
            await database.claims.insert_one({"_id": "resident", "holder": holder}, session=session)
        with pytest.raises(DuplicateKeyError):
            await database.claims.insert_one({"_id": "resident"})
        async with await database.client.start_session() as session, session.start_transaction():
            await database.claims.delete_one({"_id": "resident", "holder": holder}, session=session)
    assert await database.claims.find_one({"_id": "resident"}) is None


async def test_a_claim_passes_to_another_within_one_transaction(served: tuple[str, Database]) -> None:
    _, database = served
    await database.claims.insert_one({"_id": "resident", "holder": 1})
    async with await database.client.start_session() as session, session.start_transaction():
        await database.claims.delete_one({"_id": "resident"}, session=session)
        await database.claims.insert_one({"_id": "resident", "holder": 2}, session=session)
    assert await database.claims.find({}).to_list(None) == [{"_id": "resident", "holder": 2}]
    async with await database.client.start_session() as session:
        session.start_transaction()
        await database.claims.delete_one({"_id": "resident"}, session=session)
        await database.claims.insert_one({"_id": "resident", "holder": 3}, session=session)
        await session.abort_transaction()
    assert await database.claims.find({}).to_list(None) == [{"_id": "resident", "holder": 2}]


async def test_a_claim_that_two_transactions_make_at_once_is_one_transactions(served: tuple[str, Database]) -> None:
    _, database = served
    await database.create_collection("claims")
    async with await database.client.start_session() as first, await database.client.start_session() as second:
        first.start_transaction()
        second.start_transaction()
        await database.claims.insert_one({"_id": "resident", "holder": 1}, session=first)
        with pytest.raises(OperationFailure) as refused:
            await database.claims.insert_one({"_id": "resident", "holder": 2}, session=second)
        assert is_transient(refused.value)
        await first.commit_transaction()
        with suppress(PyMongoError):
            await second.abort_transaction()
    assert await database.claims.find({}).to_list(None) == [{"_id": "resident", "holder": 1}]


async def test_what_a_dead_process_had_locked_is_free_once_its_transactions_are_ended(
    served: tuple[str, Database], tmp_path: Path
) -> None:
    _, database = served
    host, port = database.client.address
    url = f"mongodb://{host}:{port}/?replicaSet=secantus&retryWrites=false"
    await database.claims.insert_one({"_id": "other"})
    dead = Child([sys.executable, "-c", _DIES, url, database.name], tmp_path / "dead.log")
    dead.wait(PATIENCE_S)
    assert "written" in dead.last_lines()
    await end_transactions(url)
    await database.claims.insert_one({"_id": "resident", "holder": 2})
    assert await database.claims.find_one({"_id": "resident"}) == {"_id": "resident", "holder": 2}
