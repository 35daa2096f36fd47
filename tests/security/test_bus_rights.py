"""The bus of docker-compose.yml, on a real Apache Kafka: without its password a client has nothing, with it its own."""

import os
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from deploy.cli.main import main
from deploy.cluster.traffic import traffic_of
from deploy.kafka.broker import Broker, Node
from deploy.kafka.jars import jars, java
from deploy.launcher.processes.child import HOST, ROOT, free_port
from deploy.services import SERVICES
from shared.bus import consumer as bus
from shared.bus.kafka import connection
from shared.events.checkpoint import PASSAGES, PERMITS
from shared.events.isolation import CASES
from shared.events.registration import STANDINGS
from tests.support.bus import NEEDS_APACHE
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.broker, NEEDS_APACHE]

CONTAINERS: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
USERS = ("supply", "checkpoint")  # each costs a JVM
PASSWORD = "0f" * 16
OTHERS = (  # a topic that supply neither reads nor writes, and two that it may read
    (STANDINGS, False),
    (PERMITS, False),
    ("registration.residents.v1", True),
    (CASES, True),
)


def properties(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return the broker's settings as the image makes them of its environment."""
    named = {name.removeprefix("KAFKA_").lower(): str(value) for name, value in environment.items()}
    return {
        name.replace("___", "-").replace("_", "."): value for name, value in named.items() if name not in _OF_THE_IMAGE
    }


_OF_THE_IMAGE = ("cluster_id", "heap_opts")


class ComposeKafka(Broker):
    """The broker of docker-compose.yml on this machine: its own settings, other ports and another directory."""

    def __init__(self, directory: Path) -> None:
        self.ports: dict[str, int] = {}
        for name in ("9092", "9093", "9094"):
            self.ports[name] = free_port([*self.ports.values()])
        super().__init__([Node(1, self.ports["9094"], self.ports["9093"])], 0, directory, directory)

    def prepare(self) -> None:
        self._storage.mkdir(parents=True, exist_ok=True)
        settings = properties(CONTAINERS["kafka"]["environment"]) | {"log.dirs": str(self._storage / "data")}
        text = "".join(f"{name}={self._moved(value)}\n" for name, value in settings.items())
        self._settings.write_text(text)
        self._format()

    def _moved(self, value: str) -> str:
        for name, port in self.ports.items():
            for host in ("kafka", "localhost", ""):
                value = value.replace(f"//{host}:{name}", f"//{HOST}:{port}").replace(
                    f"@{host}:{name}", f"@{HOST}:{port}"
                )
        return value

    @property
    def clients(self) -> str:
        """The address for services."""
        return f"{HOST}:{self.ports['9092']}"

    @property
    def local(self) -> str:
        """The address that compose's containers beside the broker use."""
        return f"{HOST}:{self.ports['9094']}"


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeKafka]:
    """The broker, prepared by what compose's containers `topics`, `rights` and `bus-users` run."""
    directory = tmp_path_factory.mktemp("compose-kafka")
    broker = ComposeKafka(directory)
    broker.start()
    try:
        for container in ("topics", "rights"):
            command = [broker.local if part == "localhost:9094" else part for part in CONTAINERS[container]["command"]]
            assert command[0] == "lastmetre"
            assert main(command[1:]) == 0
        _make_users(broker, directory)
        yield broker
    finally:
        broker.kill()


def _make_users(broker: ComposeKafka, directory: Path) -> None:
    """Run the script of the container `bus-users`, with the tool that Kafka's own scripts run."""
    tool = directory / "kafka-configs.sh"
    options = f'-Xmx64m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "{jars()}/*"'
    tool.write_text(f'#!/bin/sh\nexec {java()} {options} kafka.admin.ConfigCommand "$@"\n')
    tool.chmod(stat.S_IRWXU)
    (script,) = [volume.split(":")[0] for volume in CONTAINERS["bus-users"]["volumes"]]
    passwords = {f"{user.upper()}_PASSWORD": PASSWORD for user in USERS}
    environment = os.environ | passwords | {"SERVICES": " ".join(USERS), "KAFKA_BIN": str(directory)}
    bash = shutil.which("bash")
    assert bash is not None
    subprocess.run([bash, str(ROOT / script)], env=environment | {"BOOTSTRAP": broker.local}, check=True, timeout=120)


def login(monkeypatch: pytest.MonkeyPatch, user: str, password: str = PASSWORD) -> None:
    """Have this process connect as a service does."""
    monkeypatch.setenv("LASTMETRE_KAFKA_USER", user)
    monkeypatch.setenv("LASTMETRE_KAFKA_PASSWORD", password)


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = bus.producer(bootstrap)
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


async def reads(bootstrap: str, topic: str, group: str | None = None) -> None:
    """Read a topic. Raises `KafkaError` where that is not allowed."""
    consumer = AIOKafkaConsumer(topic, **connection(bootstrap), group_id=group, auto_offset_reset="earliest")
    try:
        await consumer.start()
        await consumer.getmany(timeout_ms=500)
    finally:
        await consumer.stop()


async def test_a_client_without_a_password_or_with_a_wrong_one_gets_nothing(
    kafka: ComposeKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KafkaError):
        async with producing(kafka.clients):
            pass
    login(monkeypatch, "supply", "another")
    with pytest.raises((AuthenticationFailedError, KafkaError)):
        async with producing(kafka.clients):
            pass


async def test_a_service_s_user_writes_its_own_topics_and_no_other_service_s(
    kafka: ComposeKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(monkeypatch, "supply")
    async with producing(kafka.clients) as producer:
        for topic in traffic_of("supply").written:
            await producer.send_and_wait(topic, b"{}", key=b"k")
        for topic, _ in OTHERS:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"{}", key=b"k")
    login(monkeypatch, "checkpoint")
    async with producing(kafka.clients) as producer:
        await producer.send_and_wait(PASSAGES, b"{}", key=b"k")
        with pytest.raises(TopicAuthorizationFailedError):  # what it reads and acts on
            await producer.send_and_wait(STANDINGS, b"{}", key=b"k")


async def test_a_service_s_user_reads_what_its_code_reads_and_no_more(
    kafka: ComposeKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(monkeypatch, "supply")
    for topic, allowed in OTHERS:
        if allowed:
            await reads(kafka.clients, topic, "supply")
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await reads(kafka.clients, topic)
    with pytest.raises(GroupAuthorizationFailedError):
        await reads(kafka.clients, CASES, "notification")


async def test_every_kind_of_client_reaches_the_bus_with_a_password(
    kafka: ComposeKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(monkeypatch, "supply")
    broker = bus.broker(kafka.clients, "supply")
    await broker.start()
    assert await broker.ping(timeout=PATIENCE_S)
    await broker.stop()


def test_rights_are_given_once_and_those_that_no_code_needs_are_taken_away(
    kafka: ComposeKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", "allow", "--bootstrap", kafka.local]) == 0
    assert "0 rights were given, 0 were taken away" in capsys.readouterr().out


def test_compose_gives_no_service_a_way_around_its_password() -> None:
    settings = properties(CONTAINERS["kafka"]["environment"])
    listeners = dict(one.split("://") for one in settings["listeners"].split(","))
    protocols = dict(one.split(":") for one in settings["listener.security.protocol.map"].split(","))
    for name, address in listeners.items():
        assert protocols[name].startswith("SASL") or address.startswith("localhost:"), name
    assert "ports" not in CONTAINERS["kafka"]
    assert not [name for name in SERVICES if "network_mode" in CONTAINERS[name]]
