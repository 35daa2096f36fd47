"""The owner who fills a topic again that the bus has lost, and replicas that live through it."""

import asyncio
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.launcher.servers.topics import create_missing
from shared.events.isolation import MEASUREMENTS
from shared.events.registration import STANDINGS, Colour
from shared.outbox.relay import Relay
from tests.shared.conftest import Works
from tests.shared.owning import Follow, NewRelay, say, turns
from tests.shared.samples import events_of, records_of
from tests.support.bus import BusServer, lose_everything, start_bare
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker


async def test_a_lost_topic_is_filled_again_while_a_running_replica_keeps_its_data_and_a_new_one_waits(
    works: Works, relay: Relay, follow: Follow, fresh_kafka: BusServer
) -> None:
    await say(works, Colour.YELLOW, Colour.RED, resident_id="r1")
    await relay.turn()
    running = follow()
    await eventually(lambda: running.replica.ready)

    await lose_everything(fresh_kafka)
    new = follow()
    await asyncio.sleep(1)  # as long as the owner says nothing
    assert not new.replica.ready
    assert running.replica.ready
    assert running.colour("r1") is Colour.RED

    works.clock.advance(timedelta(minutes=1))
    await say(works, Colour.GREEN, resident_id="r2")
    await eventually(lambda: turns(relay))
    await eventually(lambda: turns(relay))
    await eventually(lambda: new.replica.ready)
    assert (new.colour("r1"), new.colour("r2")) == (Colour.RED, Colour.GREEN)
    await eventually(lambda: running.colour("r2") is Colour.GREEN)

    async def is_marked() -> bool:
        await turns(relay)  # the owner marks the topic every ten seconds
        return running.replica.as_of == works.clock.now()

    await eventually(is_marked)


async def test_a_replica_that_met_the_bus_before_its_topics_reads_them_once_they_are_made(
    works: Works, relay: Relay, follow: Follow, fresh_kafka: BusServer, caplog: pytest.LogCaptureFixture
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await relay.turn()
    running = follow()
    await eventually(lambda: running.replica.ready)

    fresh_kafka.kill()
    await start_bare(fresh_kafka)
    await eventually(lambda: f"Topic {STANDINGS} not found in cluster metadata" in caplog.text)
    await create_missing(fresh_kafka.bootstrap)
    works.clock.advance(timedelta(minutes=1))
    await say(works, Colour.GREEN, resident_id="r2")
    await eventually(lambda: turns(relay))
    await eventually(lambda: running.colour("r2") is Colour.GREEN)


async def test_a_running_replica_reads_again_what_was_filled_before_it_looked(
    works: Works, relay: Relay, follow: Follow, owner: AIOKafkaProducer
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await relay.turn()
    running = follow()
    await eventually(lambda: running.replica.ready)
    running.of.clear()  # as if the topic had been another when it was read
    await works.database["losses"].update_one({"_id": STANDINGS}, {"$inc": {"count": 1}}, upsert=True)
    works.clock.advance(timedelta(minutes=1))
    relay._refill._marked_at = float("-inf")
    await relay.turn()
    await eventually(lambda: running.colour("r1") is Colour.RED)
    await eventually(lambda: running.replica.as_of == works.clock.now())


async def test_what_is_not_compacted_is_published_again_too_as_far_as_it_is_kept(
    works: Works, relay: Relay, new_relay: NewRelay, fresh_kafka: BusServer
) -> None:
    await say(works, Colour.YELLOW, Colour.RED, resident_id="r1")
    await relay.turn()
    await lose_everything(fresh_kafka)
    fresh = await new_relay()  # a process that starts with the bus
    await eventually(lambda: turns(fresh))
    assert [event.reported_by for event in await events_of(fresh_kafka.bootstrap, MEASUREMENTS)] == ["yellow", "red"]
    colours = [event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS)]
    assert colours == ["red", "yellow", "red"]  # the newest first, so that gates need not wait; and the newest last


async def test_what_waits_for_its_first_turn_is_no_loss_and_goes_in_order(
    works: Works, relay: Relay, fresh_kafka: BusServer
) -> None:
    await say(works, Colour.YELLOW, Colour.RED, Colour.GREEN, resident_id="r1")
    await relay.turn()
    colours = [event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS)]
    assert colours == ["yellow", "red", "green"]
    assert await works.count("losses") == 0


async def test_what_the_outbox_has_forgotten_is_a_loss_although_something_new_waits(
    works: Works, relay: Relay, fresh_kafka: BusServer
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await works.database["outbox"].delete_many({})  # published, and kept for as long as it is kept
    await say(works, Colour.YELLOW, resident_id="r2")
    await relay.turn()
    colours = {event.key: event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS)}
    assert colours == {"r1": "red", "r2": "yellow"}


async def test_an_event_that_lands_on_an_empty_bus_does_not_hide_the_loss(
    works: Works, relay: Relay, fresh_kafka: BusServer
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await relay.turn()
    await relay.turn()
    await lose_everything(fresh_kafka)
    relay._refill._checked_at = asyncio.get_running_loop().time() + 3600  # no turn looks whether topics are empty
    await say(works, Colour.GREEN, resident_id="r1")  # the same partition as before
    await eventually(lambda: turns(relay))
    assert "r2" not in {event.key for event in await events_of(fresh_kafka.bootstrap, STANDINGS)}
    await say(works, Colour.YELLOW, resident_id="r2")
    await relay.turn()
    newest = {event.key: event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS)}
    assert newest == {"r1": Colour.GREEN, "r2": Colour.YELLOW}
    assert [e.reported_by for e in await events_of(fresh_kafka.bootstrap, MEASUREMENTS) if e.key == "r1"][-2:] == [
        "red",
        "green",
    ]


async def test_marks_that_land_on_an_empty_bus_do_not_hide_the_loss_when_their_sender_dies_with_them(
    works: Works, relay: Relay, new_relay: NewRelay, follow: Follow, fresh_kafka: BusServer
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await relay.turn()
    await lose_everything(fresh_kafka)
    relay._refill._marked_at = float("-inf")
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(relay._publisher, "observe", died)
        await eventually(lambda: marked(relay, works))
    fresh = await new_relay()
    await eventually(lambda: turns(fresh))  # what it marks itself tells it
    await eventually(lambda: turns(fresh))
    colours = follow()
    await eventually(lambda: colours.replica.ready)
    assert colours.colour("r1") is Colour.RED


def died(*_: object) -> None:
    """Take what the bus has answered, and live no longer."""
    raise Dead


class Dead(Exception):
    """Stands for the end of a process."""


async def marked(relay: Relay, works: Works) -> bool:
    """Whether the topics were marked by a process that dies of it."""
    try:
        await relay._refill.mark_complete(works.clock.now())
    except Dead:
        return True
    except KafkaError:
        return False
    raise AssertionError("nobody died")


async def test_a_crash_in_the_middle_of_a_refill_does_not_pass_for_a_whole_topic(
    works: Works,
    relay: Relay,
    new_relay: NewRelay,
    follow: Follow,
    fresh_kafka: BusServer,
    owner: AIOKafkaProducer,
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await say(works, Colour.RED, resident_id="r2")
    await relay.turn()
    await lose_everything(fresh_kafka)
    await eventually(lambda: finds_lost(relay))
    (half,) = await works.database["latest"].find({"key": "r1"}).to_list(None)  # so far it came before it died
    headers = [(name, bytes(value)) for name, value in half["headers"]]
    await owner.send_and_wait(STANDINGS, bytes(half["value"]), key=b"r1", headers=headers)
    await (await new_relay()).turn()
    colours = follow()
    await eventually(lambda: colours.replica.ready)
    assert colours.colour("r2") is Colour.RED
    assert await works.count("refills") == 0
    assert (await works.database["losses"].find_one({"_id": STANDINGS}))["count"] >= 1


async def finds_lost(relay: Relay) -> bool:
    try:
        await relay._refill._find_lost()
    except Exception as error:
        raise AssertionError(str(error)) from None
    return True


async def test_markers_are_published_seldom_and_on_every_partition(
    works: Works, relay: Relay, fresh_kafka: BusServer
) -> None:
    for _ in range(3):
        await relay.turn()
    records = await records_of(fresh_kafka.bootstrap, STANDINGS)
    assert len(records) == len({record.partition for record in records}) == 8
