"""Workers of a run of the tests, forked from one process that has collected the tests for all of them.

`python -m tests.support.forks.workers SOCKET ARGUMENTS` collects with pytest's own arguments and forks a worker for
each program `stand_in` that connects; it ends when its standard input is closed. Where it fails, the workers collect
themselves.
"""

import os
import selectors
import shlex
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.forks import remote, stand_in, worker


class Workers:
    """The process that collects and forks, seen from the run; `spec` is how xdist starts a worker by it."""

    def __init__(self, directory: Path, arguments: Sequence[str]) -> None:
        path = str(directory / "workers")
        self.spec = f"popen//python={shlex.join([sys.executable, '-I', '-S', stand_in.__file__, path])}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, path, *arguments],
            # What openpyxl imports would start threads by itself, and a process of several threads cannot be forked.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> None:
        """End it; its workers have ended."""
        assert self._process.stdin is not None  # it was opened as a pipe
        self._process.stdin.close()
        self._process.wait()

    @pytest.hookimpl
    def pytest_xdist_getremotemodule(self) -> Any:  # Any: a module
        """Return what xdist runs in each worker."""
        return remote


def fork(config: pytest.Config, directory: Path) -> None:
    """Let the workers of a run be forks, where it has some on this machine."""
    if set(config.getoption("tx", None) or ()) == {"popen"}:
        workers = Workers(directory, config.invocation_params.args)
        config.add_cleanup(workers.end)
        config.pluginmanager.register(workers)
        config.option.tx = [workers.spec for _ in config.option.tx]


class _Forking:
    """The plugin that forks workers once the tests are collected."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._failed: list[pytest.CollectReport] = []

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._failed.append(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork until standard input is closed; a fork does not return from here."""
        capturing = session.config.pluginmanager.getplugin("capturemanager")
        capturing.stop_global_capturing()
        sys.stdout.flush()
        with selectors.DefaultSelector() as ready:
            ready.register(self._listener, selectors.EVENT_READ)
            ready.register(sys.__stdin__, selectors.EVENT_READ)  # type: ignore[arg-type]
            while all(key.fileobj is self._listener for key, _ in ready.select()):
                connection, _ = self._listener.accept()
                _, files, _, _ = socket.recv_fds(connection, 16, 3)
                if files and _fork() == 0:
                    ready.close()
                    self._listener.close()
                    worker.serve(session, self._failed, connection, files)
                for file in (*files, connection.detach()):
                    os.close(file)
                _reap()
        return True


def _fork() -> int:
    if len(os.listdir("/proc/self/task")) > 1:
        print("the workers collect the tests themselves: what a test file imports starts a thread", file=sys.__stderr__)
        os._exit(1)
    return os.fork()


def _reap() -> None:
    """Let go of the workers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def main() -> None:
    """Collect the tests, then fork until standard input ends."""
    path, *arguments = sys.argv[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{path}.new")
        listener.listen()
        os.rename(f"{path}.new", path)  # it listens from the first moment at which it is there
        worker.collect(arguments, _Forking(listener))


if __name__ == "__main__":
    main()
