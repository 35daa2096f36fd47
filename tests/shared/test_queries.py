"""Pages of an area: nothing twice, nothing lost, nothing of a neighbour, and by an index."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.base.area import query, within
from shared.store import queries
from shared.store.by_time import oldest_by_time
from shared.store.counting import count
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, OperationFailure
from shared.store.queries import every, page, page_by_id
from tests.support.plans import Reads

PATHS = ("/c", "/c/a", "/c/a/1", "/c/a/2", "/c/a-b", "/c/a-b/1", "/c/a.b", "/c/a0", "/c/ab", "/c/b/1", "/d")
OF_A = ["/c/a", "/c/a/1", "/c/a/2"]


async def filled(database: Database) -> Database:
    await database["doors"].create_indexes([IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])])
    rows = [{"_id": f"{n}{path}", "area_path": path, "odd": bool(n % 2)} for path in PATHS for n in range(3)]
    await database["doors"].insert_many(rows)
    return database


async def walked(database: Database, area: str, limit: int, only: Document | None = None) -> list[str]:
    paths: list[str] = []
    after: str | None = ""
    while after is not None:
        items, after = await page(database["doors"], area, after, limit, only)
        assert len(items) <= limit
        paths += [item["area_path"] for item in items]
    return paths


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 100])
async def test_the_pages_of_an_area_hold_each_of_its_documents_once_in_order(database: Database, limit: int) -> None:
    await filled(database)
    assert await walked(database, "/c/a", limit) == [path for path in OF_A for _ in range(3)]


async def test_the_root_holds_everything(database: Database) -> None:
    await filled(database)
    assert sorted(await walked(database, "/", 7)) == sorted(path for path in PATHS for _ in range(3))
    assert await count(database["doors"], "/") == 3 * len(PATHS)


async def test_a_list_may_be_narrowed_and_counted(database: Database) -> None:
    await filled(database)
    assert await walked(database, "/c/a", 2, {"odd": True}) == OF_A
    rows, _ = await page(database["doors"], "/c/a", "", 9, also={"odd": True})
    assert [row["area_path"] for row in rows] == OF_A
    assert await count(database["doors"], "/c/a") == 9
    assert await count(database["doors"], "/c/a", {"odd": True}) == 3
    assert await count(database["doors"], "/nowhere") == 0
    assert sorted(row["area_path"] for row in await every(database["doors"], "/c/a", {"odd": True})) == OF_A


@pytest.mark.parametrize("after", ["|", "nonsense", "/d|x", "/c/a-b|9", "\x00", "￿|￿"])
async def test_a_made_up_cursor_shows_nothing_of_a_neighbour(database: Database, after: str) -> None:
    await filled(database)
    items, _ = await page(database["doors"], "/c/a", after, 100)
    assert {item["area_path"] for item in items} <= set(OF_A)


async def test_pages_and_counts_are_read_by_an_index(database: Database, mongo_url: str) -> None:
    await filled(database)
    async with Reads(mongo_url, database.name) as reads:
        for area in ("/", "/c/a"):
            await page(reads.database["doors"], area, "/c/a|0/c/a", 2)
            await count(reads.database["doors"], area)
            await every(reads.database["doors"], area, {})
        plans = await reads.plans()
    assert len(plans) == 6
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command
        assert "IXSCAN" in stages, command


async def many(database: Database, count: int) -> list[tuple[str, str]]:
    """Store so many documents, three behind each door; return their paths and ids in order."""
    rows = [{"_id": f"{n * 7919 % count:05}", "area_path": f"/c/p{n // 90:02}/{n % 90 // 3:02}"} for n in range(count)]
    await database["doors"].create_indexes([IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])])
    await database["doors"].insert_many(rows)
    return sorted((str(row["area_path"]), str(row["_id"])) for row in rows)


def _cuts(database: Database) -> dict[tuple[str, str], queries._Cuts]:
    server = queries.known_server(database.client)
    assert server is not None
    return server.cuts


async def cut(database: Database) -> None:
    """Have it known where the ranges of the collection are cut: it is asked beside the first page."""
    await page(database["doors"], "/", "", 1)
    await page_by_id(database["doors"], "/", "", 1)
    for cuts in _cuts(database).values():
        if cuts.renewing is not None:
            await cuts.renewing


@pytest.mark.parametrize("area", ["/", "/c", "/c/p03", "/c/p03/07", "/d"])
async def test_a_page_is_the_same_where_its_range_is_read_in_parts(database: Database, area: str) -> None:
    stored = await many(database, 1_200)
    await cut(database)
    expected = [(path, key) for path, key in stored if within(path, area)]
    for limit in (7, 100, 1_000):
        listed: list[tuple[str, str]] = []
        after: str | None = ""
        while after is not None:
            items, after = await page(database["doors"], area, after, limit)
            listed += [(item["area_path"], item["_id"]) for item in items]
        assert listed == expected


async def test_a_page_in_parts_holds_what_came_after_they_were_cut(database: Database) -> None:
    await many(database, 1_200)
    await cut(database)
    later = [{"_id": f"{path}-{n:03}", "area_path": path} for n in range(200) for path in ("/a", "/c/p03/07", "/z")]
    await database["doors"].insert_many(later)
    assert [row["_id"] for row in (await page(database["doors"], "/", "", 3)).items] == ["/a-000", "/a-001", "/a-002"]
    walked_ids: list[str] = []
    after: str | None = ""
    while after is not None:
        items, after = await page(database["doors"], "/", after, 150)
        walked_ids += [item["_id"] for item in items]
    assert len(walked_ids) == len(set(walked_ids)) == 1_800


async def test_documents_in_the_order_of_their_ids_come_once_each_in_parts(database: Database) -> None:
    stored = await many(database, 1_200)
    await cut(database)
    for area in ("/", "/c/p03"):
        expected = sorted(key for path, key in stored if within(path, area))
        listed: list[str] = []
        while items := await page_by_id(database["doors"], area, listed[-1] if listed else "", 170):
            listed += [item["_id"] for item in items]
        assert listed == expected


async def test_a_page_of_many_documents_reads_a_narrow_range(database: Database, mongo_url: str) -> None:
    await many(database, 1_200)
    async with Reads(mongo_url, database.name) as reads:
        if "secantusVersion" not in await database.client.admin.command("buildInfo"):
            pytest.skip("a server of MongoDB's reads no more of a range than it gives")
        await cut(reads.database)
        await page(reads.database["doors"], "/", "", 100)
        await page_by_id(reads.database["doors"], "/", "", 100)
        asked = [command["pipeline"] for command, _ in await reads.plans() if "$match" in command["pipeline"][0]][-2:]
    conditions = [stages[0]["$match"] for stages in asked]
    assert [list(condition) for condition in conditions] == [["area_path"], ["_id"]]
    for condition in conditions:
        assert await database["doors"].count_documents(condition) < 400


async def test_a_page_goes_on_where_its_first_parts_hold_too_little(database: Database) -> None:
    stored = await many(database, 1_200)
    await cut(database)
    left = stored[::3]  # one behind each door
    await database["doors"].delete_many({"_id": {"$nin": [key for _, key in left]}})
    assert await walked(database, "/", 100) == [path for path, _ in left]
    listed: list[str] = []
    while items := await page_by_id(database["doors"], "/", listed[-1] if listed else "", 100):
        listed += [item["_id"] for item in items]
    assert listed == sorted(key for _, key in left)


async def test_a_page_does_not_wait_for_cuts_and_is_right_where_they_cannot_be_had(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> int:
        raise OperationFailure("no cuts", 1)

    stored = await many(database, 1_200)
    monkeypatch.setattr(type(database["doors"]), "estimated_document_count", refused)
    await cut(database)
    assert await walked(database, "/", 500) == [path for path, _ in stored]
    known = _cuts(database)
    assert [cuts.values for (name, _), cuts in known.items() if name.startswith(database.name)] == [(), ()]


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_documents_in_the_order_of_a_time_come_once_each_where_times_are_equal(
    database: Database, limit: int
) -> None:
    morning = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
    rows = [
        {"_id": f"{n}{path}", "area_path": path, "odd": bool(n % 2), "due_at": morning - timedelta(hours=n // 2)}
        for path in PATHS
        for n in range(6)
    ]
    await database["doors"].insert_many(rows)
    listed: list[tuple[datetime, str]] = []
    of_area = [query("/c/a")]
    while items := await oldest_by_time(
        database["doors"], {"odd": True}, of_area, listed[-1] if listed else None, limit, field="due_at"
    ):
        listed += [(item["due_at"], item["_id"]) for item in items]
    wanted = [row for row in rows if row["odd"] and row["area_path"] in OF_A]
    assert listed == sorted((row["due_at"], row["_id"]) for row in wanted)
