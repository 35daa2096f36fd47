"""Child processes: each in a session of its own, writing to a log file, and never outliving this process."""

import atexit
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from deploy.launcher.processes import watchdog

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
# Below the range of ports for outgoing connections, so that no such connection uses a service's port
# while that service restarts.
_PORTS = (15_000, 32_000)
_MOST_HELD = 64
_held: deque[socket.socket] = deque()
_LOG_TAIL_BYTES = 16_384


class Watchdog:
    """Ends our children after this process has died, and keeps `held` files (locks) open until then."""

    def __init__(self, held: Sequence[int] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            pass_fds=held,
        )

    def watch(self, pid: int) -> None:
        """Add the process group that `pid` leads."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """Remove a group that has ended, before its number is used again."""
        self._tell(f"-{pid}")

    def close(self) -> None:
        """End whatever is still watched, and the watchdog."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # it was opened as a pipe
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


@cache
def shared_watchdog() -> Watchdog:
    """Return this process's own watchdog, for children that were given none."""
    guard = Watchdog()
    atexit.register(guard.close)
    return guard


class Process(Protocol):
    """A process that was started: of `subprocess.Popen` what `Child` needs."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended. Raises `subprocess.TimeoutExpired`."""

    def terminate(self) -> None:
        """Send SIGTERM."""

    def kill(self) -> None:
        """Send SIGKILL."""


def execute(command: Sequence[str], output: IO[bytes], env: Mapping[str, str] | None) -> Process:
    """Start a command in a session of its own, without input; `env` None: with the environment of this process."""
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=None if env is None else dict(env),
        start_new_session=True,
    )


class Child:
    """One running process, the leader of its own session: a Ctrl-C at the terminal does not reach it."""

    start = staticmethod(execute)

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        guard: Watchdog | None = None,
    ) -> None:
        self.log = log
        self._guard = guard or shared_watchdog()
        self._swept = False
        with log.open("ab") as output:
            self._process = self.start(command, output, env)
        self._guard.watch(self._process.pid)

    @property
    def pid(self) -> int:
        """The number of the process, and of the group it leads."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        if self._process.poll() is None:
            return True
        self._sweep()
        return False

    @property
    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def end(self, grace_s: float) -> bool:
        """Send SIGTERM, wait `grace_s` seconds, then kill. Return whether it ended by itself."""
        self.ask_to_end()
        return self.wait(grace_s)

    def wait(self, grace_s: float) -> bool:
        """Wait `grace_s` seconds, then kill it and what it started. Return whether it ended by itself."""
        try:
            self._process.wait(max(grace_s, 0))
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._sweep()
        return True

    def kill(self) -> None:
        """Kill it at once, with everything it started."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._sweep()

    def _sweep(self) -> None:
        if self._swept:
            return
        self._swept = True  # once only: later another process may have the number
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._guard.forget(self.pid)

    def last_lines(self, count: int = 8) -> str:
        """Return the last `count` lines of its log."""
        return last_lines(self.log, count)


def last_lines(log: Path, count: int) -> str:
    """Return the last `count` lines of a log file, empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def port_is_free(port: int) -> bool:
    """Whether a server could listen on that port of this machine's loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return not accepts(port)


def free_port(taken: Sequence[int] = ()) -> int:
    """Return a free port that is not among `taken` and that this function gives to no other process meanwhile.

    This process keeps the UDP port of the same number bound for its next `_MOST_HELD` ports, because a server begins
    to listen some seconds after the choice of its port.
    """
    while True:
        port = _PORTS[0] + secrets.randbelow(_PORTS[1] - _PORTS[0])
        if port not in taken and hold_port(port) and _is_unused(port):
            return port


def hold_port(port: int) -> bool:
    """Hold a port against the `free_port` of every process, as long as one that it returned; return whether it is."""
    twin = socket.socket(type=socket.SOCK_DGRAM)
    try:
        twin.bind((HOST, port))
    except OSError:
        twin.close()
        return False
    _held.append(twin)
    if len(_held) > _MOST_HELD:
        _held.popleft().close()
    return True


def _is_unused(port: int) -> bool:
    """Whether any program could bind that port, even without SO_REUSEADDR: no closed connection still waits on it."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether a server listens on that port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def started_at(pid: int) -> str | None:
    """Return the start of process `pid`, to distinguish it from a later process of that number; None if it ended."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None
