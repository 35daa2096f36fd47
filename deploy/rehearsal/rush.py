"""Plays a rehearsal on the running city: gates, people with codes, client processes, readings of the service."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.launcher.errors import LauncherError
from deploy.launcher.processes.child import ROOT
from deploy.launcher.secrets.keys import Keys
from deploy.launcher.state import RunningCity
from deploy.rehearsal.plan import ClientPlan, Phase, PlannedGate
from deploy.service_client import PATIENCE_S, ServiceClient
from shared.base.ids import new_id
from shared.events.checkpoint import PASSAGES
from shared.events.registration import Colour
from shared.health_code import CodeSigner, HealthCode, SealKeys, new_code_id

AREA = "/rehearsal"
PEOPLE = 100  # behind each gate
CODE_LIFETIME = timedelta(hours=2)
GETS_READY_S = 3.0
ENDS_WITHIN_S = 300.0
LOOK_EVERY_S, REPORT_EVERY_S = 1.0, 10.0


class ClientFailed(LauncherError):
    """A client process ended before the end of its plan."""


class Look(NamedTuple):
    """A reading of the checkpoint service at a second of the rehearsal; missing metrics are 0."""

    at: float
    lag: int
    in_flight: int
    memory_mb: float
    cpu_s: float


class Rush(NamedTuple):
    """The loads: a usual load, `step` times as much, and the usual load again."""

    usual: float
    step: float
    usual_s: float
    rush_s: float
    after_s: float

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The loads, one after the other."""
        usual = Phase(self.usual_s, self.usual)
        return (usual, Phase(self.rush_s, self.usual * self.step), Phase(self.after_s, self.usual))

    @property
    def seconds(self) -> float:
        """The duration of all loads."""
        return self.usual_s + self.rush_s + self.after_s


class Rehearsal:
    """A rehearsal of the running city, with its files in `directory`."""

    def __init__(
        self, city: RunningCity, directory: Path, say: Callable[[str], None], patience_s: float = PATIENCE_S
    ) -> None:
        self._city = city
        self._directory = directory
        self._say = say
        self._patience_s = patience_s
        directory.mkdir(parents=True, exist_ok=True)

    def play(self, rush: Rush, clients: int, gates: int) -> tuple[list[ClientPlan], list[Look]]:
        """Play the loads until the recorder has no lag; return the clients' plans and the readings of the service."""
        self._say(f"Defining {gates} gates with {PEOPLE} people each ...")
        planned = self._open_gates(gates)
        self._say(f"The rush begins; it takes {rush.seconds:.0f} s")
        begins_at = time.time() + GETS_READY_S
        plans = [self._plan(rush, planned[n::clients], n, clients, begins_at) for n in range(clients)]
        processes = [self._start(plan, n) for n, plan in enumerate(plans)]
        try:
            looks = self._watch(processes, begins_at, rush.seconds)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        if failed := [n for n, process in enumerate(processes) if process.returncode]:
            raise ClientFailed(f"The client processes {failed} failed: see their output above")
        return plans, looks

    def _open_gates(self, gates: int) -> list[PlannedGate]:
        """Define the gates, each with people. Raises `Refusal`, `ServerUnreachable`."""
        token = self._city.mint_token("city", area="/", subject="rehearsal")
        planned, signer = [], self._signer()
        url = self._city.url("checkpoint", "/v1/gates")
        with ServiceClient(self._patience_s, say=self._say) as checkpoint:
            for n in range(gates):
                gate_id, path = f"rehearsal-{n:03}", f"{AREA}/p{n:03}"
                body = {"gate_id": gate_id, "name": gate_id, "area_path": path}
                checkpoint.ask("checkpoint", "PUT", url, token, json=body)
                device = self._city.mint_token("device", area=path, gate=gate_id, subject=f"device-{gate_id}")
                planned.append(PlannedGate(gate_id, device, tuple(_code(signer) for _ in range(PEOPLE))))
        return planned

    def _signer(self) -> CodeSigner:
        """Return a signer with registration's keys: the people of a rehearsal exist only for its duration."""
        secrets = Keys(self._city.keys).environment_of("registration")
        seals = SealKeys.read(Path(secrets["LASTMETRE_CODE_SEAL_KEYS"]).read_text())
        return CodeSigner(Path(secrets["LASTMETRE_CODE_SIGNING_KEY"]).read_bytes(), seals)

    def _plan(self, rush: Rush, gates: Sequence[PlannedGate], n: int, clients: int, begins_at: float) -> ClientPlan:
        address = httpx.URL(self._city.url("checkpoint"))
        phases = tuple(Phase(phase.seconds, phase.rate / clients) for phase in rush.phases)
        receipts, report = (str(self._directory / f"{name}-{n}") for name in ("receipts", "report"))
        shared = (address.host, address.port or 80, tuple(gates), phases)
        return ClientPlan(*shared, begins_at, n, f"{receipts}.ndjson", f"{report}.json")

    def _start(self, plan: ClientPlan, n: int) -> "subprocess.Popen[bytes]":
        saved = plan.save(self._directory / f"plan-{n}.json")
        return subprocess.Popen([sys.executable, "-m", "deploy.rehearsal.client", str(saved)], cwd=ROOT)

    def _watch(self, processes: Sequence["subprocess.Popen[bytes]"], begins_at: float, seconds: float) -> list[Look]:
        """Read the metrics each second until the clients have ended and the recorder has no lag."""
        looks: list[Look] = []
        reported_at = begins_at
        ends_at = begins_at + seconds + ENDS_WITHIN_S
        with httpx.Client(trust_env=False, timeout=LOOK_EVERY_S) as http:
            while time.time() < ends_at:
                with suppress(httpx.HTTPError):
                    looks.append(_look(http.get(self._city.metrics_url("checkpoint")).text, time.time() - begins_at))
                if reported_at + REPORT_EVERY_S <= time.time() < begins_at + seconds:
                    reported_at = time.time()
                    self._say(f"  {reported_at - begins_at:4.0f} of {seconds:.0f} s{_in_words(looks)}")
                over = all(process.poll() is not None for process in processes)
                if over and looks and looks[-1].lag == 0:
                    break
                time.sleep(LOOK_EVERY_S)
        return looks


def _in_words(looks: Sequence[Look]) -> str:
    return f": {looks[-1].lag:,} passages to be recorded" if looks else ": checkpoint has not answered yet"


def _code(signer: CodeSigner) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    return signer.sign(HealthCode(new_id(), Colour.GREEN, now, now + CODE_LIFETIME, new_code_id()))


def _look(text: str, at: float) -> Look:
    samples = {
        (sample.name, sample.labels.get("topic", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    lag = samples.get(("lastmetre_consumer_lag", PASSAGES), 0)
    memory = samples.get(("process_resident_memory_bytes", ""), 0) / 2**20
    in_flight, cpu = (samples.get((name, ""), 0) for name in ("lastmetre_scans_in_flight", "process_cpu_seconds_total"))
    return Look(at, int(lag), int(in_flight), memory, cpu)
