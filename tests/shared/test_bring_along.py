"""A topic that has become compacted: what an earlier version stored and published is brought along, once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.envelope.event import encode
from shared.events.isolation import CASES, CaseOpened, CaseState
from shared.outbox import bring_along
from shared.outbox.bring_along import BringAlong, BroughtAlong, Stated
from shared.store.latest import LATEST, Latest
from shared.store.unit_of_work import carried
from tests.shared.conftest import Works
from tests.shared.samples import NOON, case_opened, stamped
from tests.support.waiting import eventually

LONG_AGO = NOON - timedelta(days=40)


def states(*case_ids: str) -> BroughtAlong[Any]:
    """Return what states these cases, all of them released."""

    async def each(_: Any) -> AsyncIterator[Stated]:
        for case_id in case_ids:
            yield Stated(case_opened(case_id).model_copy(update={"state": CaseState.RELEASED}), LONG_AGO)

    return BroughtAlong(CASES, each)


def bringing(works: Works, one: BroughtAlong[Any]) -> BringAlong[Any]:
    return BringAlong(works.database, "isolation", works.begin, [one])


async def publish_as_before(works: Works, *events: CaseOpened) -> None:
    """Store events as a version does for which the topic is not compacted: in the outbox alone."""
    rows = [carried(event, encode(event)) for event in events]
    outbox = works.database["outbox"]
    await outbox.insert_many([{"_id": r["id"], "topic": CASES, "events": [r], "published_at": NOON} for r in rows])


async def newest(works: Works) -> dict[str, Sequence[Any]]:
    return {
        e["key"]: (e["id"], b'"state":"released"' in bytes(e["value"])) async for e in Latest(works.database).of(CASES)
    }


async def test_what_was_published_lately_is_taken_as_it_was_and_older_aggregates_are_stated(works: Works) -> None:
    first, second = (stamped(case_opened("c1")) for _ in range(2))
    await publish_as_before(works, first, second)
    await bringing(works, states("c1", "c2")).bring(states("c1", "c2"), None)
    newest_events = await newest(works)
    assert newest_events["c1"] == (second.id, False)
    assert newest_events["c2"][1]
    (stated,) = [event async for event in Latest(works.database).of(CASES) if event["key"] == "c2"]
    assert dict(stated["headers"])["ce_time"] == LONG_AGO.isoformat().encode(), "old news must not look new"
    assert [row["_id"] async for row in works.database["refills"].find()] == [CASES]


async def test_again_and_by_several_processes_it_changes_nothing(works: Works) -> None:
    for _ in range(2):
        await bringing(works, states("c1", "c2")).bring(states("c1", "c2"), None)
    assert await works.count(LATEST) == 2


async def test_what_is_newer_in_the_store_stays(works: Works) -> None:
    async with works.begin() as work:
        work.emit(case_opened("c1"))
    before = await newest(works)
    await bringing(works, states("c1")).bring(states("c1"), None)
    assert await newest(works) == before


async def test_what_a_pod_of_the_version_before_publishes_meanwhile_is_taken_afterwards(works: Works) -> None:
    bring = bringing(works, states("c1"))
    await bring.bring(states("c1"), None)
    late = stamped(case_opened("c1"))
    await publish_as_before(works, late, stamped(case_opened(new_id())))
    assert await bring.take_published(CASES) == 2
    assert (await newest(works))["c1"] == (late.id, False)
    assert await bring.take_published(CASES) == 0


async def test_a_service_that_starts_again_within_the_wait_publishes_nothing_again(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = bringing(works, states("c1"))
    async with asyncio.TaskGroup() as group:
        first = group.create_task(cancelled.run(None))
        await eventually(lambda: works.count("brought_along"))
        first.cancel()
    await works.database["refills"].delete_many({})

    monkeypatch.setattr(bring_along, "LATER", timedelta(0))
    late = stamped(case_opened("c1"))
    await publish_as_before(works, late)
    await bringing(works, states("c1")).run(None)
    assert await works.count("refills") == 0
    assert (await newest(works))["c1"] == (late.id, False)
    assert await works.database["brought_along"].find_one({"_id": CASES, "whole": True})
