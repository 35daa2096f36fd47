"""A load by client processes of their own: people come by whether or not those before them were served (open loop)."""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from deploy.launcher.processes.child import HOST, ROOT
from deploy.rehearsal.plan import ClientPlan, Phase, PlannedGate
from shared.base.ids import new_id
from tests.faults.codes import code_of, code_signer
from tests.faults.gates import AREA
from tests.faults.world import World

GETS_READY_S = 3.0
ENDS_WITHIN_S = 180.0
PEOPLE = 50  # behind each gate


@dataclass
class Played:
    """What came of a load: how long each waited for a verdict, and which scans were acknowledged."""

    waits_ms: list[float] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def p99_ms(self) -> float:
        """Return how long all but one in a hundred waited at the most."""
        waits = sorted(self.waits_ms)
        return waits[max(0, -(-99 * len(waits) // 100) - 1)] if waits else 0.0

    def add(self, other: "Played") -> None:
        """Take in another one."""
        self.waits_ms += other.waits_ms
        self.acknowledged |= other.acknowledged
        for what, times in other.counts.items():
            self.counts[what] = self.counts.get(what, 0) + times


class Load:
    """Plays loads on one API process, each at gates of its own, so that no two scans have one device and number."""

    def __init__(self, world: World, api: str, gates: int = 8) -> None:
        self._world, self._api, self._gates = world, api, gates
        self._numbers = count()

    async def play(self, rate: float, seconds: float) -> Played:
        """Let people come by, so many a second, and send what is not durable until it is."""
        name = f"load-{next(self._numbers):03}"
        gates = await self._open(name)
        shared = (HOST, self._world.services[self._api].port, gates, (Phase(seconds, rate),))
        files = [str(self._world.directory / f"{name}-{what}") for what in ("receipts.ndjson", "report.json")]
        plan = ClientPlan(*shared, time.time() + GETS_READY_S, self._world.chance.randrange(1 << 30), *files)
        saved = plan.save(self._world.directory / f"{name}-plan.json")
        command = (sys.executable, "-m", "deploy.rehearsal.client", str(saved))
        client = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
        try:
            async with asyncio.timeout(seconds + ENDS_WITHIN_S):
                assert await client.wait() == 0, f"the client of {name} failed"
        finally:
            if client.returncode is None:
                client.kill()
                await client.wait()
        return _played(Path(plan.receipts), Path(plan.report))

    async def _open(self, name: str) -> tuple[PlannedGate, ...]:
        signer, planned = code_signer(self._world), []
        async with self._world.http(self._api, "city", area="/") as http:
            for number in range(self._gates):
                gate_id, path = f"{name}-{number}", f"{AREA}/{name}-{number}"
                body = {"gate_id": gate_id, "name": gate_id, "area_path": path}
                (await http.put("/v1/gates", json=body)).raise_for_status()
                token = self._world.issuer.mint("device", area=path, gate=gate_id, subject=f"device-{gate_id}")
                planned.append(PlannedGate(gate_id, token, tuple(code_of(signer, new_id()) for _ in range(PEOPLE))))
        return tuple(planned)


def _played(receipts: Path, report: Path) -> Played:
    content: Mapping[str, Any] = json.loads(report.read_text())
    played = Played([wait for waits in content["waits_ms"].values() for wait in waits])
    for counts in content["seconds"].values():
        for what, times in counts.items():
            played.counts[what] = played.counts.get(what, 0) + times
    for line in receipts.read_text().splitlines():
        receipt = json.loads(line)
        if receipt["state"] == "accepted":
            played.acknowledged.add(receipt["scan_id"])
    return played
