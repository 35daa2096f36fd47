"""The newest event of every compacted key, as the store keeps it: in bulk at first, in a document of its own later."""

from uuid import UUID

import pytest

from shared.base.ids import Ids, new_id
from shared.events.registration import STANDINGS, Colour
from shared.outbox.relay import Relay
from shared.store import unit_of_work
from shared.store.latest import FIRST, LATEST, Latest
from tests.shared.conftest import Works
from tests.shared.owning import Follow
from tests.shared.samples import events_of, measured, standing
from tests.support.bus import BusServer
from tests.support.waiting import eventually


async def register(works: Works, *residents: str, colour: Colour = Colour.GREEN) -> None:
    async with works.begin() as work:
        work.emit_first(*(standing(resident, colour) for resident in residents))


async def change(works: Works, *residents: str, colour: Colour) -> None:
    async with works.begin() as work:
        work.emit(*(standing(resident, colour) for resident in residents))


async def read_kept(works: Works) -> dict[str, list[str]]:
    """Return the ids that the store has for each key, in the order in which they would be published."""
    ids: dict[str, list[str]] = {}
    async for event in Latest(works.database).of(STANDINGS):
        ids.setdefault(event["key"], []).append(event["id"])
    return ids


async def test_first_events_of_a_bulk_share_a_document_and_are_published_like_others(works: Works) -> None:
    async with works.begin() as work:
        work.emit_first(*(standing(f"r{number}") for number in range(600)), *(measured() for _ in range(3)))
    bulks = await works.database[FIRST].find().to_list(None)
    assert sorted(len(bulk["events"]) for bulk in bulks) == [100, 500]
    assert {bulk["topic"] for bulk in bulks} == {STANDINGS}, "nothing is kept of a topic that is not compacted"
    assert await works.count(LATEST) == 0
    rows = await works.database["outbox"].find().to_list(None)
    assert sorted(len(row["events"]) for row in rows) == [3, 100, 500]
    assert works.wake.is_set()


async def test_a_key_that_changes_gets_a_document_of_its_own_once(works: Works) -> None:
    await register(works, "r1", "r2")
    (bulk,) = await works.database[FIRST].find().to_list(None)
    await change(works, "r1", colour=Colour.YELLOW)
    await change(works, "r1", "r3", colour=Colour.RED)
    assert await works.count(LATEST) == 2
    assert await works.database[FIRST].find().to_list(None) == [bulk], "a bulk never changes"
    kept = await read_kept(works)
    assert {key: len(ids) for key, ids in kept.items()} == {"r1": 2, "r2": 1, "r3": 1}
    assert kept["r1"] == sorted(kept["r1"])
    newest = (await Latest(works.database).ids())[STANDINGS]
    assert newest == {kept["r1"][1], kept["r2"][0], kept["r3"][0]}


async def test_a_change_sorts_behind_the_first_event_of_a_process_whose_clock_is_ahead(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "ids", Ids())  # this process's own are not to be ahead of time
    await register(works, "r1", "r2")
    (bulk,) = await works.database[FIRST].find().to_list(None)
    ahead = str(UUID(int=UUID(new_id()).int + (60_000 << 80)))
    await works.database[FIRST].update_one({"_id": bulk["_id"]}, {"$set": {"ids": [ahead, bulk["ids"][1]]}})
    await change(works, "r2", colour=Colour.RED)
    await change(works, "r1", colour=Colour.RED)
    events = {event["_id"].rpartition("/")[2]: event["id"] async for event in works.database[LATEST].find()}
    assert events["r2"] < ahead < events["r1"]


class Fault(Exception):
    """Stands for a mistake in a use case."""


async def test_what_a_failed_unit_of_work_emitted_first_is_not_kept(works: Works) -> None:
    async def fail() -> None:
        async with works.begin() as work:
            work.emit_first(standing("r1"))
            raise Fault

    with pytest.raises(Fault):
        await fail()
    assert (await works.count(FIRST), await works.count("outbox")) == (0, 0)


async def test_a_lost_topic_is_filled_again_with_first_events_before_newer_ones(
    works: Works, relay: Relay, follow: Follow, fresh_kafka: BusServer
) -> None:
    await register(works, "r1", "r2", colour=Colour.YELLOW)
    await change(works, "r1", colour=Colour.RED)
    await works.database["outbox"].delete_many({})  # published, and kept for as long as it is kept
    await relay.turn()
    colours = follow()
    await eventually(lambda: colours.replica.ready)
    assert (colours.colour("r1"), colours.colour("r2")) == (Colour.RED, Colour.YELLOW)
    published = [event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS) if event.key == "r1"]
    assert published == [Colour.YELLOW, Colour.RED]


async def test_a_topic_of_first_events_alone_is_known_to_be_lost(
    works: Works, relay: Relay, fresh_kafka: BusServer
) -> None:
    await register(works, "r1")
    await works.database["outbox"].delete_many({})
    await relay.turn()
    assert [event.key for event in await events_of(fresh_kafka.bootstrap, STANDINGS)] == ["r1"]


async def test_first_events_that_wait_for_their_first_turn_are_no_loss(works: Works, relay: Relay) -> None:
    await register(works, "r1", "r2")
    await relay.turn()
    assert await works.count("losses") == 0
