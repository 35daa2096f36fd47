"""A small town under load: two processes at the gates, a recorder, and arrivals through registration and isolation."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from tests.faults.arrivals import Arrivals
from tests.faults.books import check_scans
from tests.faults.brokers import PARTITIONS, handling_again, one_gate_a_partition
from tests.faults.gates import Gates, open_gates
from tests.faults.trial import Outcome
from tests.faults.vitals import look_at
from tests.faults.world import World

APIS = ("gate-a", "gate-b")
CONSUMERS = ("registration", "isolation", "recorder")
PEOPLE = 240  # who can arrive
RATE, ARRIVALS_RATE = 24.0, 0.25
FIRST_S = 60.0
SETTLED_S = 120.0


@dataclass
class Town:
    """The load, and the books that are compared at its end. Each gate feeds a partition of its own."""

    world: World
    gates: Gates
    arrivals: Arrivals

    @classmethod
    async def begin(cls, world: World, kafka: str = "", mongo: str = "") -> Self:
        """Start the services, at these servers or the world's own, and the load."""
        await asyncio.gather(
            *(world.start(name, kafka=kafka, mongo=mongo) for name in ("registration", "isolation")),
            world.start("checkpoint", "recorder", kafka=kafka, mongo=mongo, role="worker"),
            *(world.start("checkpoint", name, kafka=kafka, mongo=mongo, role="api") for name in APIS),
        )
        ports = [world.services[name].port for name in APIS]
        gates = await open_gates(world, PARTITIONS, ports, api=APIS[0])
        one_gate_a_partition(world, gates)
        town = cls(world, gates, await Arrivals.of(world, PEOPLE))
        gates.begin(RATE, batches=(1, 1, 5))
        town.arrivals.begin(ARRIVALS_RATE)
        await gates.durable_everywhere(FIRST_S)
        await handling_again(world, CONSUMERS)
        return town

    async def recovered(self, outcome: Outcome, within_s: float) -> None:
        """Wait until every partition takes scans, and until outboxes and consumers go on; record both times."""
        scans, consumers = await asyncio.gather(
            self.gates.durable_everywhere(2 * within_s), handling_again(self.world, CONSUMERS)
        )
        outcome.recovered_after(scans)
        outcome.details.setdefault("scans again after, s", []).append(round(scans, 1))
        outcome.details.setdefault("consumers again after, s", []).append(round(consumers, 1))
        outcome.expect(scans <= within_s, f"scans were durable at every gate only after {scans:.0f} s")

    async def end(self, outcome: Outcome) -> None:
        """End the load, wait until all is quiet, and compare the books."""
        await asyncio.gather(self.gates.end(SETTLED_S), self.arrivals.end(SETTLED_S))
        await self.world.ready()
        await self.world.wait_until_quiet(SETTLED_S)
        await check_scans(self.world, self.gates.book, outcome)
        await self.arrivals.check(APIS[0], outcome)
        longest = {"gates": self.gates.book.longest_wait_s(), "registration": self.arrivals.longest_wait_s()}
        outcome.details["longest waits, s"] = {who: round(waited, 1) for who, waited in longest.items()}
        hangs = self.gates.book.hangs + self.arrivals.hangs
        outcome.expect(hangs == 0, f"{hangs} requests hung")

    def processes(self) -> Mapping[str, int]:
        """Return the numbers of the services' processes."""
        return self.world.processes()

    def memory_mb(self) -> Mapping[str, float]:
        """Return how much memory each service's process has."""
        return {name: vitals.memory_mb for name, vitals in look_at(self.processes()).items()}


async def sleep_until(at: float) -> None:
    """Sleep until that instant (monotonic), if it lies ahead."""
    await asyncio.sleep(max(0.0, at - time.monotonic()))
