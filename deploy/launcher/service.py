"""One service of the city as a process: started, looked at, started again when it dies."""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from deploy.launcher.probe import Reading
from deploy.launcher.processes.backoff import Backoff
from deploy.launcher.processes.child import HOST, ROOT, Child, Watchdog, free_port
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from deploy.services import SERVICES

COMMANDS: Mapping[str, Sequence[str]] = {name: (sys.executable, "-m", f"services.{name}.main") for name in SERVICES}

METRICS_PORT = "LASTMETRE_METRICS_PORT"
CLIENT_ID = "lastmetre-console"
SHORT = 200


class Surroundings(NamedTuple):
    """What every service of a city is configured with: the servers, the keys and the clock; and where its log goes.

    `sign_in` is the address of the demo's provider, empty without one.
    """

    kafka: str
    mongo: str
    keys: Path
    logs: Path
    guard: Watchdog
    clock_file: Path | None = None
    database_prefix: str = ""
    sign_in: str = ""


class State(StrEnum):
    """How a service is doing, as the table says it."""

    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"


class Service:
    """A service's process, on the same port over restarts, and what was last seen of it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        port: int,
        logs: Path,
        guard: Watchdog,
    ) -> None:
        self.name = name
        self.port = port
        self.log = logs / f"{name}.log"
        self.reading: Reading | None = None
        self.child: Child | None = None
        self.was_ready = False
        self.backoff = Backoff()
        self._command = command
        self._environment = {**os.environ, **environment, "PYTHONPATH": _with_root(), "PYTHONUNBUFFERED": "1"}
        self._guard = guard

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://{HOST}:{self.port}"

    @property
    def metrics_url(self) -> str:
        """The base address of its metrics."""
        return f"http://{HOST}:{self._environment.get(METRICS_PORT, self.port)}"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.child is not None and self.child.running

    @property
    def state(self) -> State:
        """The state of the service, by its process and its last reading."""
        if self.backoff.waiting:
            return State.RESTARTING
        if not self.running:
            return State.STOPPED
        if self.reading is not None and self.reading.ready:
            return State.READY
        return State.NOT_READY if self.was_ready else State.STARTING

    def start(self) -> None:
        """Start its process; does not wait."""
        self.child = Child(self._command, self.log, self._environment, self._guard)
        self.reading, self.was_ready = None, False
        self.backoff.started()

    def observe(self, reading: Reading | None, now: float) -> None:
        """Store the reading; None when the service did not answer."""
        self.reading = reading
        if reading is not None and reading.ready:
            self.was_ready = True
            self.backoff.well(now)
        else:
            self.backoff.unwell()

    def keep(self, now: float) -> str | None:
        """Start it again when it died and its time has come. Return a sentence when something changed."""
        if self.backoff.waiting:
            if self.backoff.remaining(now) > 0:
                return None
            self.start()
            return f"{self.name} is started again"
        if self.child is None or self.child.running:
            return None
        self.reading = None
        wait = self.backoff.died(now)
        # Who is killed from outside has written nothing about it.
        why = f"Its log is {self.log}" if (self.child.exit_code or 0) < 0 else self.last_words()
        return f"{self.name} {how_it_ended(self.child)}: restarting in {wait:.0f} s. {why}"

    def last_words(self) -> str:
        """Return the end of its log in short lines, for the operator who asks why."""
        lines = self.child.last_lines() if self.child is not None else ""
        if not lines:
            return f"Its log {self.log} is empty."
        return "\n".join([f"Its log {self.log} ends:", *map(_short, lines.splitlines())])

    def kill(self) -> None:
        """Kill it at once (SIGKILL), as a crash would."""
        if self.child is not None:
            self.child.kill()


def _short(line: str) -> str:
    """Return a line of a log as level and message where it has them, in at most `SHORT` characters."""
    with suppress(ValueError, KeyError, TypeError):
        entry = json.loads(line)
        line = f"{entry['level']} {entry['message']}"
    return f"  {line}" if len(line) <= SHORT else f"  {line[:SHORT]}..."


def how_it_ended(child: Child) -> str:
    """Return how a process ended, as the rest of a sentence."""
    code = child.exit_code
    if code is None:
        return "still runs"
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def environment(
    name: str,
    port: int,
    surroundings: Surroundings,
    issuer: Issuer,
    keys: Keys,
    ports: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the environment of the service `name`; `ports` are those of the services that it may ask."""
    variables = {
        "KAFKA_BOOTSTRAP": surroundings.kafka,
        "MONGO_URL": surroundings.mongo,
        "MONGO_DATABASE": surroundings.database_prefix + name,
        "HTTP_HOST": HOST,
        "HTTP_PORT": str(port),
        "METRICS_PORT": str(free_port([port])),
        "ROLE": "all",
        "ISSUER": issuer.issuer,
        "AUDIENCE": issuer.audience,
        "JWKS": str(issuer.jwks),
        **SERVICES[name].local,
    }
    if asks := SERVICES[name].asks:
        variables |= {f"SERVICES__{other.upper()}": f"http://{HOST}:{ports[other]}" for other in asks if other in ports}
    if SERVICES[name].signs_in and surroundings.sign_in:
        variables |= {"OIDC_ISSUER": surroundings.sign_in, "OIDC_CLIENT_ID": CLIENT_ID}
    if surroundings.clock_file is not None:
        variables["CLOCK_FILE"] = str(surroundings.clock_file)
    return {f"LASTMETRE_{key}": value for key, value in variables.items()} | keys.environment_of(name)


def _with_root() -> str:
    """Return a PYTHONPATH on which the services are found from any working directory."""
    present = os.environ.get("PYTHONPATH")
    return f"{ROOT}{os.pathsep}{present}" if present else str(ROOT)
