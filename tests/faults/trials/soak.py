"""Half an hour of ordinary work: memory, open files and threads of every process stay level once it is warm.

It takes time and little else, so that it runs beside the other trials. A kilobyte that stays with each scan makes some
20 MB between the thirds that are compared, which is more than `vitals` calls level.
"""

import asyncio
import os
import time
from collections import defaultdict

from tests.faults.arrivals import Arrivals
from tests.faults.books import check_scans
from tests.faults.gates import open_gates
from tests.faults.trial import Outcome, Trial
from tests.faults.vitals import Growth, Vitals, look_at
from tests.faults.world import World

SERVICES = ("registration", "isolation", "supply", "notification")
MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
WARM_UP = 1 / 6  # of the time
LOOK_EVERY_S = 10.0
RATE, ARRIVALS_RATE = 20.0, 0.3
PEOPLE = 700
SETTLED_S = 180.0


async def run(world: World, outcome: Outcome) -> None:
    """All services at work, looked at every ten seconds."""
    await asyncio.gather(
        *(world.start(name) for name in SERVICES),
        world.start("checkpoint", "recorder", role="worker"),
        world.start("checkpoint", role="api"),
    )
    gates = await open_gates(world, 6, [world.services["checkpoint"].port])
    arrivals = await Arrivals.of(world, PEOPLE)
    gates.begin(RATE, batches=(1, 1, 5))
    arrivals.begin(ARRIVALS_RATE)
    looks = await _looked_at(world, 60 * MINUTES)
    await asyncio.gather(gates.end(SETTLED_S), arrivals.end(SETTLED_S))
    await world.wait_until_quiet(SETTLED_S)
    _check_level(looks, outcome)
    await check_scans(world, gates.book, outcome)
    await arrivals.check("checkpoint", outcome)


async def _looked_at(world: World, seconds: float) -> dict[str, list[Vitals]]:
    """Return what each process used, every ten seconds from the warm-up's end on."""
    began = time.monotonic()
    await asyncio.sleep(WARM_UP * seconds)
    looks: defaultdict[str, list[Vitals]] = defaultdict(list)
    while time.monotonic() < began + seconds:
        for name, vitals in look_at(world.processes()).items():
            looks[name].append(vitals)
        await asyncio.sleep(LOOK_EVERY_S)
    return looks


def _check_level(looks: dict[str, list[Vitals]], outcome: Outcome) -> None:
    outcome.details["minutes"] = MINUTES
    for name, seen in looks.items():
        growth = Growth.over(seen)
        outcome.details[name] = {
            "at the end": {"memory, MB": round(seen[-1].memory_mb, 1), "files": seen[-1].files},
            "more in the last third": growth._asdict(),
        }
        outcome.expect(growth.level, f"{name} grows: {growth}")


TRIAL = Trial(16, "half an hour of ordinary work", run, quick=False, within_s=60 * MINUTES + 900)
