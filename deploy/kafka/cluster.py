"""One or three brokers together."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from deploy.kafka.broker import Broker, Node
from deploy.launcher.processes.child import HOST, Watchdog, free_port
from deploy.launcher.servers.embedded import STOP_S, prepare_all

_POLL_S = 0.05


class ApacheKafka:
    """A durable cluster on loopback: acknowledged records survive a restart.

    With `doors`, clients that connect to `door_bootstrap` use these ports, one for each broker. A proxy must listen on
    each of them and forward to `brokers[n].door_port`.
    """

    def __init__(
        self,
        storage: Path,
        logs: Path,
        count: int = 1,
        port: int | None = None,
        guard: Watchdog | None = None,
        doors: bool = False,
    ) -> None:
        nodes: list[Node] = []
        taken = [port] if port else []
        for number in range(count):
            ports = []
            for _ in range(4 if doors else 2):
                taken.append(free_port(taken))
                ports.append(taken[-1])
            if port and number == 0:
                ports[0] = port
            nodes.append(Node(number + 1, *ports))
        self.nodes = nodes
        self.brokers = [Broker(nodes, number, storage, logs, guard) for number in range(count)]

    @property
    def bootstrap(self) -> str:
        """The addresses for clients."""
        return ",".join(f"{HOST}:{node.port}" for node in self.nodes)

    @property
    def door_bootstrap(self) -> str:
        """The addresses of the doors."""
        return ",".join(f"{HOST}:{node.door}" for node in self.nodes)

    @property
    def replication(self) -> int:
        """The number of copies of a topic."""
        return 3 if len(self.brokers) >= 3 else 1

    @property
    def running(self) -> bool:
        """Whether every broker's process runs."""
        return all(broker.running for broker in self.brokers)

    def start(self, within_s: float = Broker.start_s) -> Self:
        """Start the brokers and return once all accept connections. Raises `LauncherError`."""
        down: list[Broker] = [broker for broker in self.brokers if not broker.running]
        prepare_all(down)
        for broker in down:
            broker.spawn()
        deadline = time.monotonic() + within_s
        while not all([broker.accepting() for broker in self.brokers]):
            if time.monotonic() > deadline:
                self.kill()
                raise self.brokers[0].failure()
            time.sleep(_POLL_S)
        return self

    def stop(self, grace_s: float = STOP_S) -> bool:
        """End the brokers, by force after `grace_s` seconds. Return whether all ended by themselves."""
        with ThreadPoolExecutor(
            len(self.brokers)
        ) as apart:  # one after the other, the last broker would have no quorum
            return all(list(apart.map(lambda broker: broker.stop(grace_s), self.brokers)))

    def kill(self) -> None:
        """Kill all of them at once (SIGKILL)."""
        for broker in self.brokers:
            broker.kill()

    def forget(self) -> None:
        """Remove their storage. No broker may run."""
        for broker in self.brokers:
            broker.forget()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
