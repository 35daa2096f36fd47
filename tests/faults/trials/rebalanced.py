"""The consumers of a service become six and then two while its batches are slow: every event has its effect, once.

Two of the four that leave get SIGTERM, and two are killed with work in hand.
"""

import asyncio
import time

from shared.events.isolation import CaseOpened, FeverReported
from tests.faults.books import repeated
from tests.faults.feed import Feed, check_messages, news
from tests.faults.points import handed
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.waiting import eventually

MOST, LEAST = 6, 2
RATE, SLOW_S = 12.0, 0.2
BURST = 120  # so many at once that a batch is not through when its process is killed
GRACE_S, WORK_S = 20.0, 60.0
WORKERS = [f"worker-{number}" for number in range(1, MOST + 1)]


async def run(world: World, outcome: Outcome) -> None:
    """One worker, then six, then two of the six, under a load that does not end meanwhile."""
    await world.start("registration", role="api")
    await _start(world, WORKERS[0])
    until = asyncio.Event()
    async with Feed(world) as feed, asyncio.TaskGroup() as playing:
        playing.create_task(feed.play(until, lambda: news(world), RATE))
        await _works(world, WORKERS[0])
        await asyncio.gather(*(_start(world, name) for name in WORKERS[1:]))
        grown = time.monotonic()
        await asyncio.gather(*(_works(world, name) for name in WORKERS))
        outcome.recovered_after(time.monotonic() - grown)
        await asyncio.sleep(0 if world.quick else 20)
        going = world.chance.sample(WORKERS, MOST - LEAST)
        await asyncio.gather(*(_leave(world, name, outcome) for name in going[:2]))
        for name in going[2:]:
            await feed.say(*(news(world) for _ in range(BURST)))
            await _works(world, name, times=6)
            world.services[name].kill()
        await asyncio.sleep(0 if world.quick else 20)
        until.set()
    await world.wait_until_quiet(within_s=180)
    await check_messages(world, feed.of(CaseOpened, FeverReported), outcome)
    _check_delivered(world, going, outcome)


async def _start(world: World, name: str) -> None:
    await world.start("notification", name, role="worker", faults={"slow_s": SLOW_S, "handed": True})


async def _works(world: World, name: str, times: int = 1) -> None:
    """Wait until a worker has been given so many events more."""
    before = len(handed(world.notes(name)))
    await eventually(lambda: len(handed(world.notes(name))) >= before + times, WORK_S)


async def _leave(world: World, name: str, outcome: Outcome) -> None:
    by_itself = await world.terminate(name, GRACE_S)
    outcome.expect(by_itself, f"{name} got SIGTERM, and had not ended after {GRACE_S:.0f} s")


def _check_delivered(world: World, going: list[str], outcome: Outcome) -> None:
    given = {name: handed(world.notes(name)) for name in WORKERS}
    outcome.duplicate_deliveries = repeated(one for ids in given.values() for one in ids)
    outcome.details |= {"given to": {name: len(ids) for name, ids in given.items()}, "killed": going[2:]}
    outcome.expect(outcome.duplicate_deliveries > 0, "workers were killed with work in hand, and nothing came again")


TRIAL = Trial(6, "one consumer, six, two, during slow batches", run, quick=False)
