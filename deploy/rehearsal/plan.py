"""What a rehearsal plays, and what one of its client processes is told."""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Self


class Phase(NamedTuple):
    """A load that lasts: seconds, and scans a second of all gates together."""

    seconds: float
    rate: float


class GateTold(NamedTuple):
    """A gate with its device's token, and the codes of those who live behind it: nobody comes by at two gates."""

    gate_id: str
    token: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class ClientPlan:
    """What one client process does: which gates it plays, and from when on (Unix time).

    `phases` give this process's share of the load.
    """

    host: str
    port: int
    gates: tuple[GateTold, ...]
    phases: tuple[Phase, ...]
    begins_at: float
    seed: int
    receipts: str
    report: str

    def save(self, at: Path) -> Path:
        """Write the plan where the process finds it."""
        at.write_text(json.dumps(asdict(self)))
        return at

    @classmethod
    def read(cls, at: Path) -> Self:
        """Return the plan written there."""
        told = json.loads(at.read_text())
        gates = tuple(GateTold(gate_id, token, tuple(codes)) for gate_id, token, codes in told.pop("gates"))
        phases = tuple(Phase(*phase) for phase in told.pop("phases"))
        return cls(gates=gates, phases=phases, **told)


def arrivals(phases: tuple[Phase, ...], share: float, chance: random.Random) -> Iterator[float]:
    """Yield when people arrive at a gate, in seconds from the beginning: by chance (Poisson), its share of the load."""
    begins = 0.0
    for phase in phases:
        at, ends = begins, begins + phase.seconds
        while phase.rate > 0 and (at := at + chance.expovariate(phase.rate * share)) < ends:
            yield at
        begins = ends
