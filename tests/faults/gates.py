"""Gates under load: devices that scan, keep what is not durable, send it again, and log what became of each scan."""

import asyncio
import json
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TextIO

from deploy.rehearsal.client import JSON, LINES, Asking
from deploy.rehearsal.connection import Answer, head_of, request
from shared.base.ids import new_id
from tests.faults.codes import code_of, code_signer
from tests.faults.world import World

PATIENCE_S = 8.0  # longer than a service may take, to distinguish a hanging one from a slow one
AREA = "/jinhe/hedong/chunhua/c01"
Scan = dict[str, Any]


@dataclass
class ScanBook:
    """The scans of devices with the answers. The outcome of an unknown scan is not known."""

    log: TextIO
    sent: dict[str, Scan] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)  # scan id to verdict
    unknown: set[str] = field(default_factory=set)
    refused: dict[str, Any] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    not_durable: int = 0
    were_unknown: int = 0
    answers_lost: int = 0  # of those, scans whose answer came and was thrown away
    hangs: int = 0
    waits_s: list[tuple[float, float]] = field(default_factory=list)  # when asked (monotonic), how long it took
    durable_at: list[float] = field(default_factory=list)  # times of durable answers (monotonic)
    verdicts_at: dict[str, list[float]] = field(default_factory=dict)  # times of verdicts (monotonic), by gate
    durable_up_to: dict[str, str] = field(default_factory=dict)  # when a gate's newest durable scan was made, by gate

    def note(self, scan: Scan, state: str, answer: Any = None) -> None:
        """Log what became of a scan: sent, acknowledged, unknown, refused or kept."""
        scan_id = scan["scan_id"]
        line = {"at": time.time(), "gate": scan["gate_id"], "scan_id": scan_id, "state": state, "answer": answer}
        self.log.write(json.dumps(line) + "\n")
        if state in ("acknowledged", "kept"):
            self.verdicts_at.setdefault(scan["gate_id"], []).append(time.monotonic())
        if state == "sent":
            self.sent[scan_id] = scan
        elif state == "acknowledged":
            self.acknowledged[scan_id] = answer["verdict"]
            self.unknown.discard(scan_id)
            self.durable_at.append(time.monotonic())
            scan = self.sent[scan_id]
            self.durable_up_to[scan["gate_id"]] = max(scan["at"], self.durable_up_to.get(scan["gate_id"], ""))
        elif state == "unknown":
            self.unknown.add(scan_id)
            self.were_unknown += 1
        elif state == "refused":
            self.refused[scan_id] = answer
        else:
            self.not_durable += 1

    def longest_without_verdict_s(self, since: float, until: float) -> float:
        """Return the longest time that any gate was without a verdict between these instants (monotonic)."""
        longest = 0.0
        for verdicts in self.verdicts_at.values():
            between = [since, *(at for at in verdicts if since < at < until), until]
            longest = max(longest, *(after - before for before, after in pairwise(between)))
        return longest

    def longest_wait_s(self, since: float = 0.0) -> float:
        """Return the longest wait for an answer, of the requests since then."""
        return max((wait for at, wait in self.waits_s if at >= since), default=0.0)


class Device:
    """One gate's device. `ports` are the processes it may ask, tried in turn; `batch` above one: scans go together.

    Of answers `loses` (0 to 1) get lost on their way: such scans are sent again though they are stored.
    """

    def __init__(
        self,
        book: ScanBook,
        gate_id: str,
        token: str,
        codes: Sequence[str],
        ports: Sequence[int],
        chance: random.Random,
    ) -> None:
        self.book, self.gate_id, self.codes = book, gate_id, codes
        self.kept: deque[Scan] = deque()
        self.loses = 0.0
        self._one = head_of("/v1/scans", token, JSON)
        self._many = head_of("/v1/scans/batch", token, LINES)
        self._ports, self._chance = list(ports), chance
        self._connection: Asking | None = None
        self._seq = 0

    def scan(self, **more: Any) -> Scan:
        """Return the next scan, of a resident of this gate."""
        self._seq += 1
        return {
            "scan_id": new_id(),
            "gate_id": self.gate_id,
            "seq": self._seq,
            "at": datetime.now(UTC).isoformat(),
            "direction": self._chance.choice(("in", "out")),
            "credential": {"kind": "code", "value": self._chance.choice(self.codes)},
            "temperature_c": 36.5,
            "mask": True,
        } | more

    async def play(self, until: asyncio.Event, rate: float, batch: int = 1) -> None:
        """Scan `rate` people a second until `until` is set; send scans that are not durable again in between."""
        due = time.monotonic()
        while not until.is_set():
            # Never quiet for long: the time until scans are durable again must not depend on the next arrival.
            due += min(self._chance.expovariate(rate / batch), 2 * batch / rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 2)  # an unavailable service causes no second scan of a person
            scans = [self.scan() for _ in range(batch)]
            for scan in scans:
                self.book.note(scan, "sent")
            if await self.post(scans) and self.kept:
                await self.post([self.kept.popleft() for _ in range(min(100, len(self.kept)))])

    async def send_rest(self, within_s: float = 60.0) -> None:
        """Send what is not durable until it is. Raises `AssertionError` when that takes too long."""
        deadline = time.monotonic() + within_s
        while self.kept:
            assert time.monotonic() < deadline, f"{self.gate_id}: {len(self.kept)} scans not durable in {within_s} s"
            if not await self.post([self.kept.popleft() for _ in range(min(100, len(self.kept)))]):
                await asyncio.sleep(0.5)

    async def show(self, **more: Any) -> dict[str, Any]:
        """Post one scan and return the answer. Raises `AssertionError` without one."""
        scan = self.scan(**more)
        self.book.note(scan, "sent")
        answer = await self._ask(request(self._one, json.dumps(scan).encode()))
        if answer is None or answer.status != 200:
            self._without_result((scan,), answer)
            raise AssertionError(f"{self.gate_id} was answered {answer and answer.status}")
        result: dict[str, Any] = json.loads(answer.body)
        self._on_result(scan, result)
        return result

    async def post(self, scans: Sequence[Scan]) -> bool:
        """Send scans, one by itself or several together; whether all of them are durable now."""
        one = len(scans) == 1
        began = time.monotonic()
        content = request(self._one, json.dumps(scans[0]).encode()) if one else _lines(self._many, scans)
        answer = await self._ask(content)
        self.book.waits_s.append((began, time.monotonic() - began))
        if answer is not None:
            self.book.statuses[answer.status] += 1
        if answer is None or answer.status != 200:
            return self._without_result(scans, answer)
        if self._chance.random() < self.loses:
            self.book.answers_lost += len(scans)
            return self._without_result(scans, None)
        results = [json.loads(answer.body)] if one else json.loads(answer.body)
        return all([self._on_result(scan, result) for scan, result in zip(scans, results, strict=True)])

    def _without_result(self, scans: Sequence[Scan], answer: Answer | None) -> bool:
        final = answer is not None and answer.status not in (429, 500, 503)
        for scan in scans:
            self.book.note(scan, "refused" if final else "unknown", answer.status if answer else None)
            if not final:
                self.kept.append(scan)
        return False

    def _on_result(self, scan: Scan, result: dict[str, Any]) -> bool:
        if "error" in result or "verdict" not in result:
            self.book.note(scan, "refused", result)
            return True
        self.book.note(scan, "acknowledged" if result["durable"] else "kept", result)
        if not result["durable"]:
            self.kept.append(scan)
        return bool(result["durable"])

    async def _ask(self, content: bytes) -> Answer | None:
        """Return the answer, or None without one; the next request then goes to another process."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._connection is None or not self._connection.open:
                    where = ("127.0.0.1", self._ports[0])
                    _, self._connection = await asyncio.get_running_loop().create_connection(Asking, *where)
                return await self._connection.ask(content, PATIENCE_S)
        except TimeoutError:
            self.book.hangs += 1
        except OSError:
            pass
        self.hang_up()
        self._ports.append(self._ports.pop(0))
        return None

    def ask_at(self, port: int) -> None:
        """Ask the process at that port from now on."""
        if self._ports != [port]:
            self.hang_up()
            self._ports = [port]

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Gates:
    """Several devices on one book; `async with load:` runs them in the background."""

    def __init__(self, world: World, devices: Sequence[Device], book: ScanBook) -> None:
        self.devices, self.book = devices, book
        self._world = world
        self._until = asyncio.Event()
        self._playing: list[asyncio.Task[None]] = []

    def begin(self, rate: float, batches: Sequence[int] = (1,), loses: float = 0.0) -> None:
        """Begin a load of `rate` scans a second, by devices that send as many together as `batches` says in turn.

        They lose so many of their answers (0 to 1).
        """
        self._until.clear()
        share = rate / len(self.devices)
        for device in self.devices:
            device.loses = loses
        self._playing = [
            asyncio.create_task(device.play(self._until, share, batches[number % len(batches)]))
            for number, device in enumerate(self.devices)
        ]

    async def end(self, within_s: float = 60.0) -> None:
        """End the load, and send what is left until everything is durable."""
        self._until.set()
        await asyncio.gather(*self._playing)
        await asyncio.gather(*(device.send_rest(within_s) for device in self.devices))

    async def durable_again(self, since: float, within_s: float) -> float:
        """Wait until scans are durable; return how long after `since` (monotonic) the first one was."""
        deadline = time.monotonic() + within_s
        while not (self.book.durable_at and self.book.durable_at[-1] > since):
            assert time.monotonic() < deadline, f"nothing was durable within {within_s} s"
            await asyncio.sleep(0.05)
        return next(at for at in self.book.durable_at if at > since) - since

    async def durable_everywhere(self, within_s: float) -> float:
        """Wait until scans made from now on are durable at every gate; return how long that took."""
        began, now = time.monotonic(), datetime.now(UTC).isoformat()
        while waiting := [one.gate_id for one in self.devices if self.book.durable_up_to.get(one.gate_id, "") < now]:
            assert time.monotonic() - began < within_s, f"nothing was durable within {within_s} s at {waiting}"
            await asyncio.sleep(0.05)
        return time.monotonic() - began


async def open_gates(
    world: World,
    count: int,
    ports: Sequence[int],
    people: int = 50,
    api: str = "checkpoint",
    book: ScanBook | None = None,
    prefix: str = "gate",
) -> Gates:
    """Define gates at the process `api`, and return their devices; `people` live behind each.

    More gates of one trial have another prefix, and the same book.
    """
    book = book or ScanBook((world.directory / "scans.ndjson").open("w", encoding="utf-8"))
    signer = code_signer(world)
    devices = []
    async with world.http(api, "city", area="/") as http:
        for number in range(count):
            gate_id, path = f"{prefix}-{number:02}", f"{AREA}/p{number:02}"
            body = {"gate_id": gate_id, "name": gate_id, "area_path": path}
            (await http.put("/v1/gates", json=body)).raise_for_status()
            token = world.issuer.mint("device", area=path, gate=gate_id, subject=f"device-{gate_id}")
            codes = [code_of(signer, new_id()) for _ in range(people)]
            devices.append(Device(book, gate_id, token, codes, ports, random.Random(world.chance.random())))
    return Gates(world, devices, book)


def _lines(head: bytes, scans: Sequence[Scan]) -> bytes:
    return request(head, "\n".join(map(json.dumps, scans)).encode())
