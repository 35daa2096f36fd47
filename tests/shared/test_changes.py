"""A list of changes loses nothing, whatever commits when, and gives nothing twice that has not changed."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.store.changes import INDEX, SETTLED_AFTER, changed_since
from shared.store.documents import Documents, Mapper
from shared.store.mongo import OperationFailure, ensure_indexes, is_transient
from shared.store.unit_of_work import MARKED_COMMITS_WITHIN
from tests.shared.conftest import Works

pytestmark = pytest.mark.store

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Thing:
    thing_id: str
    area_path: str = "/a"
    n: int = 0


class Things:
    """Documents whose changes are listed, and a reader that keeps its cursor."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.documents = Documents(works.database["state"], Mapper(Thing, "thing_id"), marked=True)
        self.after = ""

    async def put(self, *things: Thing) -> None:
        async with self.works.begin() as work:
            for thing in things:
                await self.documents.put(thing, work)

    async def read(self, limit: int = 2, area: str = "/") -> list[str]:
        """Read to the end of what has changed; `id=n` of each, in order."""
        read, more = [], True
        while more:
            collection = self.documents.collection
            changed = await changed_since(collection, area, self.after, limit, self.works.clock.now())
            read += [f"{row['_id']}={row['n']}" for row in changed.rows]
            assert len(changed.rows) <= limit
            self.after, more = changed.following, changed.more
        return read


@pytest.fixture
async def things(works: Works) -> Things:
    await ensure_indexes(works.database, {"state": [INDEX]})
    return Things(works)


async def test_a_reader_gets_each_change_once_in_the_order_of_the_changes(things: Things) -> None:
    clock = things.works.clock
    for name in ("b", "a", "c"):
        await things.put(Thing(name))
        clock.advance(SECOND)
    clock.advance(SETTLED_AFTER)
    assert await things.read() == ["b=0", "a=0", "c=0"]
    assert await things.read() == []
    await things.put(Thing("a", n=1))
    clock.advance(SETTLED_AFTER + SECOND)
    assert await things.read() == ["a=1"]
    assert await things.read() == []


async def test_documents_of_one_instant_are_split_between_pages(things: Things) -> None:
    await things.put(*(Thing(f"t{n}") for n in range(7)))
    things.works.clock.advance(SETTLED_AFTER + SECOND)
    assert await things.read(limit=3) == [f"t{n}=0" for n in range(7)]


async def test_what_commits_behind_a_later_change_is_not_lost(things: Things) -> None:
    clock = things.works.clock
    async with things.works.begin() as slow:
        await things.documents.put(Thing("slow"), slow)
        clock.advance(MARKED_COMMITS_WITHIN)
        await things.put(Thing("quick"))
        assert await things.read() == []
    assert await things.read() == [], "a change comes when every unit of work of its time has ended"
    clock.advance(SETTLED_AFTER + SECOND)
    assert await things.read() == ["slow=0", "quick=0"]


async def test_a_unit_of_work_that_takes_too_long_does_not_commit(things: Things) -> None:
    async def put_slowly() -> None:
        async with things.works.begin() as slow:
            await things.documents.put(Thing("slow"), slow)
            things.works.clock.advance(MARKED_COMMITS_WITHIN + SECOND)

    with pytest.raises(OperationFailure) as raised:
        await put_slowly()
    assert is_transient(raised.value), "it is tried again"
    assert await things.documents.get("slow") is None


async def test_what_a_version_without_marks_has_stored_comes_first_and_once(things: Things) -> None:
    old = Documents(things.works.database["state"], Mapper(Thing, "thing_id"))
    for n in range(5):
        await old.put(Thing(f"old{n}"))
    await things.put(Thing("new"))
    things.works.clock.advance(SETTLED_AFTER + SECOND)
    assert await things.read() == [*(f"old{n}=0" for n in range(5)), "new=0"]
    await things.put(Thing("old3", n=1))
    things.works.clock.advance(SETTLED_AFTER + SECOND)
    assert await things.read() == ["old3=1"]


async def test_an_area_reads_its_own_changes_alone(things: Things) -> None:
    await things.put(Thing("in", "/a/b"), Thing("out", "/ab"))
    things.works.clock.advance(SETTLED_AFTER + SECOND)
    assert await things.read(area="/a") == ["in=0"]


async def test_a_marked_document_is_written_in_a_unit_of_work_alone(things: Things) -> None:
    with pytest.raises(TypeError):
        await things.documents.put(Thing("t"))
