"""Calls to the store in tests: a lone call has no thread, and calls that could meet each other have theirs."""

import asyncio
from typing import Any

import pytest

from shared.store.mongo import Database, DuplicateKeyError
from tests.support import calls, stores

pytestmark = pytest.mark.skipif(stores.named() is not None, reason="calls to a store that is named have their threads")


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that were given a thread, by their names."""
    names: list[str] = []
    in_thread = calls._in_thread

    def recorded(loop: Any, call: Any, *arguments: Any, **named: Any) -> Any:
        names.append(call.__name__)
        return in_thread(loop, call, *arguments, **named)

    monkeypatch.setattr(calls, "_in_thread", recorded)
    return names


async def test_a_lone_call_has_no_thread_and_calls_that_meet_have(database: Database, in_threads: list[str]) -> None:
    documents = database["documents"]
    await documents.insert_one({"_id": "a"})
    with pytest.raises(DuplicateKeyError):
        await documents.insert_one({"_id": "a"})
    assert await documents.find_one({"_id": "a"}) == {"_id": "a"}
    assert in_threads == []
    await asyncio.gather(*(documents.insert_one({"_id": name}) for name in "bcd"))
    assert in_threads == ["insert_one"] * 2  # they met the first
    assert [one["_id"] for one in await documents.find().sort("_id").to_list(None)] == ["a", "b", "c", "d"]


async def test_a_call_beside_an_open_transaction_has_a_thread(database: Database, in_threads: list[str]) -> None:
    documents = database["documents"]
    await documents.insert_one({"_id": "a"})
    async with await database.client.start_session() as session, session.start_transaction():
        await documents.insert_one({"_id": "b"}, session=session)
        assert in_threads == []
        assert await documents.find_one({"_id": "b"}) is None
        assert in_threads == ["find_one"]
    assert await documents.find_one({"_id": "b"}) == {"_id": "b"}
    assert in_threads == ["find_one"]


async def test_other_tasks_go_on_during_a_call(database: Database) -> None:
    went = asyncio.create_task(asyncio.sleep(0))
    await database["documents"].find_one({})
    assert went.done()
