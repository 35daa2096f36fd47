"""Services that the tests fork instead of importing them anew: processes like those that a command starts."""

import json
import os
import signal
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.launcher.processes.child import HOST, ROOT, Child
from deploy.launcher.service import COMMANDS
from tests.support.forks import client
from tests.support.forks.host import Request
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.skipif(not os.environ.get(client.SOCKET), reason="TEST_FORKS is empty: nothing is forked")


def standin(log: Path, port: int) -> client.Forked:
    """Fork a stand-in for a service and return once it listens."""
    environment = {"LASTMETRE_HTTP_PORT": str(port), "PATH": os.environ["PATH"]}
    with log.open("ab") as output:
        forked = client.Forked(Request("tests.launcher.standin", (), environment, str(log.parent)), output)
    deadline = time.monotonic() + PATIENCE_S
    while not _environment(port):
        assert forked.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return forked


def _files(pid: int) -> list[str]:
    """Return what a process has open, in order."""
    names = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed by now
            names.append(os.readlink(entry))
    return sorted(names)


def _environment(port: int) -> dict[str, str]:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/environment", timeout=PATIENCE_S) as answer:
            return dict(json.load(answer))
    except OSError:
        return {}


async def test_a_fork_is_a_process_with_its_own_session_environment_and_files(tmp_path: Path, free_port: int) -> None:
    forked = standin(tmp_path / "log", free_port)
    try:
        assert _environment(free_port) == {"LASTMETRE_HTTP_PORT": str(free_port), "pid": str(forked.pid)}
        assert os.getsid(forked.pid) == forked.pid
        assert os.readlink(f"/proc/{forked.pid}/cwd") == str(tmp_path)
        # The connection of the last answer closes a moment after it; then its own listener is its only socket.
        await eventually(lambda: [file.split(":")[0] for file in _files(forked.pid)].count("socket") == 1)
        own = ["/dev/null", *[str(tmp_path / "log")] * 2]
        assert [file for file in _files(forked.pid) if not file.startswith("socket:")] == own
    finally:
        forked.kill()
    assert forked.wait(PATIENCE_S) == -signal.SIGKILL


def test_two_forks_end_apart_and_each_by_the_signal_that_it_gets(tmp_path: Path) -> None:
    first, second = standin(tmp_path / "a", client.child.free_port()), standin(tmp_path / "b", client.child.free_port())
    assert first.pid != second.pid
    first.terminate()
    assert first.wait(PATIENCE_S) == 0
    assert second.poll() is None
    os.kill(second.pid, signal.SIGKILL)
    assert second.wait(PATIENCE_S) == -signal.SIGKILL


def test_a_service_that_cannot_start_ends_with_an_exit_code_and_says_why_in_its_log(tmp_path: Path) -> None:
    child = Child(COMMANDS["supply"], tmp_path / "log", {"PYTHONPATH": str(ROOT)})
    assert isinstance(child._process, client.Forked)
    assert child.wait(PATIENCE_S)
    assert child.exit_code == 1
    assert "ValidationError" in child.last_lines(40)


def test_what_is_no_service_of_this_tree_is_run_as_a_command(tmp_path: Path) -> None:
    for command, path in (((sys.executable, "-c", "print('hello')"), ROOT), (COMMANDS["supply"], tmp_path)):
        child = Child(command, tmp_path / "log", {"PYTHONPATH": str(path)})
        assert not isinstance(child._process, client.Forked)
        child.wait(PATIENCE_S)
    assert (tmp_path / "log").read_text().startswith("hello")
