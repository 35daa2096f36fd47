"""Consumers are killed, and fail, at every step of their work: nothing is lost, and an event has one effect.

Notification handles one event at a time, in a transaction with an inbox; checkpoint's recorder handles them in bulk.
"""

import asyncio
import time
from collections.abc import Sequence

from services.checkpoint.handlers import recorder
from services.notification.handlers import consumer as notifier
from shared.bus.lag import none_waits
from shared.events.checkpoint import PassageRecorded
from shared.events.isolation import CaseOpened, FeverReported
from tests.faults.books import repeated
from tests.faults.feed import Feed, check_letters, check_messages, check_recorded, news, passages
from tests.faults.points import FAIL, KILL, STEPS, Strike, handed, happened
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.waiting import eventually

RATE, BROKEN = 4.0, 0.25
STRIKES_S = 600.0
HANDLED_S = 120.0
CONSUMERS = {"notification": "notification", "recorder": "checkpoint"}


async def run(world: World, outcome: Outcome) -> None:
    """Each of the two is struck at one step after the other, and started again when it died."""
    strikes = _strikes(world)
    await asyncio.gather(
        world.start("registration", role="api"), *(_start(world, name, strikes[name]) for name in CONSUMERS)
    )
    until = asyncio.Event()
    async with Feed(world) as feed, asyncio.TaskGroup() as playing:
        for make in (lambda: news(world), passages(world)):
            playing.create_task(feed.play(until, make, RATE, BROKEN))
        await asyncio.gather(*(_tend(world, name, len(strikes[name]), outcome) for name in CONSUMERS))
        until.set()
    await world.ready()
    try:
        await world.wait_until_quiet()
        groups = {one.group: sorted(one.topics) for one in (recorder, notifier)}
        await eventually(lambda: none_waits(world.kafka.bootstrap, groups), HANDLED_S, 1.0)
    except AssertionError as error:  # records that were committed unhandled never arrive; the checks below name them
        outcome.expect(False, str(error))
    await check_messages(world, feed.of(CaseOpened, FeverReported), outcome)
    await check_recorded(world, feed.of(PassageRecorded), outcome)
    await check_letters(world, CONSUMERS.values(), feed.broken, outcome)
    _check_struck(world, outcome)


def _strikes(world: World) -> dict[str, list[Strike]]:
    """Return what happens to each: everything at every step, or in the quick run a half of it to each of the two."""
    by_name: dict[str, list[Strike]] = {}
    for number, name in enumerate(CONSUMERS):
        kills, fails = (STEPS[number::2], STEPS[1 - number :: 2]) if world.quick else (STEPS, STEPS)
        both = [(step, KILL) for step in kills] + [(step, FAIL) for step in fails]
        world.chance.shuffle(both)
        by_name[name] = [Strike(step, action, world.chance.randint(1, 2)) for step, action in both]
    return by_name


async def _start(world: World, name: str, strikes: Sequence[Strike]) -> None:
    faults = {"strikes": strikes, "handed": True}
    await world.start(CONSUMERS[name], name, role="worker", ready=False, faults=faults)


async def _tend(world: World, name: str, wanted: int, outcome: Outcome) -> None:
    """Start the process again each time it died, until everything has happened that was to happen."""
    died_at, given = None, 0

    async def all_happened() -> bool:
        nonlocal died_at, given
        if not world.services[name].running:
            died_at, given = time.monotonic(), len(handed(world.notes(name)))
            await world.again(name, ready=False)  # it may die again before it is ready
        elif died_at is not None and len(handed(world.notes(name))) > given:
            outcome.recovered_after(time.monotonic() - died_at)
            died_at = None
        return died_at is None and len(happened(world.notes(name))) == wanted

    await eventually(all_happened, STRIKES_S, 0.1)


def _check_struck(world: World, outcome: Outcome) -> None:
    struck = {name: happened(world.notes(name)) for name in CONSUMERS}
    twice = {name: repeated(handed(world.notes(name))) for name in CONSUMERS}
    outcome.details |= {"struck": struck, "handed twice": twice}
    outcome.duplicate_deliveries += sum(twice.values())
    for action in (KILL, FAIL):
        missed = {step for step in STEPS if not any(f"{action} {step}" in done for done in struck.values())}
        outcome.expect(not missed, f"nothing happened ({action}) at these steps: {', '.join(sorted(missed))}")
    outcome.expect(any(twice.values()), "consumers were struck, and yet no event was delivered twice")


TRIAL = Trial(2, "a consumer is killed at every step", run)
