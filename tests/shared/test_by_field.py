"""Lists in the order of a field lose nothing between pages; names are ids by their beginnings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.base.normal_form import beginnings, search_key
from shared.store.by_field import By, beginning, page_by
from shared.store.mongo import ASCENDING, Database, IndexModel, ensure_indexes

pytestmark = pytest.mark.store

NOON = datetime(2026, 2, 10, 4, 0, tzinfo=UTC)
DAYS = [3, 1, 1, 2, 1, 3, 2]
NAMES = ["王小明", "王 小 红", "李明", "Zhang San", "ＺＨＡＮＧ三", "阿·不都", "a.b"]


@pytest_asyncio.fixture
async def rows(database: Database) -> Any:
    """Seven documents, of which several share a day, some of them in another area."""
    indexes = [[name, "_id"] for name in ("area_path", "day", "at")]
    models = [IndexModel([(field, ASCENDING) for field in fields]) for fields in indexes]
    await ensure_indexes(database, {"rows": models})
    await database["rows"].insert_many(
        {
            "_id": f"r{n}",
            "area_path": "/a/b" if n % 2 else "/a/c",
            "day": f"2026-02-0{day}",
            "at": NOON + timedelta(days=day),
            "name": NAMES[n],
        }
        for n, day in enumerate(DAYS)
    )
    return database["rows"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("area", ["/", "/a", "/a/b"])
@pytest.mark.parametrize("field", ["day", "at"])
async def test_the_pages_of_an_order_hold_each_document_once(
    rows: Any, field: str, area: str, descending: bool
) -> None:
    ids, after = [], ""
    while True:
        page = await page_by(rows, area, By(field, descending), after, 2)
        ids += [row["_id"] for row in page.items]
        if page.next is None:
            break
        after = page.next
    wanted = sorted((day, f"r{n}") for n, day in enumerate(DAYS) if area != "/a/b" or n % 2)
    assert ids == [name for _, name in (reversed(wanted) if descending else wanted)]


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        ("王", {"r0", "r1"}),
        ("王小", {"r0", "r1"}),
        ("小", set()),
        ("ZHANG", {"r3", "r4"}),
        ("zhang s", {"r3"}),
        ("阿不", {"r5"}),
        ("a.", {"r6"}),
        (".", set()),
    ],
)
async def test_a_name_matches_by_its_beginning_in_any_case_width_and_spacing(rows: Any, q: str, ids: set[str]) -> None:
    matching = await rows.find(beginning("name", search_key(q))).to_list(None)
    assert {row["_id"] for row in matching} == ids


def test_beginnings_are_of_the_normal_form() -> None:
    assert beginnings(" 阿·不 Ｄ") == ["阿", "阿不", "阿不d"]
    assert beginnings("阿布都热合曼") == ["阿", "阿布", "阿布都"]
    assert beginnings(" · ") == []
