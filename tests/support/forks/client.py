"""Starts a child of `deploy.launcher.processes.child` by the host; what the host does not know, as a command."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import IO

from deploy.launcher.processes import child
from deploy.services import SERVICES
from tests.support.forks import host

SOCKET = "TEST_FORKS"  # the variable that names the host's socket to the workers of a run
SERVES = frozenset(f"services.{name}.main" for name in SERVICES)
LAUNCHES = frozenset({"tests.launcher.upright", "deploy.cli.main"})
HOST_STARTS_S, TEMPLATE_IMPORTS_S = 30.0, 60.0
MOST_BYTES = 1 << 20
_EXITED_BYTES = 32


class Host:
    """The host of one run of the tests, on a socket in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.path = str(directory / "forks")
        command = [sys.executable, "-m", host.__name__, self.path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=child.ROOT, start_new_session=True)

    def end(self) -> None:
        """End it and its templates; the children that are left end by their watchdogs."""
        assert self._process.stdin is not None  # it was opened as a pipe
        self._process.stdin.close()
        self._process.wait()


class Forked:
    """A process that the host has forked, with the methods of `subprocess.Popen` that are called."""

    def __init__(self, request: host.Request, output: IO[bytes], errors: IO[bytes] | None = None) -> None:
        self._exit_code: int | None = None
        self._connection = _connected()
        files = [output.fileno(), (errors or output).fileno()]
        socket.send_fds(self._connection, [request.encode()], files)
        self._connection.settimeout(TEMPLATE_IMPORTS_S)
        answer = self._connection.recv(_EXITED_BYTES)
        assert answer, f"{request.module} was not forked: the output of the tests names the reason"
        self.pid = int(answer)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code. Raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, timeout: float | None) -> int | None:
        if self._exit_code is None:
            self._connection.settimeout(timeout)
            try:
                answer = self._connection.recv(_EXITED_BYTES)
            except (BlockingIOError, TimeoutError):
                return None
            self._connection.close()
            self._exit_code = int(answer) if answer else -signal.SIGKILL  # the host has gone
        return self._exit_code


def execute(command: Sequence[str], output: IO[bytes], env: Mapping[str, str] | None) -> child.Process:
    """Fork a service from the host; start another command as a process of its own."""
    environment = dict(os.environ if env is None else env)
    of_this_tree = environment.get("PYTHONPATH", "").split(os.pathsep)[0] == str(child.ROOT)
    request = request_of(command, environment, Path.cwd(), SERVES)
    return Forked(request, output) if request and of_this_tree else child.execute(command, output, env)


def launched(command: Sequence[str], output: IO[bytes]) -> Forked | None:
    """Fork a launcher in the directory of this tree; None where there is no host, or it does not know the command."""
    request = request_of(command, os.environ, child.ROOT, LAUNCHES)
    return Forked(request, output) if request else None


def completed(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end, with its output."""
    request = request_of(command, os.environ, child.ROOT, LAUNCHES)
    if request is None:
        return subprocess.run(command, cwd=child.ROOT, capture_output=True, text=True, check=False)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = Forked(request, output, errors).wait()
        texts = [os.pread(file.fileno(), MOST_BYTES, 0).decode() for file in (output, errors)]
    return subprocess.CompletedProcess(command, code, *texts)


def request_of(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, known: Set[str]
) -> host.Request | None:
    """Return the request for a command that runs one of the `known` modules; None for another, or without a host."""
    match list(command):
        case [sys.executable, "-m", module, *rest] if module in known and os.environ.get(SOCKET):
            return host.Request(module, rest, dict(environment), str(directory))
    return None


def _connected() -> socket.socket:
    deadline = time.monotonic() + HOST_STARTS_S
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(os.environ[SOCKET])
            return connection
        except (FileNotFoundError, ConnectionRefusedError):  # it begins with the run
            connection.close()
            assert time.monotonic() < deadline, "the host of the forks does not listen"
            time.sleep(0.02)
