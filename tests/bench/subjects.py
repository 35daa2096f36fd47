"""What is measured: processes pinned to one core, on one broker; the load and the broker run on the others."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from deploy.launcher.processes.child import ROOT, Child, accepts, free_port
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from deploy.launcher.service import METRICS_PORT, Surroundings, environment
from tests.bench.load import Plan

CORE = 0
START_S = 60.0


class Subject(NamedTuple):
    """A server under load."""

    name: str
    port: int
    child: Child
    metrics_port: int = 0

    def cpu_s(self) -> float:
        """Return the CPU seconds it has used so far."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Return its resident memory."""
        pages = int(Path(f"/proc/{self.child.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Measured(NamedTuple):
    """What a load met: answers a second, CPU milliseconds per 1,000 answers, quantiles in milliseconds, statuses."""

    rate: float
    cpu_ms: float
    ms: Mapping[str, float]
    statuses: Mapping[str, int]


@contextmanager
def running(name: str, command: Sequence[str], port: int, logs: Path, env: Mapping[str, str]) -> Iterator[Subject]:
    """Run a server on one core until the block ends. Raises `RuntimeError` with its log's end."""
    child = Child(command, logs / f"{name}.log", {**os.environ, "PYTHONPATH": str(ROOT), **env})
    pin(child.pid, {CORE})
    try:
        deadline = time.monotonic() + START_S
        while not accepts(port):
            if not child.running or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start: {child.last_lines()}")
            time.sleep(0.05)
        yield Subject(name, port, child, int(env.get(METRICS_PORT, port)))
    finally:
        child.end(10)


@contextmanager
def module(name: str, kafka: str, logs: Path) -> Iterator[Subject]:
    """Run one of the yardsticks, `tests.bench.<name>`."""
    port = free_port()
    with running(name, (sys.executable, "-m", f"tests.bench.{name}", str(port), kafka), port, logs, {}) as subject:
        yield subject


@contextmanager
def checkpoint(kafka: str, mongo: str, logs: Path, issuer: Issuer, **settings: str) -> Iterator[Subject]:
    """Run checkpoint's API."""
    port, keys = free_port(), logs / "keys"
    surroundings = Surroundings(kafka, mongo, keys, logs, None)  # type: ignore[arg-type]  # no watchdog is needed
    env = environment("checkpoint", port, surroundings, issuer, Keys(keys)) | {"LASTMETRE_ROLE": "api"}
    env |= {f"LASTMETRE_{name.upper()}": value for name, value in settings.items()}
    command = (sys.executable, "-m", "services.checkpoint.main")
    with running("checkpoint", command, port, logs, env) as subject:
        yield subject


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process to these cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, cores)


def others() -> set[int]:
    """Return the cores that the measured process does not use."""
    return set(range(os.cpu_count() or 1)) - {CORE} or {CORE}


def loaded(subject: Subject, plan: Plan, directory: Path, per_answer: int = 1) -> Measured:
    """Put the subject under a load from a process of its own; rates count scans, `per_answer` an answer."""
    saved = plan.save(directory / "plan.json")
    before = subject.cpu_s()
    result: dict[str, Any] = json.loads(_run("tests.bench.load", str(saved)))
    count = sum(result["statuses"].values()) * per_answer
    used = subject.cpu_s() - before
    return Measured(count / result["seconds"], 1e6 * used / max(count, 1), result["ms"], result["statuses"])


def _run(name: str, *arguments: str, core: set[int] | None = None) -> str:
    process = subprocess.Popen(
        (sys.executable, "-m", name, *arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    pin(process.pid, core or others())
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{name} ended with exit code {process.returncode}")
    return output


def limit(kafka: str, seconds: float, kind: str) -> Measured:
    """Measure the limit of the measured core: of bare bytes, or of passages."""
    result = json.loads(_run("tests.bench.limit", kafka, str(seconds), kind, core={CORE}))
    return Measured(result["rate"], result["cpu_ms"], {}, {})


def ed25519(seconds: float) -> float:
    """Return how many signed codes a second the measured core verifies, and does nothing else."""
    return float(_run("tests.bench.signatures", str(seconds), core={CORE}))
