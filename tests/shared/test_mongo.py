"""What the store's errors mean, and bulk inserts that may be repeated."""

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    InvalidOperation,
    NotPrimaryError,
    ServerSelectionTimeoutError,
    WriteError,
)

from shared.base.errors import Conflict, NotYet, Unavailable
from shared.store.faults import is_fault
from shared.store.mongo import (
    Database,
    DuplicateKeyError,
    IndexModel,
    OperationFailure,
    drop_index,
    ensure_indexes,
    insert_new,
    set_unchanged,
)
from shared.store.queries import find_each

pytestmark = pytest.mark.store

MET = OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]})
DEADLOCK = WriteError("conflict", 112, {"errorLabels": ["TransientTransactionError"]})


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("away"),
        AutoReconnect("gone"),
        NotPrimaryError("stepped down"),
        OperationFailure("not authorized", 13),
        MET,
        DEADLOCK,
        KafkaConnectionError(),
        ConnectionRefusedError(),
        TimeoutError(),
        NotYet("the tree"),
        Unavailable("test.busy", "later"),
    ],
    ids=repr,
)
def test_a_fault_may_pass(error: Exception) -> None:
    assert is_fault(error)


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError("twice"),
        WriteError("does not validate", 121),
        BulkWriteError({"writeErrors": [{"code": 11000}]}),
        InvalidOperation("wrong call"),
        ConfigurationError("wrong option"),
        Conflict("test.taken", "no"),
        KeyError("x"),
        ValueError("x"),
    ],
    ids=repr,
)
def test_a_mistake_or_a_refusal_does_not_pass(error: Exception) -> None:
    assert not is_fault(error)


async def test_only_what_is_not_there_yet_is_inserted_and_returned(database: Database) -> None:
    rows = [{"_id": number} for number in range(5)]
    assert await insert_new(database["rows"], rows[:3]) == {0, 1, 2}
    assert await insert_new(database["rows"], rows) == {3, 4}
    assert await insert_new(database["rows"], rows) == set()
    assert await insert_new(database["rows"], []) == set()
    assert await database["rows"].count_documents({}) == 5


async def test_another_refusal_is_not_taken_for_a_repeat(database: Database) -> None:
    await ensure_indexes(database, {"rows": [IndexModel([("path", 1)], unique=True)]})
    with pytest.raises(BulkWriteError):
        await insert_new(database["rows"], [{"_id": 1, "path": "/a"}, {"_id": 2, "path": "/a"}])


async def test_a_document_is_changed_only_as_long_as_no_other_writer_has_changed_it(database: Database) -> None:
    rows = database["rows"]
    assert await set_unchanged(rows, [{"_id": n, "version": 1} for n in range(3)]) == set()
    await rows.update_one({"_id": 1}, {"$inc": {"version": 1}})
    changed = [{"_id": n, "version": 2, "word": "new"} for n in range(2)] + [{"_id": 2, "version": 1}]
    assert await set_unchanged(rows, changed) == {1, 2}
    words = {row["_id"]: row.get("word") async for row in rows.find()}
    assert words == {0: "new", 1: None, 2: None}
    assert await set_unchanged(rows, []) == set()


async def test_indexes_are_made_once_and_again_without_harm(database: Database) -> None:
    indexes = {"rows": [IndexModel([("path", 1)], unique=True)]}
    for _ in range(2):
        await ensure_indexes(database, indexes)
    assert set(await database["rows"].index_information()) == {"_id_", "path_1"}


async def test_each_of_many_values_is_returned_that_meets_the_condition(database: Database) -> None:
    rows = database["rows"]
    await rows.insert_many([{"_id": n, "odd": n % 2 == 1, "word": f"w{n}"} for n in range(350)])
    matches = await find_each(rows, range(-50, 250), ["word"], odd=True)
    assert matches == [{"_id": n, "word": f"w{n}"} for n in range(1, 250, 2)]
    assert await find_each(rows, ["w7", "w349", "none"], by="word") == [
        {"_id": 7, "odd": True, "word": "w7"},
        {"_id": 349, "odd": True, "word": "w349"},
    ]
    assert await find_each(rows, []) == []


async def test_a_retired_index_is_dropped_once_however_many_processes_start(database: Database) -> None:
    rows = database["rows"]
    indexes = {"rows": [IndexModel([("path", 1)], name="path")]}
    retired = {"rows": ["path_1", "never_there"], "no_such_collection": ["path_1"]}
    await rows.create_index("path", unique=True)
    await rows.insert_one({"path": "/a"})
    await asyncio.gather(*(ensure_indexes(database, indexes, retired) for _ in range(4)))
    assert set(await rows.index_information()) == {"_id_", "path"}
    await rows.insert_one({"path": "/a"})
    await ensure_indexes(database, indexes, retired)
    assert await rows.count_documents({"path": "/a"}) == 2


async def test_an_index_that_another_process_drops_at_the_same_moment_is_dropped(database: Database) -> None:
    rows = database["rows"]
    await rows.create_index("path", unique=True)
    for _ in range(2):
        await drop_index(rows, "path_1")
    await drop_index(database["no_such_collection"], "path_1")
    with pytest.raises(OperationFailure):
        await drop_index(rows, "_id_")
