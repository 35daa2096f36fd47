"""Replicas of compacted topics."""

import asyncio
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from shared.base.clock import FixedClock
from shared.envelope import markers
from shared.envelope.event import encode
from shared.envelope.markers import Marker
from shared.events.registration import STANDINGS, Colour
from shared.outbox.relay import Relay
from shared.replicas import replica as replicas
from shared.replicas.replica import Replica
from tests.shared.conftest import Works, ended
from tests.shared.owning import Colours, Follow, mark, say
from tests.shared.samples import NOON, record_of, stamped, standing
from tests.support.bus import BusServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker


def test_a_replica_is_ready_when_every_partition_is_complete_and_read_to_its_end() -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.read(0, [mark(0)])
    assert not replica.ready  # it does not know yet which partitions there are
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


def test_what_was_filled_again_behind_its_back_is_not_called_complete_before_it_is_read_again() -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.expect({0})
    replica.read(0, [mark(3)])
    assert replica.as_of == NOON
    later = NOON + timedelta(minutes=1)
    replica.read(0, [mark(9, losses=1, at=later)])
    assert replica.as_of == NOON


@pytest.mark.parametrize("time", [b"", b"noon", b"\xff"])
def test_a_marker_that_cannot_be_read_does_not_count_and_does_not_stop_the_replica(time: bytes) -> None:
    replica = Replica(STANDINGS, lambda event: None, FixedClock(NOON))
    replica.expect({0})
    headers = tuple(h for h in markers.headers(Marker(NOON, -1)) if h[0] != "ce_time")
    replica.read(0, [mark(0, headers=(*headers, ("ce_time", time)))])
    assert not replica.ready


def test_an_unreadable_record_is_passed_over_and_counted() -> None:
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
    works: Works, relay: Relay, follow: Follow, fresh_kafka: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.replicas.replica.RECORDS", 1)
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


async def test_a_replica_waits_for_a_bus_that_is_away(works: Works, fresh_kafka: BusServer) -> None:
    fresh_kafka.kill()
    colours = Colours(works.clock)
    task = asyncio.create_task(replicas.follow([colours.replica], fresh_kafka.bootstrap))
    await asyncio.sleep(0.2)
    assert not colours.replica.ready
    assert not task.done()
    await ended(task)
