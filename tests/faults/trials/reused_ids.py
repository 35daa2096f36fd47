"""Devices use the id of a scan for another resident: at once, concurrently and later. It is refused or stored apart."""

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.launcher.probe import TIMEOUT_S
from shared.base.ids import new_id
from tests.faults.codes import code_of, code_signer
from tests.faults.gates import AREA
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.http import http_client

WAYS = ("in one batch", "side by side", "later", "at another gate", "the same again")
REUSED = "lastmetre_scan_ids_reused_total"
Scan = dict[str, Any]


@dataclass
class Desk:
    """Two gates, each with a device that may ask either of two processes, and the answers."""

    world: World
    clients: list[list[httpx.AsyncClient]]  # by gate and process
    seq: int = 0
    durable: list[tuple[str, str]] = field(default_factory=list)  # scan id and resident, once for each answer
    refused: list[tuple[str, str]] = field(default_factory=list)
    residents: dict[str, str] = field(default_factory=dict)  # by code
    pairs: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # scan ids by way

    def scan(self, gate: int, scan_id: str = "") -> Scan:
        """Return a scan of a new resident."""
        self.seq += 1
        resident = new_id()
        code = code_of(code_signer(self.world), resident)
        self.residents[code] = resident
        return {
            "scan_id": scan_id or new_id(),
            "gate_id": f"gate-{gate}",
            "seq": self.seq,
            "at": datetime.now(UTC).isoformat(),
            "direction": "in",
            "credential": {"kind": "code", "value": code},
        }

    async def post(self, gate: int, process: int, *scans: Scan) -> None:
        """Send scans together until each is durable or refused."""
        waiting = list(scans)
        while waiting:
            content = "\n".join(map(json.dumps, waiting))
            headers = {"content-type": "application/x-ndjson"}
            answer = await self.clients[gate][process].post("/v1/scans/batch", content=content, headers=headers)
            answer.raise_for_status()
            answers = list(zip(waiting, answer.json(), strict=True))
            waiting = [scan for scan, result in answers if not ("error" in result or result["durable"])]
            for scan, result in answers:
                if scan not in waiting:
                    whose = (scan["scan_id"], self.residents[scan["credential"]["value"]])
                    (self.refused if "error" in result else self.durable).append(whose)

    async def use_again(self, way: str) -> None:
        """Use a scan's id for another resident, or send the same scan again."""
        first = self.scan(0)
        gate = int(way == "at another gate")
        other = first if way == "the same again" else self.scan(gate, first["scan_id"])
        self.pairs[way].append(first["scan_id"])
        if way == "in one batch":
            await self.post(0, 0, first, other)
        elif way == "side by side":
            await asyncio.gather(self.post(0, 0, first), self.post(0, 1, other))
        else:
            await self.post(0, self.world.chance.randrange(2), first)
            await asyncio.sleep(self.world.chance.uniform(0, 0.3))
            await self.post(gate, self.world.chance.randrange(2), other)


async def run(world: World, outcome: Outcome) -> None:
    """Two API processes and two recorders, one of which is killed meanwhile: what it had begun comes again."""
    workers, processes = ("recorder-a", "recorder-b"), ("gate-a", "gate-b")
    await world.start("registration")
    await asyncio.gather(
        *(world.start("checkpoint", name, role="worker") for name in workers),
        *(world.start("checkpoint", name, role="api") for name in processes),
    )
    desk = Desk(world, [[_device(world, gate, name) for name in processes] for gate in range(2)])
    rounds = 10 if world.quick else 100
    for number in range(rounds):
        await asyncio.gather(*map(desk.use_again, WAYS))
        if number == rounds // 2:
            world.services[workers[0]].kill()
            await world.again(workers[0], ready=False)
    await world.ready()
    await world.wait_until_quiet()
    for client in (client for of_gate in desk.clients for client in of_gate):
        await client.aclose()
    await _check(world, desk, outcome, rounds)


def _device(world: World, gate: int, process: str) -> httpx.AsyncClient:
    gate_id = f"gate-{gate}"
    return world.http(process, "device", area=f"{AREA}/p{gate}", gate=gate_id, subject=f"device-{gate_id}")


async def _check(world: World, desk: Desk, outcome: Outcome, rounds: int) -> None:
    checkpoint = world.database("checkpoint")
    rows = await checkpoint["passages"].find().to_list(None)
    apart = await checkpoint["reused"].find().to_list(None)
    kept = {(row["_id"], row["resident_id"]) for row in rows}
    flagged = Counter((row["scan_id"], row["resident_id"]) for row in apart)
    absent = set(desk.durable) - kept - flagged.keys()
    wanted = set(desk.durable) | set(desk.refused)
    count = Counter(row["device_id"] + str(row["seq"]) for row in rows)
    twice = len(rows) - len({row["_id"] for row in rows}) + sum(n - 1 for n in count.values())
    distinguished = len(set(desk.refused)) + len(flagged)
    outcome.acknowledged, outcome.stored, outcome.lost = len(set(desk.durable)), len(rows), len(absent)
    outcome.duplicate_effects = twice + sum(n - 1 for n in flagged.values())
    outcome.details |= {"rounds": rounds, "refused": len(desk.refused), "kept apart": len(flagged)}
    outcome.expect(not absent, f"{len(absent)} scans were acknowledged and are nowhere, the first {list(absent)[:2]}")
    outcome.expect(not twice, f"{twice} scans have two rows")
    ids = {scan_id for of_way in desk.pairs.values() for scan_id in of_way}
    outcome.expect({row["_id"] for row in rows} == ids, f"{len(rows)} passages are stored of {len(ids)} ids")
    outcome.expect(
        distinguished == 4 * rounds, f"{distinguished} of {4 * rounds} ids used again were refused or flagged"
    )
    outcome.expect(max(flagged.values(), default=1) == 1, "a scan was flagged twice")
    same = set(desk.pairs["the same again"]) & {scan_id for scan_id, _ in flagged}
    outcome.expect(not same, f"{len(same)} scans that were sent twice were taken for others")
    outcome.expect(kept | flagged.keys() <= wanted, "a stored scan was never sent")
    together = set(desk.pairs["in one batch"])
    outcome.expect({scan_id for scan_id, _ in desk.refused} == together, "not every second one in a batch was refused")
    counted = await _metric(world)
    outcome.expect(counted > 0, f"operators see {counted} ids used again")


async def _metric(world: World) -> float:
    """Return how many ids used again the recorders that run have counted."""
    total = 0.0
    async with http_client(timeout_s=TIMEOUT_S) as http:
        for name in ("recorder-a", "recorder-b"):
            lines = (await http.get(f"{world.services[name].metrics_url}/metrics")).text.splitlines()
            total += sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(REUSED))
    return total


TRIAL = Trial(14, "the id of a scan is used for another resident", run, brokers=1)
