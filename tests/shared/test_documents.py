"""Documents: what another version stored beside is read over and stays, and writes that change nothing still meet."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest
from pydantic import ValidationError

from shared.envelope.open_enum import OpenEnum
from shared.store.documents import REVISION, Documents, Mapper
from shared.store.mongo import is_transient
from shared.store.unit_of_work import retry_conflicts
from tests.shared.conftest import Works


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Kind(OpenEnum):
    HOME = "home"


@dataclass(frozen=True)
class Part:
    name: str
    size: Size


@dataclass(frozen=True)
class Thing:
    thing_id: str
    kind: Kind
    on: date
    at: datetime
    parts: tuple[Part, ...] = ()
    pairs: tuple[tuple[str, int], ...] = ()
    note: str | None = None


THING = Thing(
    "t1", Kind("site"), date(2026, 2, 10), datetime(2026, 2, 10, tzinfo=UTC), (Part("a", Size.SMALL),), (("b", 2),)
)
MAPPER = Mapper(Thing, "thing_id", lambda thing: {"many": len(thing.parts) > 1})


def test_a_document_is_the_class_and_back_again() -> None:
    document = MAPPER.document(THING)
    assert document == {
        "_id": "t1",
        "kind": "site",
        "on": "2026-02-10",
        "at": THING.at,
        "parts": [{"name": "a", "size": "small"}],
        "pairs": [["b", 2]],
        "note": None,
        "many": False,
    }
    assert MAPPER.read(document) == THING


def test_a_field_that_lacks_is_its_default_and_one_that_must_be_there_is_named() -> None:
    document = MAPPER.document(THING)
    del document["note"], document["pairs"]
    assert MAPPER.read(document).pairs == ()
    del document["kind"]
    with pytest.raises(ValidationError, match="kind"):
        MAPPER.read(document)


@pytest.mark.parametrize("revised", [True, False])
async def test_what_another_version_stored_beside_is_read_over_and_stays(works: Works, revised: bool) -> None:
    things = Documents(works.database["things"], MAPPER, revised=revised)
    async with works.begin() as work:
        await things.insert([THING], work)
    await works.database["things"].update_one({"_id": "t1"}, {"$set": {"later": {"x": 1}}})
    thing = await things.get("t1")
    assert thing == THING
    async with works.begin() as work:
        await things.put(replace(THING, note="n"), work)
        await things.put_each([replace(THING, note="m"), replace(THING, thing_id="t2")], ["t2"], work)
    stored = await works.database["things"].find_one({"_id": "t1"})
    assert stored is not None
    assert (stored["later"], stored["note"], REVISION in stored) == ({"x": 1}, "m", revised)
    assert {thing.thing_id for thing in await things.each(["t1", "t2", "t3"])} == {"t1", "t2"}


async def test_a_part_keeps_what_a_later_version_has_added_when_it_moves_or_changes(works: Works) -> None:
    things = Documents(works.database["things"], MAPPER)
    a, b, c = (Part(name, Size.SMALL) for name in "abc")
    async with works.begin() as work:
        await things.insert([replace(THING, parts=(a, b, c))], work)
    added = {f"parts.{at}.later": at for at in range(3)}
    await works.database["things"].update_one({"_id": "t1"}, {"$set": added})
    async with works.begin() as work:
        await things.put(replace(THING, parts=(Part("d", Size.SMALL), c, Part("a", Size.LARGE))), work)
    stored = await works.database["things"].find_one({"_id": "t1"})
    assert stored is not None
    assert stored["parts"] == [
        {"name": "d", "size": "small"},
        {"name": "c", "size": "small", "later": 2},
        {"name": "a", "size": "large", "later": 0},
    ]


@pytest.mark.parametrize("revision", ["0190-text", 3])
async def test_a_revision_of_an_earlier_version_may_be_a_text_or_a_count(works: Works, revision: object) -> None:
    things = Documents(works.database["things"], MAPPER)
    await works.database["things"].insert_one(MAPPER.document(THING) | {REVISION: revision})
    async with works.begin() as work:
        await things.put(THING, work)
    await works.database["things"].update_one({"_id": "t1"}, {"$inc": {REVISION: 1}})  # as that version may write
    assert await things.get("t1") == THING


async def test_two_that_put_the_same_at_the_same_moment_meet(works: Works) -> None:
    things = Documents(works.database["things"], MAPPER)
    async with works.begin() as work:
        await things.insert([THING], work)
    met = 0

    @retry_conflicts
    async def touch() -> None:
        nonlocal met
        try:
            async with works.begin() as work:
                await things.get("t1", work)
                await asyncio.sleep(0.05)
                await things.put(THING, work)
        except Exception as error:
            met += is_transient(error)
            raise

    await asyncio.gather(touch(), touch())
    assert met > 0
