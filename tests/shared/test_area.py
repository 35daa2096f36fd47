"""Area paths: within, beside, above; as a rule and as a query, which must agree."""

import pytest

from shared.base.area import ancestors, child, query, within
from shared.store.mongo import Database

PLACES = ("/", "/a", "/a/b", "/a/b/c", "/a/bc", "/a-b", "/ab", "/b", "/a/一", "/a/一/2")


@pytest.mark.parametrize("area", PLACES)
async def test_a_query_finds_exactly_what_lies_within(database: Database, area: str) -> None:
    await database["places"].insert_many([{"_id": path, "area_path": path} for path in PLACES])
    paths = {row["_id"] async for row in database["places"].find(query(area))}
    assert paths == {path for path in PLACES if within(path, area)}


def test_a_path_lies_within_itself_and_everything_above_it_and_not_within_a_namesake() -> None:
    assert within("/a/b", "/a/b")
    assert within("/a/b", "/a")
    assert within("/a/b", "/")
    assert not within("/a/bc", "/a/b")
    assert not within("/a", "/a/b")


def test_ancestors_come_nearest_first() -> None:
    assert ancestors("/a/b/c") == ["/a/b/c", "/a/b", "/a"]


@pytest.mark.parametrize("code", ["g01", "一", "A-1_b"])
def test_a_child_s_path_ends_in_its_code(code: str) -> None:
    assert child("/a", code) == f"/a/{code}"
    assert child("/", code) == f"/{code}"


@pytest.mark.parametrize("code", ["", "a/b", "a b", "..", "x" * 41, "a\n"])
def test_a_code_that_would_break_a_path_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="is no place code"):
        child("/a", code)
