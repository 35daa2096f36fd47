"""The embedded pair as processes."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError

from deploy.launcher.disk import require_space
from deploy.launcher.errors import (
    DirectoryUnusable,
    DiskFull,
    MissingBinary,
    PortInUse,
    ServerUnreachable,
    TopicsDiffer,
)
from deploy.launcher.processes.child import accepts, started_at
from deploy.launcher.servers import embedded as servers
from deploy.launcher.servers.embedded import EmbeddedKafka, EmbeddedMongo
from deploy.launcher.servers.store_server import PYTHON, VARIABLE
from deploy.launcher.servers.topics import create_missing, differences, partitions_of
from deploy.topics import load_topics
from shared.store.mongo import connect
from tests.support.bus import server_in

pytestmark = pytest.mark.store


async def test_the_store_keeps_what_it_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    server = EmbeddedMongo(tmp_path / "data", tmp_path)
    with server:
        client = connect(server.url)
        await client.city.people.insert_one({"_id": "a"})
        client.close()
        server.kill()
        assert not server.running
        server.start()
        client = connect(server.url)
        assert await client.city.people.find_one({"_id": "a"}) == {"_id": "a"}
        client.close()
    assert not accepts(server.port)


@pytest.mark.broker
async def test_the_bus_has_every_topic_of_the_file_and_making_them_again_changes_nothing(
    tmp_path: Path,
) -> None:
    with server_in(tmp_path) as server:
        assert len(await create_missing(server.bootstrap)) == len(load_topics())
        assert await create_missing(server.bootstrap) == []
        assert differences(load_topics(), await partitions_of(server.bootstrap)) == []


@pytest.mark.broker
async def test_a_topic_with_other_partitions_than_the_file_says_is_named(kafka_bootstrap: str) -> None:
    one = load_topics()[0]
    other = one.model_copy(update={"partitions": one.partitions + 1})
    with pytest.raises(TopicsDiffer, match=f"{one.name} has {one.partitions} partitions, the file says"):
        await create_missing(kafka_bootstrap, topics=[other])


async def test_a_bus_that_does_not_answer_is_an_error(free_port: int) -> None:
    with pytest.raises(ServerUnreachable, match="No Kafka server answers"):
        await create_missing(f"127.0.0.1:{free_port}", within_s=0.3)


@pytest.mark.parametrize(
    ("client", "call"),
    [(AIOKafkaAdminClient, "list_topics"), (AIOKafkaAdminClient, "create_topics"), (AIOKafkaConsumer, "start")],
)
@pytest.mark.broker
async def test_a_broker_that_answers_and_knows_of_no_broker_yet_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Any, call: str
) -> None:
    asks, refusals = getattr(client, call), [NodeNotReadyError(), NodeNotReadyError()]

    async def comes_up(*args: Any, **options: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await asks(*args, **options)

    monkeypatch.setattr(client, call, comes_up)
    with server_in(tmp_path) as server:
        assert sorted(await create_missing(server.bootstrap)) == sorted(topic.name for topic in load_topics())
        assert refusals == []
        assert await create_missing(server.bootstrap) == []


@pytest.mark.broker
async def test_a_bus_that_answers_and_is_slow_has_longer_than_one_that_does_not_answer(tmp_path: Path) -> None:
    with server_in(tmp_path) as server:
        assert len(await create_missing(server.bootstrap, within_s=0.01)) == len(load_topics())


def test_servers_end_by_themselves(tmp_path: Path) -> None:
    pair = [EmbeddedKafka(tmp_path).start(), EmbeddedMongo(tmp_path / "data", tmp_path).start()]
    pids = [server.child.pid for server in pair if server.child]
    assert [server.stop(30) for server in pair] == [True, True]
    assert [started_at(pid) for pid in pids] == [None, None]


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=f"Port {port} for kafka is in use"):
            EmbeddedKafka(tmp_path, port).start()


def test_a_missing_broker_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "nothing"))
    with pytest.raises(MissingBinary, match="The Kafka broker is missing"):
        EmbeddedKafka(tmp_path).start()


def test_a_missing_store_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PYTHON)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingBinary, match="secantusd-py is not installed"):
        servers.EmbeddedMongo(tmp_path / "data", tmp_path).start()


def test_a_store_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with (
        EmbeddedMongo(tmp_path / "data", tmp_path / "first"),
        pytest.raises(ServerUnreachable, match=r"mongo did not start; its log .*mongo\.log ends: .+"),
    ):
        EmbeddedMongo(tmp_path / "data", tmp_path / "second").start()


def test_a_disk_with_too_little_room_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"MB left and .* MB are needed"):
        EmbeddedMongo(tmp_path / "data", tmp_path, minimum_free=1 << 60).start()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_accepts_no_more_data_is_an_error(tmp_path: Path) -> None:
    (tmp_path / f".probe-{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="is full"):
        require_space(tmp_path, 0)


def test_a_directory_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DirectoryUnusable, match="cannot be used"):
        require_space(tmp_path / "file" / "below")
