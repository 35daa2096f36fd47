"""Lists by time lose nothing between pages, and a time is found however far ahead it lies."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio

from shared.store.by_time import TimePosition, exists_since, newest_by_time, oldest_by_time, up_to
from shared.store.mongo import ASCENDING, Database, IndexModel, ensure_indexes

NOON = datetime(2026, 2, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def rows(database: Database) -> Any:
    """Seven documents, of which several share an instant, read by an index that goes on behind the time."""
    index = IndexModel([(name, ASCENDING) for name in ("open", "at", "_id")])
    await ensure_indexes(database, {"rows": [index]})
    minutes = [0, 1, 1, 1, 2, 3, 3]
    made = [{"_id": f"r{n}", "open": True, "at": NOON + timedelta(minutes=minute)} for n, minute in enumerate(minutes)]
    await database["rows"].insert_many(made)
    return database["rows"]


async def test_pages_of_the_oldest_and_of_the_newest_hold_each_document_once_in_order(rows: Any) -> None:
    ids: dict[bool, list[str]] = {True: [], False: []}
    for newest in ids:
        position: TimePosition | None = None
        while True:
            if newest:
                page = await newest_by_time(rows, {"open": True}, [], position, 2, since=NOON)
            else:
                page = await oldest_by_time(rows, {"open": True}, [], position, 2)
            ids[newest] += [row["_id"] for row in page]
            if len(page) < 2:
                break
            position = page[-1]["at"], page[-1]["_id"]
    assert ids[False] == [f"r{n}" for n in range(7)]
    assert ids[True] == list(reversed(ids[False]))


async def test_a_list_holds_the_times_from_since_on_and_before_until(rows: Any) -> None:
    within = {"since": NOON + timedelta(minutes=1), "until": NOON + timedelta(minutes=3)}
    assert [row["_id"] for row in await oldest_by_time(rows, {}, [], None, 9, **within)] == ["r1", "r2", "r3", "r4"]
    assert [row["_id"] for row in await newest_by_time(rows, {}, [], None, 9, **within)] == ["r4", "r3", "r2", "r1"]


async def test_a_time_counts_however_far_ahead_it_lies_but_no_further_than_asked(rows: Any) -> None:
    last = NOON + timedelta(minutes=3)
    assert await exists_since(rows, "at", last, DAY)
    assert await exists_since(rows, "at", last - 30 * DAY, 31 * DAY)
    assert not await exists_since(rows, "at", last - 30 * DAY, 29 * DAY)
    assert not await exists_since(rows, "at", last + timedelta(milliseconds=1), DAY)


async def test_up_to_a_time_holds_that_time(rows: Any) -> None:
    assert await rows.count_documents({"at": up_to(NOON + timedelta(minutes=1))}) == 4
