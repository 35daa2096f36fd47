"""Reaching the bus; and nothing makes a topic by touching it."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ConsumerStoppedError, KafkaConnectionError, NodeNotReadyError, UnknownTopicOrPartitionError

from deploy.launcher.processes.child import free_port
from deploy.topics import load_topics
from shared.bus import consumer as bus
from shared.bus import kafka
from shared.bus import mends as aiokafka_mends
from shared.bus.kafka import UnknownTopic, asking, connection, partitions, start
from shared.events.checkpoint import PASSAGES
from shared.events.isolation import CASES
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.broker


async def test_asking_for_a_topic_or_publishing_there_does_not_make_it(
    producer: AIOKafkaProducer, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer.client, "_request_timeout_ms", 300)
    with pytest.raises(UnknownTopic, match=r"nobody\.asked\.v1: create it with 'lastmetre topics create'"):
        await partitions(kafka_bootstrap, PASSAGES, "nobody.asked.v1")
    with pytest.raises(UnknownTopicOrPartitionError):
        await producer.send_and_wait("nobody.published.v1", b"{}")
    admin = AIOKafkaAdminClient(**connection(kafka_bootstrap))
    await admin.start()
    assert not [topic for topic in await admin.list_topics() if topic.startswith("nobody.")]
    await admin.close()


async def test_partitions_of_several_topics_are_asked_for_again_when_the_broker_is_too_busy_to_be_connected_to(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    connect = aiokafka_mends._connect

    async def busy(*where: Any, **how: Any) -> Any:
        asked.append(len(asked))
        if asked[-1] in (1, 2):  # the first one finds the brokers; the next is to be asked
            raise TimeoutError
        return await connect(*where, **how)

    monkeypatch.setattr(aiokafka_mends, "_connect", busy)
    listed = await partitions(kafka_bootstrap, PASSAGES, CASES)
    assert {place.topic for place in listed} == {PASSAGES, CASES}
    assert len(listed) == sum(topic.partitions for topic in load_topics() if topic.name in (PASSAGES, CASES))
    assert len(asked) >= 4
    monkeypatch.setattr(kafka, "ANSWER_MS", 300)
    monkeypatch.setattr(aiokafka_mends, "_connect", connect_once(connect))
    with pytest.raises(NodeNotReadyError):
        await partitions(kafka_bootstrap, PASSAGES)


def connect_once(connect: Any) -> Any:
    """Return what connects to where the brokers are found, and to none of them afterwards."""
    left = iter([connect])

    async def once(*where: Any, **how: Any) -> Any:
        if (one := next(left, None)) is None:
            raise TimeoutError
        return await one(*where, **how)

    return once


async def test_a_consumer_that_has_just_lost_its_partitions_ends_when_it_is_stopped(kafka_bootstrap: str) -> None:
    consumer = AIOKafkaConsumer(**connection(kafka_bootstrap), fetch_max_wait_ms=5_000)
    await consumer.start()
    consumer.assign(await partitions(kafka_bootstrap, PASSAGES))
    await consumer.seek_to_end()
    while await consumer.getmany(timeout_ms=50):  # other tests' events
        pass
    # Now what it asks the bus for is under way.
    consumer.unsubscribe()
    ending = asyncio.create_task(consumer.stop())
    await asyncio.wait({ending}, timeout=PATIENCE_S)  # a timeout that cancels would be what ends it
    assert ending.done()
    with pytest.raises(ConsumerStoppedError):
        await consumer.getmany(timeout_ms=100)


async def test_a_consumer_that_waits_to_ask_a_broker_again_ends_whole(
    kafka_bootstrap: str, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = AIOKafkaConsumer(**connection(kafka_bootstrap))
    await consumer.start()
    consumer._fetcher._retry_backoff = 60.0
    consumer.assign(await partitions(kafka_bootstrap, PASSAGES))
    await consumer.seek_to_end()

    def cut_off() -> bool:
        for way in consumer._client._conns.values():
            way.close()
        return "Failed fetch messages" in caplog.text

    await eventually(cut_off)
    await consumer.stop()
    assert consumer._client._sync_task is None  # what is closed last


async def test_one_address_of_several_that_answers_is_enough(kafka_bootstrap: str) -> None:
    several = f"127.0.0.1:{free_port()},{kafka_bootstrap}"
    producer = bus.producer(several)
    await producer.start()
    await producer.stop()
    broker = bus.broker(several, "isolation")
    await broker.start()
    await broker.stop()


async def test_a_broker_that_takes_connections_and_says_nothing_is_given_up_before_an_answer_would_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = asyncio.Event()
    silent = await asyncio.start_server(lambda *_: taken.set(), "127.0.0.1", 0)
    monkeypatch.setattr(aiokafka_mends, "CONNECT_S", 0.2)
    producer = bus.producer(f"127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    monkeypatch.setattr(producer.client, "_request_timeout_ms", 3_600_000)
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(KafkaConnectionError, match="bootstrap"):
            await producer.start()
    assert taken.is_set()
    await producer.stop()
    silent.close()


async def test_a_client_that_asks_once_asks_a_busy_bus_again_and_gives_an_absent_one_up_at_once(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, asked = aiokafka_mends._connect, 0

    async def busy(*where: Any, **how: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise TimeoutError
        return await connect(*where, **how)

    monkeypatch.setattr(aiokafka_mends, "_connect", busy)
    consumer = AIOKafkaConsumer(**asking(kafka_bootstrap))
    await start(consumer, kafka_bootstrap)
    assert asked == 3
    assert consumer._client._request_timeout_ms == kafka.ANSWER_MS
    consumer.assign(await partitions(kafka_bootstrap, PASSAGES))
    await consumer.getmany(timeout_ms=0)
    await consumer.stop()
    absent = f"127.0.0.1:{free_port()}"
    consumer, began = AIOKafkaConsumer(**asking(absent)), asyncio.get_running_loop().time()
    with pytest.raises(KafkaConnectionError):
        await start(consumer, absent)
    assert asyncio.get_running_loop().time() - began < kafka.ANSWER_MS / 2_000
    await consumer.stop()
