"""Chromium for tests of pages, started once for all tests of a worker."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S

# The first is the same browser without a window: it starts in half the time.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chromium that serves every test of one worker."""
    if not any(map(shutil.which, _BROWSERS)):
        pytest.skip("there is no Chromium here: install one, as with 'apt-get install chromium-headless-shell'")
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@contextmanager
def running_chromium(profile: Path) -> Iterator[str]:
    """Run a Chromium; its address."""
    program = next(filter(None, map(shutil.which, _BROWSERS)))
    options = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-extensions",
    ]
    options += ["--no-sandbox"] if os.getuid() == 0 else []
    command = [program, *options, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
    quiet = subprocess.DEVNULL
    # A session of its own: the program may be a script, and what it starts ends with it.
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            yield f"http://127.0.0.1:{_port(process, profile / 'DevToolsActivePort')}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _port(process: "subprocess.Popen[bytes]", file: Path) -> int:
    """Return the port that a starting Chromium writes into the file."""
    until = time.monotonic() + PATIENCE_S
    while not (file.exists() and (lines := file.read_text(encoding="utf-8").splitlines())):
        assert process.poll() is None, "Chromium ended at its start"
        assert time.monotonic() < until, "Chromium does not listen"
        time.sleep(0.05)
    return int(lines[0])
