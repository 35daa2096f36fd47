"""The figures that alerts stand on keep moving when the bus is away: that is when operators look at them."""

import asyncio
from datetime import timedelta

from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from shared.base.clock import FixedClock, SystemClock
from shared.bus import consumer as bus
from shared.envelope.event import MARKER_TYPE
from shared.events.registration import StandingChanged
from shared.outbox.relay import Relay
from shared.replicas.replica import Replica, follow
from shared.store.mongo import Database
from shared.store.unit_of_work import OUTBOX
from tests.support.bus import BusServer
from tests.support.service import MORNING
from tests.support.waiting import eventually


class _Marker:
    offset, key, value = 0, b"", b""
    headers = (("ce_type", MARKER_TYPE.encode()), ("ce_time", MORNING.isoformat().encode()))


async def test_a_replica_grows_old_while_the_bus_is_away(free_port: int) -> None:
    clock = FixedClock(MORNING)
    replica = Replica(StandingChanged.topic, lambda event: None, clock)
    replica.expect({0})
    replica.read(0, [_Marker()])
    following = asyncio.create_task(follow([replica], f"127.0.0.1:{free_port}"))
    await asyncio.sleep(0)
    clock.advance(timedelta(minutes=2))
    assert REGISTRY.get_sample_value("lastmetre_replica_age_seconds", {"topic": StandingChanged.topic}) == 120
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_the_outbox_is_counted_while_the_bus_is_away(database: Database, fresh_kafka: BusServer) -> None:
    producer: AIOKafkaProducer = bus.producer(fresh_kafka.bootstrap)
    await producer.start()
    wake = asyncio.Event()
    relay = Relay(database, producer, fresh_kafka.bootstrap, "registration", [StandingChanged], wake, SystemClock())
    relaying = asyncio.create_task(relay.run())
    fresh_kafka.kill()
    waiting = [{"_id": str(n), "topic": StandingChanged.topic, "events": [], "published_at": None} for n in range(3)]
    await database[OUTBOX].insert_many(waiting)
    await eventually(lambda: REGISTRY.get_sample_value("lastmetre_outbox_pending") == 3)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    await producer.stop()
