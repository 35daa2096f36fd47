"""A bus with empty topics; with `TEST_KAFKA=apache` every bus is an Apache Kafka."""

import asyncio
import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Coroutine, Sequence
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
RUN = "TEST_RUN"  # the variable that names a directory which all workers of a run share
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
    """Return the storage of an Apache Kafka with every topic and nothing in them, made once in a run of the tests.

    A broker on a copy of it starts in half the time of one that formats a storage and makes the topics.
    """
    directory = _directory_of_run()
    prepared = directory / "prepared"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a run need it at the same time
        if not prepared.exists():
            server = server_in(directory).start()
            run_apart(create_missing(server.bootstrap, within_s=PATIENCE_S))
            assert server.stop(PATIENCE_S), "the broker did not end: its storage may not be whole"
            (directory / STORAGE).rename(prepared)
    return prepared


def _directory_of_run() -> Path:
    """Return the directory that `tests/conftest.py` has made for all workers, or one for this process."""
    if named := os.environ.get(RUN):
        directory = Path(named) / "kafka"
        directory.mkdir(exist_ok=True)
        return directory
    directory = Path(tempfile.mkdtemp(prefix="lastmetre-kafka-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


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


class Fresh:
    """Brokers for tests of one worker, one after another, each with every topic and nothing in them.

    An Apache Kafka that a test has neither killed nor left a member of a group on is emptied for the next test: a start
    takes a JVM six seconds of processor time.
    """

    def __init__(self) -> None:
        self._spare: BusServer | None = None

    def take(self, directory: Path) -> BusServer:
        """Return a broker that the caller gives back; a new one is in `directory`."""
        spare, self._spare = self._spare, None
        if spare is None:
            return new_bus(directory)
        run_apart(empty(spare.bootstrap, others=True))
        run_apart(_usable(spare.bootstrap))
        return spare

    def give_back(self, server: BusServer, began: Sequence[int]) -> None:
        """Keep a broker whose processes are those that `began`, and whose groups have no member; kill another."""
        same = isinstance(server, ApacheKafka) and pids(server) == began
        if same and run_apart(_has_no_member(server.bootstrap)):
            self._spare = server
        else:
            server.kill()

    def end(self) -> None:
        """Kill the broker that is kept."""
        if self._spare is not None:
            self._spare.kill()


def pids(server: BusServer) -> list[int]:
    """Return the processes of a broker, or of each broker, that run."""
    parts = server.brokers if isinstance(server, ApacheKafka) else [server]
    return [part.child.pid for part in parts if part.child is not None and part.child.running]


async def _has_no_member(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        groups = [group for group, *_ in await admin.list_consumer_groups()]
        described = await admin.describe_consumer_groups(groups) if groups else []
        return not any(members for answer in described for _, _, _, _, _, members, *_ in answer.groups)
    except KafkaError:
        return False
    finally:
        await admin.close()


async def empty(bootstrap: str, others: bool = False) -> None:
    """Delete and create again every declared topic on a server, and delete the `others`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        declared = {topic.name for topic in load_topics()}
        present = [name for name in await admin.list_topics() if name in declared or (others and name[:2] != "__")]
        if present:
            await admin.delete_topics(present)
    finally:
        await admin.close()

    async def create_topics() -> bool:
        try:
            await create_missing(bootstrap)
        except TopicsDiffer as error:  # a deletion that is still under way
            raise AssertionError(str(error)) from None
        return True

    await eventually(create_topics, poll=0.5)
