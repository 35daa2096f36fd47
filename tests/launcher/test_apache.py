"""`lastmetre up --kafka apache`: Apache Kafka's brokers, kept like the embedded servers."""

import asyncio
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.protocol.admin import DescribeConfigsRequest

from deploy.kafka import jars
from deploy.kafka.broker import Node, properties
from deploy.kafka.cluster import ApacheKafka
from deploy.launcher.errors import BadOption, MissingBinary
from deploy.launcher.servers.bus import apache_brokers
from deploy.launcher.servers.topics import create_missing, partitions_of
from deploy.topics import load_topics
from tests.launcher.conftest import Start, processes_that_mention
from tests.support.bus import NEEDS_APACHE
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker

SLOW_S = 240.0  # a broker of Apache Kafka comes up slowly where everything else does too
PLACE = TopicPartition("isolation.measurements.v1", 0)


async def say(bootstrap: str, text: bytes) -> None:
    """Have the bus acknowledge a record."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait(PLACE.topic, text, partition=PLACE.partition)
    await producer.stop()


async def records_of(bootstrap: str) -> list[bytes | None]:
    """Return the records on the bus."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([PLACE])
    records = await consumer.getmany(PLACE, timeout_ms=10_000)
    await consumer.stop()
    return [record.value for record in records.get(PLACE, [])]


@NEEDS_APACHE
def test_the_bus_is_kept_with_the_data_and_a_killed_broker_is_started_again(up: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = up("--services", "supply", "--kafka", "apache", data=data)
    first.wait_for("Ready", SLOW_S)
    first.wait_for("kafka         ready")
    asyncio.run(say(first.city.kafka, b"kept"))
    (pid,) = [p for p in processes_that_mention("kafka.Kafka") if p in processes_that_mention(str(data / "kafka"))]
    os.kill(pid, signal.SIGKILL)
    first.wait_for("kafka was killed by SIGKILL: restarting in 1 s")
    first.wait_for("kafka is started again", SLOW_S)
    assert first.end() == 0
    again = up("--services", "supply", "--kafka", "apache", data=data)
    again.wait_for("Ready", SLOW_S)
    assert asyncio.run(records_of(again.city.kafka)) == [b"kept"]
    assert again.end() == 0
    assert not processes_that_mention(str(data))


@NEEDS_APACHE
def test_the_data_of_a_bus_that_missed_events_of_another_one_is_removed(up: Start, tmp_path: Path) -> None:
    kept = tmp_path / "data" / "kafka" / "1"
    kept.mkdir(parents=True)
    launcher = up("--services", "supply", "--kafka", "apache:3", data=tmp_path / "data")
    launcher.wait_for("Ready", SLOW_S)
    assert not kept.exists()
    for number in (1, 2, 3):
        launcher.wait_for(f"kafka-{number}       ready")
    assert asyncio.run(partitions_of(launcher.city.kafka)) == {t.name: t.partitions for t in load_topics()}
    assert launcher.end() == 0


@NEEDS_APACHE
async def test_topics_wait_for_as_many_brokers_as_they_have_copies(tmp_path: Path) -> None:
    cluster = ApacheKafka(tmp_path / "storage", tmp_path, 3)
    first, second, third = cluster.brokers
    for broker in cluster.brokers:
        await asyncio.to_thread(broker.prepare)
    try:
        first.spawn()
        second.spawn()
        making = asyncio.create_task(create_missing(cluster.bootstrap, 3, within_s=SLOW_S))
        done, _ = await asyncio.wait([making], timeout=5)
        assert not done  # two brokers cannot hold three copies
        third.spawn()
        assert len(await making) == len(load_topics())
        await see_configurations_follow_the_topic_file(cluster.bootstrap)
    finally:
        cluster.kill()


async def see_configurations_follow_the_topic_file(bootstrap: str) -> None:
    """A topic that an earlier version kept for hours becomes compacted, and keeps what an operator has stated of it."""
    name = "isolation.cases.v1"
    wanted = next(topic for topic in load_topics() if topic.name == name).config
    before = {"cleanup.policy": "delete", "retention.ms": "3600000", "max.message.bytes": "2000000"}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, before)])
        await eventually(lambda: every_broker_has_configured(admin, name, before))
        assert await create_missing(bootstrap, 3) == []
        await eventually(lambda: every_broker_has_configured(admin, name, before | wanted))
    finally:
        await admin.close()


async def every_broker_has_configured(admin: AIOKafkaAdminClient, topic: str, config: dict[str, str]) -> bool:
    """Return whether each broker answers with `config`: brokers learn of a change one after the other."""
    request = DescribeConfigsRequest([(ConfigResourceType.TOPIC, topic, None)], include_synonyms=False)
    for broker in (await admin.describe_cluster())["brokers"]:
        answer = await admin._send_request_to_node(broker["node_id"], request)  # the public call asks any broker
        assert config.items() <= {entry[0]: entry[1] for entry in answer.resources[0][4]}.items()
    return True


def test_what_is_acknowledged_is_on_two_of_three_brokers_and_nothing_makes_topics_by_itself(tmp_path: Path) -> None:
    nodes = [Node(1, 15_001, 15_002), Node(2, 15_003, 15_004), Node(3, 15_005, 15_006)]
    settings = properties(nodes, nodes[0], tmp_path)
    assert (settings["default.replication.factor"], settings["min.insync.replicas"]) == (3, 2)
    assert settings["offsets.topic.replication.factor"] == 3
    assert settings["auto.create.topics.enable"] == "false"
    assert properties(nodes[:1], nodes[0], tmp_path)["min.insync.replicas"] == 1


def test_one_broker_or_three_can_be_asked_for_and_an_address_is_an_address() -> None:
    assert [apache_brokers(name) for name in ("apache", "apache:1", "apache:3")] == [1, 1, 3]
    assert [apache_brokers(name) for name in (None, "apache:9092", "kafka:9092")] == [0, 0, 0]
    with pytest.raises(BadOption, match="'apache:3' for three"):
        apache_brokers("apache:2")


def test_without_java_it_is_one_line_and_nothing_is_started(
    up: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    launcher = up("--kafka", "apache", data=tmp_path / "data")
    assert launcher.process.wait(60) == 4
    assert launcher.output.startswith(
        "lastmetre: Apache Kafka needs Java 17, and it is not installed: install it, or leave"
    )
    assert launcher.output.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_an_old_java_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "java", "echo 'openjdk version \"11.0.2\"' >&2")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(MissingBinary, match="is older: install it"):
        jars.java()


def test_jars_that_cannot_be_fetched_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "KEPT", tmp_path / "kafka")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingBinary, match="Maven fetches Apache Kafka's jars, and it is not installed: install it"):
        jars.jars()
    _program(tmp_path / "mvn", "echo '[ERROR] no network'; exit 1")
    with pytest.raises(MissingBinary, match=r"could not fetch Apache Kafka's jars \(\[ERROR\] no network\): try again"):
        jars.jars()
    assert not [place for place in (tmp_path / "kafka").iterdir() if place.is_dir()]


def test_two_who_want_the_jars_at_once_have_maven_bring_them_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "KEPT", tmp_path / "kafka")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    brings = 'for last; do :; done; mkdir "${last#-DoutputDirectory=}"; sleep 0.2'
    _program(tmp_path / "mvn", f"echo brought >> {tmp_path}/brought; {brings}")
    with ThreadPoolExecutor(2) as two:
        first, second = [two.submit(jars.jars) for _ in range(2)]
        assert first.result() == second.result()
    assert first.result().is_dir()
    assert (tmp_path / "brought").read_text() == "brought\n"


def _program(path: Path, does: str) -> None:
    shell = shutil.which("sh", path=os.defpath)
    path.write_text(f"#!{shell}\n{does}\n")
    path.chmod(0o755)
