"""One client process of a rehearsal, with several gates. `python -m deploy.rehearsal.client PLAN`.

Each gate has a device that posts one scan at a time, waits as `Retry-After` says, decides by itself when the service
does not answer, and sends scans that are not durable again, with the same ids.
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
from deploy.rehearsal.plan import ClientPlan, PlannedGate, arrivals
from services.checkpoint.client.posting import ACCEPTED, PARKED, REJECTED
from shared.base.ids import new_id

PATIENCE_S = 3.0  # the time that a device waits for the service before it decides by itself
FLUSH_S = 120.0
BATCH = 200
JSON, LINES = "application/json", "application/x-ndjson"


class Record:
    """Counts and waits by the second of a person's arrival, and a receipt for every scan."""

    def __init__(self, receipts: TextIO) -> None:
        self._receipts = receipts
        self._seconds: dict[int, Counter[str]] = {}
        self._waits: dict[int, list[float]] = {}

    def count(self, at: float, what: str) -> None:
        """Count an outcome of a person who arrived at that time."""
        self._seconds.setdefault(int(at), Counter())[what] += 1

    def count_wait(self, at: float, seconds: float) -> None:
        """Record how long a person who arrived at that time waited for a verdict."""
        self._waits.setdefault(int(at), []).append(round(1000 * seconds, 1))

    def receipt(self, scan_id: str, state: str, answer: dict[str, Any]) -> None:
        """Write the receipt of a scan."""
        line = {"scan_id": scan_id, "state": state, "verdict": answer.get("verdict")}
        self._receipts.write(json.dumps(line | {"reasons": answer.get("reasons", [])}) + "\n")

    def save(self, path: Path) -> None:
        """Write counts and waits to a file."""
        seconds = {at: dict(counts) for at, counts in self._seconds.items()}
        path.write_text(json.dumps({"seconds": seconds, "waits_ms": self._waits}))


class Asking(Connection):
    """A connection whose caller awaits the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: asyncio.Future[Answer] | None = None

    async def ask(self, content: bytes, patience_s: float = PATIENCE_S) -> Answer:
        """Send a request and return the answer. Raises `OSError` when the server hangs up, `TimeoutError`."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.write(content)
        async with asyncio.timeout(patience_s):
            return await self._waiting

    def on_answer(self, answer: Answer) -> None:
        """Pass the answer to the caller of `ask`."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """Raise an error in the caller of `ask`."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the server hung up"))


class Gate:
    """One gate: its device, the arriving people, and the scans that are not durable yet."""

    def __init__(self, plan: ClientPlan, record: Record, gate: PlannedGate, number: int) -> None:
        self._plan, self._record, self._gate = plan, record, gate
        self._chance = random.Random(plan.seed * 10_007 + number)
        self._one = head_of("/v1/scans", gate.token, JSON)
        self._many = head_of("/v1/scans/batch", gate.token, LINES)
        self._connection: Asking | None = None
        self._kept: deque[dict[str, Any]] = deque()
        self._seq = 0

    async def play(self) -> None:
        """Scan arriving people until the load ends, then send the remaining scans."""
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
                self._record.count(at, "busy")
                await asyncio.sleep(answer.retry_after_s * (0.5 + self._chance.random()))
                continue
            break
        self._record.count_wait(at, time.time() - self._plan.begins_at - at)
        if answer is None or answer.status == 503:
            self._record.count(at, "offline")
            self._kept.append(scan | {"mode": "offline"})
            return
        verdict = json.loads(answer.body)
        if answer.status != 200:
            self._record.count(at, "rejected")
            self._record.receipt(scan["scan_id"], REJECTED, {})
            return
        self._record.count(at, verdict["verdict"])
        if verdict["durable"]:
            self._record.receipt(scan["scan_id"], ACCEPTED, verdict)
            await self._send_some()
        else:
            self._record.count(at, "not_durable")
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
        """Return the answer, or None without one."""
        kept = self._connection is not None and self._connection.open
        try:
            return await (await self._connected()).ask(content)
        except OSError:
            # The server may close a kept connection at this moment: send the same scan again.
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
        """Send some scans that are not durable yet. Return whether one of them is durable now."""
        if not self._kept:
            return True
        batch = [self._kept.popleft() for _ in range(min(BATCH, len(self._kept)))]
        answer = await self._post(request(self._many, "\n".join(map(json.dumps, batch)).encode()))
        answers = json.loads(answer.body) if answer is not None and answer.status == 200 else [{}] * len(batch)
        for scan, scan_answer in zip(batch, answers, strict=True):
            if "error" in scan_answer:
                self._record.receipt(scan["scan_id"], REJECTED, {})
            elif scan_answer.get("durable"):
                self._record.receipt(scan["scan_id"], ACCEPTED, scan_answer)
            else:
                self._kept.append(scan)
        return any(scan_answer.get("durable") for scan_answer in answers)

    async def _send_rest(self) -> None:
        gives_up_at = time.time() + FLUSH_S
        while self._kept and time.time() < gives_up_at:
            if not await self._send_some():
                await asyncio.sleep(0.5 + self._chance.random())
        for scan in self._kept:
            self._record.receipt(scan["scan_id"], PARKED, {})


async def play(plan: ClientPlan, record: Record) -> None:
    """Play all gates of the plan."""
    gates = [Gate(plan, record, gate, number) for number, gate in enumerate(plan.gates)]
    await asyncio.gather(*(gate.play() for gate in gates))


def main(plan: ClientPlan) -> None:
    """Play the plan and write the report."""
    with Path(plan.receipts).open("w", encoding="utf-8") as receipts:
        record = Record(receipts)
        uvloop.run(play(plan, record))
    record.save(Path(plan.report))


if __name__ == "__main__":
    main(ClientPlan.read(Path(sys.argv[1])))
