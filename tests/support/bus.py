"""A bus with empty topics; with `TEST_KAFKA=apache` every bus is an Apache Kafka."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.kafka.cluster import ApacheKafka
from deploy.launcher.errors import TopicsDiffer
from deploy.launcher.servers.embedded import EmbeddedKafka
from deploy.launcher.servers.topics import create_missing
from deploy.topics import load_topics
from tests.support.waiting import PATIENCE_S, eventually

T = TypeVar("T")

BusServer = EmbeddedKafka | ApacheKafka
STORAGE = "storage"
APACHE = os.environ.get("TEST_KAFKA") == "apache"
UP_OPTIONS = ("--kafka", "apache") if APACHE else ()  # the options of `lastmetre up` in such a run
NEEDS_APACHE = pytest.mark.skipif(not APACHE, reason="Apache Kafka's own tests run with make test-kafka-broker")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from a synchronous fixture, outside the event loop of the tests."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


def server_in(directory: Path) -> BusServer:
    """Return a broker of this run's kind; the caller starts and stops it."""
    return ApacheKafka(directory / STORAGE, directory) if APACHE else EmbeddedKafka(directory)


def new_bus(directory: Path) -> BusServer:
    """Start a new broker with every topic on it; the caller stops it."""
    if APACHE:
        shutil.copytree(_prepared_storage(), directory / STORAGE)
    server = server_in(directory).start()
    run_apart(create_missing(server.bootstrap, within_s=PATIENCE_S))
    if APACHE:
        run_apart(_usable(server.bootstrap))
    return server


@cache
def _prepared_storage() -> Path:
    """Return the storage of an Apache Kafka with every topic and nothing in them, made once in a process.

    A broker on a copy of it starts in half the time of one that formats a storage and makes the topics.
    """
    directory = Path(tempfile.mkdtemp(prefix="lastmetre-kafka-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    server = server_in(directory).start()
    run_apart(create_missing(server.bootstrap, within_s=PATIENCE_S))
    assert server.stop(PATIENCE_S), "the broker did not end: its storage may not be whole"
    return directory / STORAGE


async def _usable(bootstrap: str) -> None:
    """Wait until every partition has a leader, and groups have a coordinator."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)

    async def coordinated() -> bool:
        try:
            await admin.find_coordinator("any")
        except KafkaError as error:
            raise AssertionError(str(error)) from None
        return True

    try:
        await consumer.start()
        await consumer.end_offsets([TopicPartition(t.name, n) for t in load_topics() for n in range(t.partitions)])
        await admin.start()
        await eventually(coordinated)
    finally:
        await consumer.stop()
        await admin.close()


async def lose_everything(server: BusServer) -> None:
    """Kill the broker, restart it on its port without its data, and create its topics."""
    server.kill()
    await start_empty(server)


async def start_empty(server: BusServer) -> None:
    """Restart a killed broker on its port without its data, and create its topics."""
    await start_bare(server)
    await create_missing(server.bootstrap, within_s=PATIENCE_S)


async def start_bare(server: BusServer) -> None:
    """Restart a killed broker on its port without its data and without topics."""
    if isinstance(server, ApacheKafka):
        server.forget()
    await asyncio.to_thread(server.start)


async def empty(bootstrap: str) -> None:
    """Delete and create again every topic on the server of `KAFKA_BOOTSTRAP`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        declared = {topic.name for topic in load_topics()}
        if present := declared.intersection(await admin.list_topics()):
            await admin.delete_topics(list(present))
    finally:
        await admin.close()

    async def create_topics() -> bool:
        try:
            await create_missing(bootstrap)
        except TopicsDiffer as error:  # a deletion that is still under way
            raise AssertionError(str(error)) from None
        return True

    await eventually(create_topics, poll=0.5)
