"""One seed played: two processes of each service, people, faults for a while, then quiet, and what was wrong."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from services.checkpoint.replicas import exceptions
from services.checkpoint.replicas.compact import Table
from shared.events.checkpoint import ALERTS, PASSAGES
from shared.events.registration import STANDINGS
from shared.outbox import refill
from shared.outbox import relay as outbox
from shared.replicas import replica
from shared.store import deadlines
from tests.faults.simulation import gate, registry
from tests.faults.simulation.bus import LONGEST_PRODUCE_S, Bus
from tests.faults.simulation.groups import Group, Reader
from tests.faults.simulation.loop import Life, SimulatedLoop, Stuck
from tests.faults.simulation.moment import Machine, moved
from tests.faults.simulation.people import People
from tests.faults.simulation.store import Store
from tests.faults.simulation.wire import Wire
from tests.faults.simulation.witness import LARGEST_SKEW_S, Witness

FAULTY_S = 12.0
QUIET_WITHIN_S = 240.0
TOPICS = {
    STANDINGS: 2,
    PASSAGES: 2,
    ALERTS: 2,
    "registration.dead-letters.v1": 1,
    "checkpoint.dead-letters.v1": 1,
}


@dataclass
class Played:
    """What came of a seed."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    calls: int = 0
    faulty_calls: int = 0
    unknown: int = 0
    deaths: int = 0
    pauses: int = 0
    rebalances: int = 0
    acknowledged: int = 0
    stored: int = 0
    effects: int = 0
    lost: int = 0
    duplicate_deliveries: int = 0
    duplicate_effects: int = 0
    quiet_after_s: float = 0.0


class _SparseTable(Table):
    """The product's table, whose sixty thousand buckets are made when they are needed."""

    def __init__(self) -> None:
        self._buckets = defaultdict(bytearray)  # type: ignore[assignment]
        self._rows = 0


class City:
    """The simulated city of one seed."""

    def __init__(self, seed: int, trace: bool) -> None:
        self.chance = random.Random(seed)
        self.loop = SimulatedLoop(self.chance)
        self.machine = Machine(self.loop, self.chance)
        self.wire = Wire(self.loop, self.chance, self.kill)
        self.wire.trace = [] if trace else None
        self.played = Played(seed)
        self.witness = Witness(self.wire)
        self.witness.now = self.loop.time
        self.stores = {registry.SERVICE: Store(self.witness.committed), gate.SERVICE: Store(lambda _: None)}
        self.bus = Bus(TOPICS, self.wire, self.witness.appended)
        self.groups = {
            registry.SERVICE: Group(registry.SERVICE, [ALERTS, "registration.dead-letters.v1"], self.bus),
            gate.SERVICE: Group("checkpoint.recorder", [PASSAGES, "checkpoint.dead-letters.v1"], self.bus),
        }
        self.people = People(self.loop, self.chance, self.bus, self.witness)
        self._numbers = count(1)
        self._lives: list[Life] = []

    def start(self, service: str, name: str) -> None:
        """Start a process."""
        skew = self.chance.uniform(-LARGEST_SKEW_S, LARGEST_SKEW_S)
        life = Life(name, next(self._numbers), skew)
        self._lives.append(life)
        life.context.run(self._compose, service, life)

    def _compose(self, service: str, life: Life) -> None:
        self.wire.tell("starts")
        store, group = self.stores[service], self.groups[service]
        if service == registry.SERVICE:
            deps = self.people.desks[life] = registry.start(self.loop, life, store, self.bus, group)
            self.loop.begin(life, _persist(lambda: registry.begin_rounds(deps)))
        else:
            made = self.people.gates[life] = gate.Gate(life, store, self.bus, self.witness.decided)
            made.start(self.loop, group)

    def kill(self, life: Life) -> None:
        """Let a process die, and its next life begin a little later."""
        service = registry.SERVICE if life in self.people.desks else gate.SERVICE
        life.alive = False
        self.played.deaths += 1
        self.wire.tell(f"{life} dies")
        self._lives.remove(life)
        self.people.desks.pop(life, None)
        self.people.gates.pop(life, None)
        again = self.chance.uniform(0.1, 3.0)
        self.loop.call_later(again, self.start, service, life.name, context=self.loop.outside)

    async def run(self) -> None:
        """Play it."""
        for service, name in (("registration", "desk-a"), ("registration", "desk-b")):
            self.start(service, name)
        for name in ("gate-a", "gate-b"):
            self.start(gate.SERVICE, name)
        keeping = self.loop.create_task(self._keep_time())
        troubles = [self.loop.create_task(one) for one in (self._deaths(), self._pauses(), self._rebalances())]
        people = [self.people.use_device(name, FAULTY_S) for name in ("device-1", "device-2")]
        people += [self.people.work_at_desk(FAULTY_S), self.people.raise_alerts(FAULTY_S)]
        working = [self.loop.create_task(one) for one in people]
        await asyncio.sleep(FAULTY_S)
        self.wire.tell("the faults end")
        self.wire.faulty = False
        for one in troubles:
            one.cancel()
        await self._settle(working)
        keeping.cancel()
        self._check()

    async def _keep_time(self) -> None:
        """What the servers do by the clock: transactions and members are given up."""
        while True:
            await asyncio.sleep(0.5)
            for store in self.stores.values():
                store.expire(self.loop.time())
            for group in self.groups.values():
                group.expire(self.loop.time())

    async def _deaths(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(0.2))
            self.kill(self.chance.choice(self._lives))

    async def _pauses(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(0.12))
            life = self.chance.choice(self._lives)
            life.awake = False
            self.played.pauses += 1
            seconds = self.chance.choice((0.5, 3.0, 8.0, 12.0)) * self.chance.random()
            self.wire.tell(f"{life} stands still for {seconds:.3f} s")
            self.loop.call_later(seconds, self._wake, life)

    def _wake(self, life: Life) -> None:
        life.awake = True
        self.loop.wake_all()

    async def _rebalances(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(0.15))
            self.chance.choice(list(self.groups.values())).rebalance()
            self.played.rebalances += 1

    async def _settle(self, working: list["asyncio.Task[None]"]) -> None:
        began = self.loop.time()
        while not self._quiet(working):
            if self.loop.time() - began > QUIET_WITHIN_S:
                self.witness.expect(False, f"not quiet after {QUIET_WITHIN_S:.0f} s: {self._unquiet()}")
                break
            await asyncio.sleep(0.5)
        for one in working:
            if one.done():
                one.result()
        self.played.quiet_after_s = self.loop.time() - began

    def _unquiet(self) -> dict[str, Any]:
        rows = self.stores[registry.SERVICE].rows
        behind = [
            str(one.life) for one in self.people.gates.values() if not one.exceptions.replica.ready or self._unread(one)
        ]
        return {
            "people": self.people.busy,
            "outbox": sum(row["published_at"] is None for row in rows["outbox"].values()),
            "deadlines": sum(
                row["kind"] == registry.RELEASE and row["state"] == "pending" for row in rows["deadlines"].values()
            ),
            "rounds due": not rows["rounds"],
            "lag": sum(group.lag() for group in self.groups.values()),
            "behind": behind,
            "away": 4 - len(self._lives) + sum(not life.awake for life in self._lives),
        }

    def _unread(self, one: gate.Gate) -> bool:
        read = one.exceptions.replica.positions
        return any(read.get(p.partition, -1) + 1 < len(self.bus.logs[p]) for p in self.bus.partitions(STANDINGS))

    def _quiet(self, working: list["asyncio.Task[None]"]) -> bool:
        return all(one.done() for one in working) and not any(self._unquiet().values())

    def _check(self) -> None:
        orders, passages = self.stores[registry.SERVICE], self.stores[gate.SERVICE]
        self.witness.check_registry(orders)
        on_bus = self.bus.records(PASSAGES)
        self.witness.check_gates(passages, list(self.people.gates.values()), orders.rows["cases"], on_bus)
        played, witness = self.played, self.witness
        played.acknowledged, played.stored = len(witness.acknowledged), len(passages.rows["passages"])
        played.effects = len(orders.rows["effects"])
        played.lost, played.duplicate_effects = witness.lost, witness.duplicate_effects
        played.duplicate_deliveries = witness.duplicate_deliveries + len(on_bus) - played.stored


def play(seed: int, trace: bool = False) -> Played:
    """Play one seed and return what came of it; the same seed comes to the same, event by event."""
    city = City(seed, trace)
    played = city.played
    with _around(city):
        try:
            city.loop.run_until_complete(city.run())
        except Stuck as stuck:
            city.witness.expect(False, str(stuck))
        finally:
            city.wire.over = True
            city.loop.end()
    played.wrong = city.witness.wrong
    played.trace = city.wire.trace or []
    played.calls, played.faulty_calls, played.unknown = city.wire.calls, city.wire.faulty_calls, city.wire.unknown
    return played


@contextmanager
def _around(city: City) -> Iterator[None]:
    """Let the product's modules reach the simulated servers, and say nothing of what goes wrong."""
    Reader.bus = city.bus
    patches: tuple[tuple[Any, str, Any], ...] = (
        (replica, "AIOKafkaConsumer", Reader),
        (refill, "AIOKafkaConsumer", Reader),
        (replica, "connection", _nothing),
        (refill, "connection", _nothing),
        (exceptions, "Table", _SparseTable),
        (deadlines, "AT_ONCE", 1),  # two processes compete for each; more would mostly ask without success
        # A third of what they are, as a produce is, which they must outlast.
        (deadlines, "LEASE", timedelta(seconds=LONGEST_PRODUCE_S + 1)),
        (outbox, "LEASE", timedelta(seconds=LONGEST_PRODUCE_S + 1)),
    )
    before = [getattr(module, name) for module, name, _ in patches]
    disabled = logging.root.manager.disable
    for module, name, value in patches:
        setattr(module, name, value)
    logging.disable(logging.CRITICAL)
    try:
        with moved(city.machine, city.loop, city.chance):
            yield
    finally:
        logging.disable(disabled)
        for (module, name, _), value in zip(patches, before, strict=True):
            setattr(module, name, value)


def _nothing(_: str) -> dict[str, Any]:
    return {}


async def _persist(attempt: Any) -> None:
    while True:
        try:
            await attempt()
            return
        except Exception:
            await asyncio.sleep(1.0)
