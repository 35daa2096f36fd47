"""A whole city as `make run DEMO=0` starts it, each part a process, and what its store's process takes."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from deploy.launcher.state import RunningCity
from tests.support.upright import start_launcher

READY_S, END_S = 180.0, 120.0
FAST = "secantusd-rs"


@contextmanager
def running_city(*options: str) -> Iterator[RunningCity]:
    """Start a city of the services and the embedded pair on loopback; end it by its own pid."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        data = Path(made) / "city"
        command = (str(Path(sys.executable).with_name("lastmetre")), "up", "--no-demo", "--data", str(data), *options)
        upright = start_launcher(command, Path(made) / "up.log", data)
        try:
            upright.wait_for("Ready", READY_S)
            yield upright.city
        finally:
            upright.end(within_s=END_S)


class StoreProcess(NamedTuple):
    """The store's process, by its pid, and the name of its program."""

    pid: int
    name: str

    @property
    def fast(self) -> bool:
        """Whether it is the fast server."""
        return self.name == FAST

    def memory_mib(self) -> tuple[float, float]:
        """Return its resident memory and the peak of it, in MiB."""
        return memory_mib(self.pid)


def memory_mib(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and the peak of it, in MiB."""
    return _status_mib(pid, "VmRSS"), _status_mib(pid, "VmHWM")


def store_process(city: RunningCity) -> StoreProcess:
    """Return the process that serves the city's store. Raises `RuntimeError` where it does not run here."""
    port = str(urlsplit(city.mongo.partition(",")[0]).port)
    for directory in Path("/proc").glob("[0-9]*"):
        words = command_line(directory)
        if name := store_name(words, port):
            return StoreProcess(int(directory.name), name)
    raise RuntimeError("the store's process does not run on this machine")


def service_pid(city: RunningCity, name: str) -> int:
    """Return the pid of a service's process. Raises `RuntimeError` where it does not run here."""
    port = f"LASTMETRE_HTTP_PORT={urlsplit(city.url(name)).port}"
    for directory in Path("/proc").glob("[0-9]*"):
        if f"services.{name}.main" in command_line(directory) and port in _environment(directory):
            return int(directory.name)
    raise RuntimeError(f"the process of {name} does not run on this machine")


def _environment(directory: Path) -> list[str]:
    try:
        return (directory / "environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def command_line(directory: Path) -> list[str]:
    """Return the words of the command of a process, given its directory below /proc; none once it has ended."""
    try:
        return (directory / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def store_name(words: list[str], port: str) -> str | None:
    """Return the name of the store's program where `words` are the command of a store on the port, or None.

    The name of the fast server's file carries its version too, which is not part of the program's name.
    """
    names = [name for word in words[:2] if (name := Path(word).name).startswith("secantusd")]
    if not names or words[words.index("--port") + 1 :][:1] != [port]:
        return None
    return FAST if names[0].startswith(FAST) else names[0]


def _status_mib(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return 0.0
