"""`lastmetre up` as a process."""

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.launcher.processes.child import ROOT
from deploy.launcher.state import STATE_FILE, RunningCity
from tests.support.forks import client
from tests.support.waiting import PATIENCE_S

Launcher = subprocess.Popen[bytes] | client.Forked


class RunningLauncher:
    """One `lastmetre up` with its output."""

    def __init__(self, process: "Launcher", output: Path, data: Path | None) -> None:
        self.process = process
        self.data = data
        self._output = output

    @property
    def output(self) -> str:
        """Everything on its standard output and error."""
        return self._output.read_text()

    def wait_for(self, text: str, within_s: float = PATIENCE_S) -> str:
        """Wait until the output has `text`, and return the output."""
        deadline = time.monotonic() + within_s
        while text not in self.output:
            assert time.monotonic() < deadline, f"{text!r} was not printed:\n{self.output}"
            assert self.process.poll() is None or text in self.output, f"it ended without {text!r}:\n{self.output}"
            time.sleep(0.05)
        return self.output

    def end(self, number: signal.Signals = signal.SIGINT, within_s: float = PATIENCE_S) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(within_s)

    @property
    def city(self) -> RunningCity:
        """Its state file."""
        assert self.data is not None
        return RunningCity(**json.loads((self.data / STATE_FILE).read_text()))


def start_launcher(command: Sequence[str], output: Path, data: Path | None, forked: bool = False) -> RunningLauncher:
    """Start a launcher in a session of its own, writing to `output`; `forked` by the host of the tests, if it can."""
    with output.open("wb") as stream:
        process: Launcher | None = client.launched(command, stream) if forked else None
        if process is None:
            process = subprocess.Popen(
                list(command), cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
            )
    return RunningLauncher(process, output, data)
