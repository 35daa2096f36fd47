"""Replicas of compacted topics, and their owner who fills a topic again that the bus has lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from deploy.local.servers import EmbeddedKafka
from shared import bus, markers
from shared import replica as replicas
from shared.clock import FixedClock
from shared.envelope import encode
from shared.events.isolation import CASES, CaseOpened
from shared.events.registration import STANDINGS, Colour, StandingChanged
from shared.markers import KEY, Marker
from shared.outbox import Relay
from shared.replica import Replica
from tests.shared.conftest import Works
from tests.shared.said import NOON, case_opened, events_of, record_of, records_of, stamped, standing
from tests.support.bus import lose_everything
from tests.support.waiting import eventually

PUBLISHES = (StandingChanged, CaseOpened)


class Colours:
    """What a gate keeps: the newest colour of each resident."""

    def __init__(self, clock: FixedClock) -> None:
        self.of: dict[str, tuple[str, Colour]] = {}
        self.replica = Replica(STANDINGS, self._apply, clock)

    def _apply(self, event: object) -> None:
        assert isinstance(event, StandingChanged)
        if event.id > self.of.get(event.key, ("",))[0]:
            self.of[event.key] = (event.id, event.colour)

    def colour(self, resident_id: str) -> Colour | None:
        return self.of.get(resident_id, ("", None))[1]


Follow = Callable[[], Colours]
NewRelay = Callable[[], Awaitable[Relay]]


@pytest_asyncio.fixture
async def follow(works: Works, fresh_kafka: EmbeddedKafka) -> AsyncIterator[Follow]:
    """Makes replicas that run."""
    async with AsyncExitStack() as stack:

        def make() -> Colours:
            colours = Colours(works.clock)
            stack.push_async_callback(
                ended, asyncio.create_task(replicas.follow([colours.replica], fresh_kafka.bootstrap))
            )
            return colours

        yield make


@pytest_asyncio.fixture
async def owner(works: Works, fresh_kafka: EmbeddedKafka) -> AsyncIterator[AIOKafkaProducer]:
    """The owner's producer, on a bus that the test may lose."""
    producer = bus.producer(fresh_kafka.bootstrap)
    await producer.start()
    yield producer
    await producer.stop()


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def new_relay(works: Works, owner: AIOKafkaProducer, fresh_kafka: EmbeddedKafka) -> AsyncIterator[NewRelay]:
    """Makes relays of the owner, whose turns a test takes itself; each takes over from the one before."""
    async with AsyncExitStack() as stack:

        async def make() -> Relay:
            await works.database["leases"].delete_many({})
            relay = Relay(
                works.database, owner, fresh_kafka.bootstrap, "registration", PUBLISHES, works.wake, works.clock
            )
            stack.push_async_callback(relay.close)
            return relay

        yield make


@pytest_asyncio.fixture
async def relay(new_relay: NewRelay) -> Relay:
    """The owner's relay."""
    return await new_relay()


async def say(works: Works, *colours: Colour, resident_id: str) -> None:
    for colour in colours:
        async with works.begin() as work:
            work.emit(standing(resident_id, colour), case_opened(resident_id, colour))


async def turns(relay: Relay) -> bool:
    """Take a turn while the bus may still be coming up."""
    try:
        await relay.turn()
    except Exception as error:
        raise AssertionError(str(error)) from None
    return True


def mark(offset: int, after: int = -1, **other: object) -> object:
    said = {"key": KEY, "value": b"", "headers": tuple(markers.headers(Marker(NOON, after)))} | other
    return record_of(stamped(standing()), offset, **said)


def test_a_replica_is_ready_when_every_partition_is_complete_and_read_to_its_end() -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.read(0, [mark(0)])
    assert not replica.ready  # nobody has said which partitions there are
    replica.expect({0, 1})
    assert not replica.ready
    replica.read(1, [mark(0)], at_end=False)
    assert not replica.ready
    assert replica.as_of is None
    replica.read(1, [])
    assert replica.ready
    assert replica.as_of == NOON


def test_a_marker_that_was_meant_for_a_lost_bus_does_not_count() -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.expect({0})
    replica.read(0, [mark(0, after=500)])
    assert not replica.ready
    replica.read(0, [mark(501, after=500)])
    assert replica.ready


@pytest.mark.parametrize("time", [b"", b"noon", b"\xff"])
def test_a_marker_that_cannot_be_read_does_not_count_and_stops_nobody(time: bytes) -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.expect({0})
    headers = tuple(h for h in markers.headers(Marker(NOON, -1)) if h[0] != "ce_time")
    replica.read(0, [mark(0, headers=(*headers, ("ce_time", time)))])
    assert not replica.ready


def test_an_unreadable_record_is_passed_over_and_told() -> None:
    colours = Colours(FixedClock(NOON))
    labels = {"topic": STANDINGS, "reason": "invalid"}
    before = REGISTRY.get_sample_value("lastmetre_dead_letters_total", labels) or 0
    good = stamped(standing("r1"))
    colours.replica.read(0, [record_of(stamped(standing("r0")), 0, value=b"{"), record_of(good, 1)])
    assert colours.colour("r1") is Colour.RED
    assert REGISTRY.get_sample_value("lastmetre_dead_letters_total", labels) == before + 1


async def test_an_empty_topic_is_never_taken_for_an_empty_city(
    works: Works, follow: Follow, owner: AIOKafkaProducer, relay: Relay
) -> None:
    colours = follow()
    wire = encode(stamped(standing("r0")))
    await owner.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    await eventually(lambda: colours.colour("r0"))
    assert not colours.replica.ready
    await relay.turn()
    await eventually(lambda: colours.replica.ready)
    assert colours.replica.as_of == works.clock.now()


async def test_an_old_marker_in_a_long_topic_does_not_make_a_new_replica_ready_before_the_end(
    works: Works, relay: Relay, follow: Follow, fresh_kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.replica.RECORDS", 1)
    await relay.turn()  # complete, and empty
    await say(works, Colour.RED, resident_id="r1")
    await relay.turn()
    colours = follow()
    seen: list[bool] = []

    async def ready() -> bool:
        if colours.replica.ready:
            seen.append(colours.colour("r1") is Colour.RED)
        return colours.replica.ready

    await eventually(ready, poll=0)
    assert seen == [True]


async def test_a_lost_topic_is_filled_again_while_a_running_replica_keeps_its_data_and_a_new_one_waits(
    works: Works, relay: Relay, follow: Follow, fresh_kafka: EmbeddedKafka
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
    await eventually(lambda: turns(relay), 30)
    await eventually(lambda: turns(relay), 30)
    await eventually(lambda: new.replica.ready)
    assert (new.colour("r1"), new.colour("r2")) == (Colour.RED, Colour.GREEN)
    await eventually(lambda: running.colour("r2") is Colour.GREEN)
    await eventually(lambda: running.replica.as_of == works.clock.now())


async def test_what_is_not_compacted_is_said_again_too_as_far_as_it_is_kept(
    works: Works, relay: Relay, new_relay: NewRelay, fresh_kafka: EmbeddedKafka
) -> None:
    await say(works, Colour.YELLOW, Colour.RED, resident_id="r1")
    await relay.turn()
    await lose_everything(fresh_kafka)
    fresh = await new_relay()  # a process that starts with the bus
    await eventually(lambda: turns(fresh), 30)
    assert [event.reason for event in await events_of(fresh_kafka.bootstrap, CASES)] == ["yellow", "red"]
    said = [event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS)]
    assert said == ["red", "yellow", "red"]  # the newest first, so that gates need not wait; and the newest last


async def test_an_event_that_lands_on_an_empty_bus_does_not_hide_the_loss(
    works: Works, relay: Relay, fresh_kafka: EmbeddedKafka
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await relay.turn()
    await relay.turn()
    await lose_everything(fresh_kafka)
    relay._refill._checked_at = asyncio.get_running_loop().time() + 3600  # nobody looks whether topics are empty
    await say(works, Colour.GREEN, resident_id="r1")  # the same partition as before
    await eventually(lambda: turns(relay), 30)
    assert "r2" not in {event.key for event in await events_of(fresh_kafka.bootstrap, STANDINGS)}
    await say(works, Colour.YELLOW, resident_id="r2")
    await relay.turn()
    newest = {event.key: event.colour for event in await events_of(fresh_kafka.bootstrap, STANDINGS)}
    assert newest == {"r1": Colour.GREEN, "r2": Colour.YELLOW}
    assert [e.reason for e in await events_of(fresh_kafka.bootstrap, CASES) if e.key == "r1"][-2:] == ["red", "green"]


async def test_a_crash_in_the_middle_of_a_refill_does_not_pass_for_a_whole_topic(
    works: Works,
    relay: Relay,
    new_relay: NewRelay,
    follow: Follow,
    fresh_kafka: EmbeddedKafka,
    owner: AIOKafkaProducer,
) -> None:
    await say(works, Colour.RED, resident_id="r1")
    await say(works, Colour.RED, resident_id="r2")
    await relay.turn()
    await lose_everything(fresh_kafka)
    await eventually(lambda: found_lost(relay), 30)
    (half,) = await works.database["latest"].find({"key": "r1"}).to_list(None)  # so far it came before it died
    headers = [(name, bytes(value)) for name, value in half["headers"]]
    await owner.send_and_wait(STANDINGS, bytes(half["value"]), key=b"r1", headers=headers)
    await (await new_relay()).turn()
    colours = follow()
    await eventually(lambda: colours.replica.ready)
    assert colours.colour("r2") is Colour.RED
    assert await works.count("refills") == 0


async def found_lost(relay: Relay) -> bool:
    try:
        await relay._refill._find_lost()
    except Exception as error:
        raise AssertionError(str(error)) from None
    return True


async def test_markers_are_said_seldom_and_on_every_partition(
    works: Works, relay: Relay, fresh_kafka: EmbeddedKafka
) -> None:
    for _ in range(3):
        await relay.turn()
    said = await records_of(fresh_kafka.bootstrap, STANDINGS)
    assert len(said) == len({record.partition for record in said}) == 8


async def test_a_replica_waits_for_a_bus_that_is_away(works: Works, fresh_kafka: EmbeddedKafka) -> None:
    fresh_kafka.kill()
    colours = Colours(works.clock)
    task = asyncio.create_task(replicas.follow([colours.replica], fresh_kafka.bootstrap))
    await asyncio.sleep(0.2)
    assert not colours.replica.ready
    assert not task.done()
    await ended(task)
