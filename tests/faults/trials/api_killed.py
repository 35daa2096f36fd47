"""The scan API is killed again and again under load: what it acknowledged is stored, once."""

import asyncio
import time

from tests.faults.books import check_scans
from tests.faults.gates import open_gates
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

RATE = 120.0
LOSES = 0.02  # a killed process loses answers too, but now and then none
AGAIN_S = 30.0


async def run(world: World, outcome: Outcome) -> None:
    """Two API processes and a recorder; one of the two is killed at a time, and started again."""
    await asyncio.gather(world.start("registration"), world.start("checkpoint", "recorder", role="worker"))
    await asyncio.gather(*(world.start("checkpoint", name, role="api") for name in ("gate-a", "gate-b")))
    ports = [world.services[name].port for name in ("gate-a", "gate-b")]
    gates = await open_gates(world, 6, ports, api="gate-a")
    kills = 6 if world.quick else 50
    gates.begin(RATE, batches=(1, 1, 20), loses=LOSES)
    for _ in range(kills):
        await asyncio.sleep(world.chance.uniform(0.2, 1.0))
        victim = world.chance.choice(("gate-a", "gate-b"))
        await world.ready(victim, within_s=AGAIN_S)
        world.services[victim].kill()
        killed = time.monotonic()
        await world.again(victim, ready=False)
        outcome.recovered_after(await gates.durable_again(killed, AGAIN_S))
    await world.ready()
    await gates.end()
    await world.wait_until_quiet()
    outcome.details["kills"] = kills
    await check_scans(world, gates.book, outcome)
    under_way = gates.book.were_unknown - gates.book.answers_lost
    outcome.expect(under_way > 0, "no scan was under way when a process was killed")
    outcome.expect(outcome.duplicate_deliveries > 0, "nothing was delivered twice")


TRIAL = Trial(1, "the scan API is killed under load", run)
