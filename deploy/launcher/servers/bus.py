"""The bus of a city on this machine: the embedded broker, Apache Kafka's brokers, or the server of `--kafka`."""

import re
import shutil
from collections.abc import Sequence
from typing import NamedTuple

from deploy.kafka.broker import Broker
from deploy.kafka.cluster import ApacheKafka
from deploy.launcher.directory import Directory
from deploy.launcher.errors import BadOption
from deploy.launcher.servers.embedded import EmbeddedKafka, LocalServer
from deploy.launcher.servers.topics import REACH_S

COUNTS = (1, 3)
_APACHE = re.compile(r"apache(?::(\d))?")


class Bus(NamedTuple):
    """The address for clients, the copies of a topic, the servers that the launcher runs, and their time to answer."""

    bootstrap: str
    replication: int = 1
    servers: Sequence[LocalServer] = ()
    answers_s: float = REACH_S


def apache_brokers(kafka: str | None) -> int:
    """Return the number of brokers of Apache Kafka for `apache` or `apache:3`, otherwise 0. Raises `BadOption`."""
    match = _APACHE.fullmatch(kafka or "")
    if match is None:
        return 0
    count = int(match[1] or 1)
    if count not in COUNTS:
        raise BadOption(f"--kafka {kafka}: choose 'apache' for one broker or 'apache:3' for three")
    return count


def bus_for(kafka: str | None, directory: Directory, port: int | None) -> Bus:
    """Return the bus of `--kafka`, the embedded one for None, without starting it. Raises `BadOption`."""
    if count := apache_brokers(kafka):
        apache = ApacheKafka(directory.kafka / str(count), directory.logs, count, port, directory.guard)
        return Bus(apache.bootstrap, apache.replication, apache.brokers, Broker.start_s)
    if kafka is not None:
        return Bus(kafka)
    embedded = EmbeddedKafka(directory.logs, port, directory.guard)
    return Bus(embedded.bootstrap, servers=[embedded])


def forget_others(kafka: str | None, directory: Directory) -> None:
    """Remove the data of brokers that do not run: they will miss the events from now on, and would not look empty."""
    chosen = str(apache_brokers(kafka))
    for kept in directory.kafka.glob("*"):
        if kept.name != chosen:
            shutil.rmtree(kept, ignore_errors=True)
