"""The cities that run on this machine, for other terminals: addresses of each launcher's servers and services."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.launcher.errors import Ambiguous, NotRunning
from deploy.launcher.processes.child import started_at
from deploy.launcher.secrets.keys import write_secret

STATE_FILE = "state.json"
DATA_VARIABLE = "LASTMETRE_DATA"


@dataclass(frozen=True)
class RunningCity:
    """Addresses and paths of one launcher; `started` distinguishes its process from a later one of the same pid."""

    pid: int
    started: str
    data: str
    temporary: bool
    kafka: str
    mongo: str
    services: dict[str, str]
    clock_file: str | None = None
    database_prefix: str = ""
    metrics: dict[str, str] = field(default_factory=dict)
    sign_in: str = ""  # the address of the demo's provider, empty without one
    store: str = ""  # the program that serves the embedded store, with its version

    @property
    def alive(self) -> bool:
        """Whether that launcher still runs."""
        return started_at(self.pid) == self.started

    @property
    def directory(self) -> Path:
        """Its data directory."""
        return Path(self.data)

    @property
    def clock_path(self) -> Path | None:
        """The file that shifts its clock, or None."""
        return Path(self.clock_file) if self.clock_file else None

    @property
    def logs(self) -> Path:
        """Its directory of log files."""
        return self.directory / "logs"

    @property
    def keys(self) -> Path:
        """Its directory of keys."""
        return self.directory / "keys"

    def url(self, service: str, path: str = "") -> str:
        """Return the address of `path` at a service. Raises `NotRunning` if it was not started."""
        if service not in self.services:
            raise NotRunning(f"The service {service} is not among those started: {', '.join(self.services)}")
        return self.services[service] + path

    def metrics_url(self, service: str) -> str:
        """Return the address of a service's metrics."""
        return self.metrics.get(service, self.url(service)) + "/metrics"

    def database_name(self, service: str) -> str:
        """Return the name of a service's database."""
        return self.database_prefix + service

    def mint_token(
        self,
        *roles: str,
        area: str,
        subject: str | None = None,
        gate: str | None = None,
        hours: float = 12,
        fresh: bool = False,
    ) -> str:
        """Return a token that this city's services accept, valid for `hours`; a `fresh` one as of a step-up now."""
        from deploy.launcher.secrets.issuer import Issuer  # commands that mint no token need not load it

        return Issuer.at(self.keys).mint(*roles, area=area, subject=subject, gate=gate, hours=hours, fresh=fresh)


def current(data: Path | None = None, pid: int | None = None) -> RunningCity:
    """Return the city of `data`, or of `pid`, or of the environment variable `LASTMETRE_DATA`, or the only one.

    Raises `NotRunning` if there is none, `Ambiguous` if there are several.
    """
    if data is None and pid is None and os.environ.get(DATA_VARIABLE):
        data = Path(os.environ[DATA_VARIABLE])
    if data is not None:
        city = _read(data.absolute() / STATE_FILE)
        if city is None or not city.alive:
            raise NotRunning(f"No city runs on the data in {data}: start one with 'lastmetre up --data {data}'")
        return city
    cities = [city for city in running() if pid is None or city.pid == pid]
    if not cities:
        which = "No city runs on this machine" if pid is None else f"No city runs under pid {pid}"
        raise NotRunning(f"{which}: start one with 'lastmetre up'")
    if len(cities) > 1:
        listed = ", ".join(f"--pid {city.pid} (data {city.data})" for city in cities)
        raise Ambiguous(f"Several cities run on this machine: choose one with {listed}")
    return cities[0]


def running() -> list[RunningCity]:
    """Return every running city of this user; remove the files of ended launchers."""
    cities = {}
    for directory in _pointer_directories():
        for pointer in sorted(directory.glob("*.json"), key=lambda path: path.name):
            city = _read(pointer)
            if city is not None and city.alive:
                cities[city.pid] = city
            else:
                with suppress(OSError):
                    pointer.unlink()
    return list(cities.values())


def publish(city: RunningCity) -> None:
    """Write the city's state into its data directory and into the directory of all launchers, for other terminals."""
    content = json.dumps(asdict(city), indent=1).encode()
    write_secret(city.directory / STATE_FILE, content)
    for directory in _pointer_directories():
        with suppress(OSError):  # without a writable home, --data still selects the city
            write_secret(directory / f"{city.pid}.json", content)
            return


def withdraw(city: RunningCity) -> None:
    """Undo `publish`."""
    for path in (city.directory / STATE_FILE, *(d / f"{city.pid}.json" for d in _pointer_directories())):
        with suppress(OSError):
            path.unlink()


def _pointer_directories() -> Iterator[Path]:
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "lastmetre"
    state = os.environ.get("XDG_STATE_HOME")
    yield (Path(state) if state else Path.home() / ".local" / "state") / "lastmetre"


def _read(path: Path) -> RunningCity | None:
    try:
        return RunningCity(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
