"""One client process of a rehearsal: gates where people come by. `python -m deploy.rehearsal.client PLAN`.

Each gate has a device that posts one scan at a time, waits when it is asked to, decides by itself when nobody answers,
and sends what is not durable again, with the same ids, until it is.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter, deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import uvloop

from deploy.rehearsal.connection import Answer, Connection, head_of, request
from deploy.rehearsal.plan import ClientPlan, GateTold, arrivals
from services.checkpoint.client.posting import ACCEPTED, PARKED, REJECTED
from shared.base.ids import new_id

PATIENCE_S = 3.0  # a person at a gate waits so long for the service; then the device decides
FLUSH_S = 120.0
BATCH = 200
JSON, LINES = "application/json", "application/x-ndjson"


class Told:
    """What happened, by the second in which people arrived, and a receipt for every scan."""

    def __init__(self, receipts: TextIO) -> None:
        self._receipts = receipts
        self._seconds: dict[int, Counter[str]] = {}
        self._waits: dict[int, list[float]] = {}

    def note(self, at: float, what: str) -> None:
        """Count something that happened to somebody who arrived then."""
        self._seconds.setdefault(int(at), Counter())[what] += 1

    def waited(self, at: float, seconds: float) -> None:
        """Note how long somebody who arrived then waited for a verdict."""
        self._waits.setdefault(int(at), []).append(round(1000 * seconds, 1))

    def receipt(self, scan_id: str, state: str, answer: dict[str, Any]) -> None:
        """Keep what became of a scan."""
        line = {"scan_id": scan_id, "state": state, "verdict": answer.get("verdict")}
        self._receipts.write(json.dumps(line | {"reasons": answer.get("reasons", [])}) + "\n")

    def save(self, path: Path) -> None:
        """Write it all down."""
        seconds = {at: dict(counts) for at, counts in self._seconds.items()}
        path.write_text(json.dumps({"seconds": seconds, "waits_ms": self._waits}))


class Asking(Connection):
    """A connection on which one waits for the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: asyncio.Future[Answer] | None = None

    async def ask(self, content: bytes, patience_s: float = PATIENCE_S) -> Answer:
        """Send a request and return the answer. Raises `OSError` when the server hangs up, `TimeoutError`."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.write(content)
        async with asyncio.timeout(patience_s):
            return await self._waiting

    def answered(self, answer: Answer) -> None:
        """Hand it over."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the server hung up"))


class Gate:
    """One gate: its device, the people who come by, and the scans that are not durable yet."""

    def __init__(self, plan: ClientPlan, told: Told, gate: GateTold, number: int) -> None:
        self._plan, self._told, self._gate = plan, told, gate
        self._chance = random.Random(plan.seed * 10_007 + number)
        self._one = head_of("/v1/scans", gate.token, JSON)
        self._many = head_of("/v1/scans/batch", gate.token, LINES)
        self._connection: Asking | None = None
        self._kept: deque[dict[str, Any]] = deque()
        self._seq = 0

    async def play(self) -> None:
        """Let people come by until the load ends, then send what is left."""
        for at in arrivals(self._plan.phases, 1 / len(self._plan.gates), self._chance):
            await asyncio.sleep(max(0.0, self._plan.begins_at + at - time.time()))
            await self._meet(at)
        await self._send_rest()
        self._hang_up()

    async def _meet(self, at: float) -> None:
        scan, gives_up_at = self._scan(), time.time() + PATIENCE_S
        while True:
            answer = await self._post(request(self._one, json.dumps(scan).encode()))
            if answer is not None and answer.status == 503 and time.time() < gives_up_at:
                self._told.note(at, "busy")
                await asyncio.sleep(answer.retry_after_s * (0.5 + self._chance.random()))
                continue
            break
        self._told.waited(at, time.time() - self._plan.begins_at - at)
        if answer is None or answer.status == 503:
            self._told.note(at, "offline")
            self._kept.append(scan | {"mode": "offline"})
            return
        said = json.loads(answer.body)
        if answer.status != 200:
            self._told.note(at, "rejected")
            self._told.receipt(scan["scan_id"], REJECTED, {})
            return
        self._told.note(at, said["verdict"])
        if said["durable"]:
            self._told.receipt(scan["scan_id"], ACCEPTED, said)
            await self._send_some()
        else:
            self._told.note(at, "not_durable")
            self._kept.append(scan)

    def _scan(self) -> dict[str, Any]:
        self._seq += 1
        code = self._chance.choice(self._gate.codes)
        return {
            "scan_id": new_id(),
            "gate_id": self._gate.gate_id,
            "seq": self._seq,
            "at": datetime.now(UTC).isoformat(),
            "direction": self._chance.choice(("in", "out")),
            "credential": {"kind": "code", "value": code},
            "temperature_c": round(self._chance.gauss(36.4, 0.25), 1),
            "mask": True,
        }

    async def _post(self, content: bytes) -> Answer | None:
        """Return the answer, or None when nobody answers."""
        kept = self._connection is not None and self._connection.open
        try:
            return await (await self._connected()).ask(content)
        except OSError:
            # A connection that was kept may be closed by the server at the very moment: the same scan goes again.
            self._hang_up()
            return await self._post(content) if kept else None
        except TimeoutError:
            self._hang_up()
            return None

    async def _connected(self) -> Asking:
        if self._connection is None or not self._connection.open:
            async with asyncio.timeout(PATIENCE_S):
                where = (self._plan.host, self._plan.port)
                _, self._connection = await asyncio.get_running_loop().create_connection(Asking, *where)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    async def _send_some(self) -> bool:
        """Send some of what is not durable yet. Whether the service took them."""
        if not self._kept:
            return True
        batch = [self._kept.popleft() for _ in range(min(BATCH, len(self._kept)))]
        answer = await self._post(request(self._many, "\n".join(map(json.dumps, batch)).encode()))
        said = json.loads(answer.body) if answer is not None and answer.status == 200 else [{}] * len(batch)
        for scan, one in zip(batch, said, strict=True):
            if "error" in one:
                self._told.receipt(scan["scan_id"], REJECTED, {})
            elif one.get("durable"):
                self._told.receipt(scan["scan_id"], ACCEPTED, one)
            else:
                self._kept.append(scan)
        return any(one.get("durable") for one in said)

    async def _send_rest(self) -> None:
        gives_up_at = time.time() + FLUSH_S
        while self._kept and time.time() < gives_up_at:
            if not await self._send_some():
                await asyncio.sleep(0.5 + self._chance.random())
        for scan in self._kept:
            self._told.receipt(scan["scan_id"], PARKED, {})


async def play(plan: ClientPlan, told: Told) -> None:
    """Play all gates of the plan."""
    gates = [Gate(plan, told, gate, number) for number, gate in enumerate(plan.gates)]
    await asyncio.gather(*(gate.play() for gate in gates))


def main(plan: ClientPlan) -> None:
    """Play the plan and write down what happened."""
    with Path(plan.receipts).open("w", encoding="utf-8") as receipts:
        told = Told(receipts)
        uvloop.run(play(plan, told))
    told.save(Path(plan.report))


if __name__ == "__main__":
    main(ClientPlan.read(Path(sys.argv[1])))
