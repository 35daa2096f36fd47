"""One broker of Apache Kafka, which is a controller as well: its settings, its storage, its process."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.kafka.jars import jars, java, loaded_classes
from deploy.launcher.errors import ServerUnreachable
from deploy.launcher.processes.child import HOST, Watchdog
from deploy.launcher.servers.embedded import LocalServer
from shared.bus.kafka import MAX_MESSAGE_BYTES

HEAP_MB = 256
FORMAT_S = 60.0
# Small limits: a broker on one machine starts within seconds, and a hundred partitions stay small.
SMALL = {
    "num.network.threads": 2,
    "num.io.threads": 4,
    "log.index.size.max.bytes": 1 << 20,
    "log.cleaner.dedupe.buffer.size": 4 << 20,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    # The controllers fence a killed broker, and admit it again, after this time instead of 9 s.
    "broker.session.timeout.ms": 6_000,
    "broker.heartbeat.interval.ms": 1_000,
}
_JVM = (
    f"-Xms{HEAP_MB // 4}m",
    f"-Xmx{HEAP_MB}m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)


class Node(NamedTuple):
    """The ports of a broker: for clients, for the other controllers, and for clients that connect through a door.

    `door` is the port that the broker advertises to such clients instead of its own; 0 for no door.
    """

    id: int
    port: int
    controller_port: int
    door: int = 0
    door_port: int = 0


class Broker(LocalServer):
    """A broker on a directory of its own; acknowledged records survive a kill."""

    start_s = 60.0

    def __init__(
        self, nodes: Sequence[Node], number: int, storage: Path, logs: Path, guard: Watchdog | None = None
    ) -> None:
        self._node, self._nodes = nodes[number], nodes
        self.name = "kafka" if len(nodes) == 1 else f"kafka-{self._node.id}"
        super().__init__(logs, self._node.port, guard)
        self._storage = storage / self.name
        self._settings = self._storage / "server.properties"

    @property
    def option(self) -> str:
        """The name of its `--port` option; with three brokers, that of the first."""
        return "kafka"

    def command(self) -> Sequence[str]:
        """Return the broker's command. Raises `MissingBinary`."""
        return [*_program(), "kafka.Kafka", str(self._settings)]

    def prepare(self) -> None:
        """Write its settings, and format its storage if it is new. Raises `LauncherError`."""
        self._storage.mkdir(parents=True, exist_ok=True)
        settings = properties(self._nodes, self._node, self._storage / "data")
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        formatted = self._storage / "formatted"
        if not formatted.exists():
            self._format()
            formatted.touch()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): it keeps its connections and answers nothing."""
        assert self.child is not None, f"{self.name} was not started"
        os.kill(self.child.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Continue it (SIGCONT)."""
        assert self.child is not None, f"{self.name} was not started"
        os.kill(self.child.pid, signal.SIGCONT)

    def forget(self) -> None:
        """Remove its storage, as the loss of its disk would. It must not run."""
        shutil.rmtree(self._storage, ignore_errors=True)

    def _format(self) -> None:
        cluster = ["--cluster-id", CLUSTER_ID, "--ignore-formatted"]
        command = [*_program(), "kafka.tools.StorageTool", "format", *cluster, "--config", str(self._settings)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=FORMAT_S)
        except subprocess.TimeoutExpired:
            raise ServerUnreachable(f"{self.name} could not format {self._storage} in {FORMAT_S:.0f} s") from None
        if done.returncode:
            reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise ServerUnreachable(f"{self.name} could not format {self._storage}: {''.join(reason)}")


# All brokers of a cluster have this id; brokers of different launchers never connect to each other.
CLUSTER_ID = "bGFzdG1ldHJlLWNpdHktMQ"


def properties(nodes: Sequence[Node], node: Node, data: Path) -> Mapping[str, object]:
    """Return the settings of one broker. Of three brokers, two have every acknowledged record."""
    copies, in_sync = (3, 2) if len(nodes) >= 3 else (1, 1)
    listeners = {"CLIENTS": node.port, "CONTROLLER": node.controller_port}
    advertised = {"CLIENTS": node.port}
    if node.door:
        listeners["DOOR"], advertised["DOOR"] = node.door_port, node.door
    return SMALL | {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": ",".join(f"{one.id}@{HOST}:{one.controller_port}" for one in nodes),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENTS",
        "listeners": _addresses(listeners),
        "advertised.listeners": _addresses(advertised),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "replica.fetch.max.bytes": 2 * MAX_MESSAGE_BYTES,
    }


def _addresses(listeners: Mapping[str, int]) -> str:
    return ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items())


def _program() -> list[str]:
    directory = jars()
    classes = loaded_classes(directory)
    faster = [f"-XX:SharedArchiveFile={classes}", "-Xlog:disable", "-Xlog:all=error"] if classes.exists() else []
    return [java(), *_JVM, *faster, "-cp", f"{directory}/*"]
