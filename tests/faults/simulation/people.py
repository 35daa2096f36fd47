"""Those outside of the processes: devices at gates, clerks with orders, and the field, from where alerts come."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.envelope.event import Event, Meta, encode
from shared.events.checkpoint import ALERTS, AlertRaised, AlertRule, Direction
from tests.faults.simulation import registry
from tests.faults.simulation.bus import Bus
from tests.faults.simulation.gate import Answer, Gate, Scan
from tests.faults.simulation.loop import Life, SimulatedLoop
from tests.faults.simulation.witness import Witness

PATIENCE_S = 3.0
RESIDENTS = tuple(f"00000000-0000-7000-8000-{number:012d}" for number in range(5))
T = TypeVar("T")


class People:
    """All of them. `gates` and `desks` are the processes that run, by their lives."""

    def __init__(self, loop: SimulatedLoop, chance: random.Random, bus: Bus, witness: Witness) -> None:
        self._loop, self._chance, self._bus, self._witness = loop, chance, bus, witness
        self._clock = SystemClock()
        self.gates: dict[Life, Gate] = {}
        self.desks: dict[Life, registry.Deps] = {}
        self.busy = 0

    async def use_device(self, name: str, until_s: float) -> None:
        """Scan people until then, and send again whatever is not durable until it is."""
        self.busy += 1
        kept: list[Scan] = []
        seq = 0
        while self._loop.time() < until_s or kept:
            await asyncio.sleep(self._chance.expovariate(1.0))
            if self._loop.time() < until_s:
                seq += 1
                kept.append(self._next_scan(name, seq))
            scans = kept[-1:] if self._chance.random() < 0.5 else kept
            answers = await self._ask(self.gates, lambda gate, scans=tuple(scans): gate.scan(scans))
            self._note(scans, answers)
            durable = {scan.scan_id for scan, one in zip(scans, answers or (), strict=False) if one.durable}
            kept = [scan for scan in kept if scan.scan_id not in durable]
        self.busy -= 1

    def _next_scan(self, device: str, seq: int) -> Scan:
        way = self._chance.choice((Direction.IN, Direction.OUT))
        return Scan(new_id(), device, seq, self._clock.now(), self._chance.choice(RESIDENTS), way)

    def _note(self, scans: list[Scan], answers: list[Answer] | None) -> None:
        for scan, one in zip(scans, answers or [], strict=False):
            if one.durable:
                self._witness.acknowledged[scan.scan_id] = one.verdict

    async def work_at_desk(self, until_s: float) -> None:
        """Give orders until then, each again until it is known to have been taken."""
        self.busy += 1
        resident = RESIDENTS[0]
        while self._loop.time() < until_s:
            if self._chance.random() < 0.7:  # else it is corrected at once, perhaps by another process
                await asyncio.sleep(self._chance.expovariate(0.4))
                resident = self._chance.choice(RESIDENTS)
            order_id, isolated = new_id(), self._chance.random() < 0.5
            while (
                await self._ask(self.desks, lambda deps, o=order_id, r=resident, i=isolated: _ordered(deps, o, r, i))
                is None
            ):
                await asyncio.sleep(0.5)
            self._witness.ordered.add(order_id)
        self.busy -= 1

    async def raise_alerts(self, until_s: float) -> None:
        """Publish alerts until then, some of them twice, and sometimes one that no handler accepts."""
        self.busy += 1
        while self._loop.time() < until_s:
            await asyncio.sleep(self._chance.expovariate(0.7))
            bad = self._chance.random() < 0.15
            alert = self._alert(registry.ABSURD if bad else str(self._chance.randrange(1, 6)))
            (self._witness.refused if bad else self._witness.alerts).add(alert.id)
            wire = encode(alert)
            value = b"{" if bad and self._chance.random() < 0.5 else wire.value
            for _ in range(self._chance.choice((1, 1, 1, 2))):
                self._bus.append(self._chance_place(wire.key), [(wire.key, value, wire.headers)])
        self.busy -= 1

    def _alert(self, detail: str) -> Event:
        resident = self._chance.choice(RESIDENTS)
        now = self._clock.now()
        alert = AlertRaised(
            alert_id=new_id(),
            subject=resident,
            rule=AlertRule.BREACH,
            gate_id="g",
            area_path="/c",
            at=now,
            detail=detail,
        )
        return alert.stamped(Meta(new_id(), now, "checkpoint", new_id()))

    def _chance_place(self, key: bytes) -> Any:
        return self._bus.partitions(ALERTS)[key[-1] % self._bus.topics[ALERTS]]

    async def _ask(self, doors: dict[Life, T], work: Callable[[T], Coroutine[Any, Any, Any]]) -> Any:
        """Let a process do the work and return its answer; None if the outcome is unknown."""
        if not doors:
            return None
        life = self._chance.choice(list(doors))
        task = self._loop.begin(life, work(doors[life]))
        await asyncio.wait([task], timeout=PATIENCE_S)
        if not task.done() or task.exception() is not None:
            return None
        return task.result()


async def _ordered(deps: registry.Deps, order_id: str, resident: str, isolated: bool) -> bool:
    await registry.order(deps, order_id, resident, isolated)
    return True
