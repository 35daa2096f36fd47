"""Pages of an area: nothing twice, nothing lost, nothing of a neighbour, and by an index."""

import pytest

from shared.mongo import ASCENDING, Database, Document, IndexModel
from shared.queries import count, every, page
from tests.support.plans import Reads

PATHS = ("/c", "/c/a", "/c/a/1", "/c/a/2", "/c/a-b", "/c/a-b/1", "/c/a.b", "/c/a0", "/c/ab", "/c/b/1", "/d")
OF_A = ["/c/a", "/c/a/1", "/c/a/2"]


async def filled(database: Database) -> Database:
    await database["doors"].create_indexes([IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])])
    rows = [{"_id": f"{n}{path}", "area_path": path, "odd": bool(n % 2)} for path in PATHS for n in range(3)]
    await database["doors"].insert_many(rows)
    return database


async def walked(database: Database, area: str, limit: int, only: Document | None = None) -> list[str]:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        items, after = await page(database["doors"], area, after, limit, only)
        assert len(items) <= limit
        found += [item["area_path"] for item in items]
    return found


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
    found, _ = await page(database["doors"], "/c/a", "", 9, also={"odd": True})
    assert [row["area_path"] for row in found] == OF_A
    assert await count(database["doors"], "/c/a") == 9
    assert await count(database["doors"], "/c/a", {"odd": True}) == 3
    assert await count(database["doors"], "/nowhere") == 0
    assert sorted(row["area_path"] for row in await every(database["doors"], "/c/a", {"odd": True})) == OF_A


@pytest.mark.parametrize("after", ["|", "nonsense", "/d|x", "/c/a-b|9", "\x00", "￿|￿"])
async def test_whoever_makes_a_cursor_up_sees_nothing_of_a_neighbour(database: Database, after: str) -> None:
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
