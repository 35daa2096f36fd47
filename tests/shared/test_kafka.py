"""Reaching the bus; and nothing makes a topic by touching it."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError

from deploy.local.processes import free_port
from shared import bus, kafka
from shared.dead_letters import partitions
from shared.kafka import connection


async def test_asking_for_a_topic_or_publishing_there_does_not_make_it(
    producer: AIOKafkaProducer, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer.client, "_request_timeout_ms", 300)
    with pytest.raises(LookupError, match="lastmetre topics create"):
        await partitions(kafka_bootstrap, "nobody.asked.v1")
    with pytest.raises(UnknownTopicOrPartitionError):
        await producer.send_and_wait("nobody.published.v1", b"{}")
    admin = AIOKafkaAdminClient(**connection(kafka_bootstrap))
    await admin.start()
    assert not [topic for topic in await admin.list_topics() if topic.startswith("nobody.")]
    await admin.close()


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
    monkeypatch.setattr(kafka, "CONNECT_S", 0.2)
    producer = bus.producer(f"127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    monkeypatch.setattr(producer.client, "_request_timeout_ms", 3_600_000)
    async with asyncio.timeout(60):
        with pytest.raises(KafkaConnectionError, match="bootstrap"):
            await producer.start()
    assert taken.is_set()
    await producer.stop()
    silent.close()
