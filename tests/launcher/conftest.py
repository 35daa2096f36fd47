"""The launcher as a process, over stand-ins for services."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.launcher.processes.child import started_at
from tests.launcher.crates import Crates
from tests.support.bus import UP_OPTIONS
from tests.support.upright import RunningLauncher, start_launcher

Start = Callable[..., RunningLauncher]


@pytest.fixture
def up(tmp_path: Path, home: Path) -> Iterator[Start]:
    """Starts launchers: `up("--services", "supply", flaws={"supply": "broken"})`; all are ended after the test.

    They are forks of one that has imported the launcher, unless `by_command`.
    """
    launchers: list[RunningLauncher] = []

    def start(
        *options: str, flaws: dict[str, str] | None = None, data: Path | None = None, by_command: bool = False
    ) -> RunningLauncher:
        output = tmp_path / f"up{len(launchers)}.txt"
        where = ["--data", str(data)] if data else []
        if "--kafka" not in options:
            where += UP_OPTIONS
        command = [sys.executable, "-m", "tests.launcher.upright", json.dumps(flaws or {}), *where, *options]
        launchers.append(start_launcher(command, output, data, forked=not by_command))
        return launchers[-1]

    yield start
    for one in launchers:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.fixture
def crates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Crates:
    """A cache and a cargo of the test's own, with a small crate in the place of the fast server's; none is named."""
    if "home" in request.fixturenames:
        request.getfixturevalue("home")  # it sets another cache
    made = Crates(tmp_path, monkeypatch)
    made.lay()
    return made


def processes_that_mention(text: str) -> list[int]:
    """Return the pids of running processes with `text` in their command line or environment."""
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in words and int(entry.name) != os.getpid() and started_at(int(entry.name)):
            pids.append(int(entry.name))
    return pids
