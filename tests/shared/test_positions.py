"""How much lies ahead of a consumer: never 0 while something is fetched but not handled."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.bus.positions import Positions
from shared.events.isolation import MEASUREMENTS
from tests.support.bus import BusServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker

PLACE = TopicPartition(MEASUREMENTS, 0)


@pytest_asyncio.fixture
async def consumer(fresh_kafka: BusServer) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of one partition that holds five records in one batch."""
    producer = AIOKafkaProducer(bootstrap_servers=fresh_kafka.bootstrap, linger_ms=50)
    await producer.start()
    for number in range(5):
        await producer.send(MEASUREMENTS, b"%d" % number, partition=0)
    await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=fresh_kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([PLACE])
    yield consumer
    await consumer.stop()


async def test_what_lies_ahead_counts_until_it_is_handled_not_until_it_is_fetched(consumer: AIOKafkaConsumer) -> None:
    positions = Positions()
    assert positions.ahead(consumer, MEASUREMENTS) == 1  # nothing is known yet
    await positions.learn(consumer)
    fetched = (await consumer.getmany(timeout_ms=5_000, max_records=3))[PLACE]
    assert len(fetched) == 3
    await positions.learn(consumer)
    assert positions.ahead(consumer, MEASUREMENTS) == 5
    positions.came_to({PLACE: 3})
    assert positions.ahead(consumer, MEASUREMENTS) == 2
    positions.came_to({PLACE: 5})
    assert positions.ahead(consumer, MEASUREMENTS) == 0
    assert positions.ahead(consumer, "isolation.measurements.v1") == 0


async def test_after_a_change_of_hands_nothing_is_known_until_it_is_learnt_again(consumer: AIOKafkaConsumer) -> None:
    positions = Positions()
    positions.came_to({PLACE: 5})
    await eventually(lambda: positions.ahead(consumer, MEASUREMENTS) == 0)
    positions.forget()
    assert positions.ahead(consumer, MEASUREMENTS) == 1
    await positions.learn(consumer)
    assert positions.ahead(consumer, MEASUREMENTS) == 5


@pytest.mark.parametrize("position", [3, 5, 7])
async def test_what_is_in_hand_is_not_passed_over_by_what_is_learnt(consumer: AIOKafkaConsumer, position: int) -> None:
    consumer.seek(PLACE, position)
    positions = Positions()
    positions.came_to({PLACE: 2})
    await positions.learn(consumer)
    await eventually(lambda: positions.ahead(consumer, MEASUREMENTS) == 3)
