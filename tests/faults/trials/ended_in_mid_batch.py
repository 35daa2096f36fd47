"""Consumers get SIGTERM while their handlers need more time than the grace.

Some are cut off before their event has had its effect, some after it: either way it comes again, and has one effect.
"""

import asyncio
import time

from shared.events.checkpoint import PassageRecorded
from shared.events.isolation import CaseOpened, FeverReported
from tests.faults.books import repeated
from tests.faults.feed import Feed, check_messages, check_recorded, news, passages
from tests.faults.points import handed
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.waiting import eventually

LONG_S = 120.0  # many times what a process gives to what is in hand, and longer than a round takes
GRACE_S = 15.0  # an orchestrator kills what has not ended by then
WORK_S = 60.0
EVENTS = 40
BEFORE, AFTER = "slow_s", "linger_s"
CONSUMERS = {"notification": "notification", "recorder": "checkpoint"}


async def run(world: World, outcome: Outcome) -> None:
    """Each round begins slow processes, hands them events and ends them; at last they are as they should be."""
    await world.start("registration", role="api")
    make = passages(world)
    rounds = [BEFORE, AFTER] * (1 if world.quick else 3)
    async with Feed(world) as feed:
        for slowness in rounds:
            before = {name: await _effects(world, name) for name in CONSUMERS}
            for _ in range(EVENTS):
                await feed.say(news(world), make())
            await asyncio.gather(*(_cut_off(world, name, slowness, before[name], outcome) for name in CONSUMERS))
    began = time.monotonic()
    await asyncio.gather(*(_start(world, name) for name in CONSUMERS))
    outcome.recovered_after(time.monotonic() - began)
    await world.wait_until_quiet()
    await check_messages(world, feed.of(CaseOpened, FeverReported), outcome)
    await check_recorded(world, feed.of(PassageRecorded), outcome)
    _check_came_again(world, outcome)


async def _cut_off(world: World, name: str, slowness: str, before: int, outcome: Outcome) -> None:
    """Begin a slow process and end it once it is at work: before or after an event has had its effect."""
    given = len(handed(world.notes(name)))
    await _start(world, name, **{slowness: LONG_S})
    await eventually(lambda: len(handed(world.notes(name))) > given, WORK_S)

    async def has_effect() -> bool:
        return await _effects(world, name) > before

    if slowness == AFTER:
        await eventually(has_effect, WORK_S)
    await _end(world, name, outcome)
    cut_off_before = await _effects(world, name) == before
    outcome.expect(cut_off_before == (slowness == BEFORE), f"{name} was not cut off where it should be ({slowness})")


async def _effects(world: World, name: str) -> int:
    effects = {"notification": "inbox", "recorder": "passages"}
    return await world.database(CONSUMERS[name])[effects[name]].count_documents({})


async def _start(world: World, name: str, **faults: float) -> None:
    await world.start(CONSUMERS[name], name, role="worker", faults={"handed": True} | faults)


async def _end(world: World, name: str, outcome: Outcome) -> None:
    by_itself = await world.terminate(name, GRACE_S)
    outcome.expect(by_itself, f"{name} got SIGTERM, and had not ended after {GRACE_S:.0f} s")


def _check_came_again(world: World, outcome: Outcome) -> None:
    twice = {name: repeated(handed(world.notes(name))) for name in CONSUMERS}
    outcome.details["handed twice"] = twice
    outcome.duplicate_deliveries = sum(twice.values())
    for name, count in twice.items():
        outcome.expect(count > 0, f"what {name} was cut off from was never delivered to it again")


TRIAL = Trial(8, "SIGTERM in mid-batch, with a handler slower than the grace", run, quick=False)
