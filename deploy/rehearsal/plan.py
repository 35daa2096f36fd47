"""The plan of a rehearsal, and of each of its client processes."""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Self


class Phase(NamedTuple):
    """A load: its seconds, and the scans a second of all gates together."""

    seconds: float
    rate: float


class PlannedGate(NamedTuple):
    """A gate with its device's token, and the codes of its residents: no resident uses two gates."""

    gate_id: str
    token: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class ClientPlan:
    """The gates of one client process, its share of the load (`phases`), and its beginning (Unix time)."""

    host: str
    port: int
    gates: tuple[PlannedGate, ...]
    phases: tuple[Phase, ...]
    begins_at: float
    seed: int
    receipts: str
    report: str

    def save(self, at: Path) -> Path:
        """Write the plan to a file for the process."""
        at.write_text(json.dumps(asdict(self)))
        return at

    @classmethod
    def read(cls, at: Path) -> Self:
        """Return the plan of the file."""
        content = json.loads(at.read_text())
        gates = tuple(PlannedGate(gate_id, token, tuple(codes)) for gate_id, token, codes in content.pop("gates"))
        phases = tuple(Phase(*phase) for phase in content.pop("phases"))
        return cls(gates=gates, phases=phases, **content)


def arrivals(phases: tuple[Phase, ...], share: float, chance: random.Random) -> Iterator[float]:
    """Yield the arrivals at a gate in seconds from the beginning: random (Poisson), for its share of the load."""
    begins = 0.0
    for phase in phases:
        at, ends = begins, begins + phase.seconds
        while phase.rate > 0 and (at := at + chance.expovariate(phase.rate * share)) < ends:
            yield at
        begins = ends
