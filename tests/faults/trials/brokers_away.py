"""Every broker is away: gates get their verdicts all the time, none is called durable, and all come back."""

import time

from tests.faults.brokers import in_sync
from tests.faults.town import Town, sleep_until
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

# What a broker answered before it was frozen may still be on its way.
LAST_ANSWERS_S = 2.0
# A gate waits for the bus 1.5 s at the most; the rest is a busy machine.
LONGEST_WAIT_S = 5.0
# People arrive every few seconds, at random.
NO_VERDICT_S = 25.0
AGAIN_S = 60.0


async def run(world: World, outcome: Outcome) -> None:
    """All three are frozen, then killed, and started again on what they have kept."""
    town = await Town.begin(world)
    await in_sync(world)
    before = town.processes()
    away_at = time.monotonic()
    for broker in world.kafka.brokers:
        broker.pause()
    until = away_at + (25.0 if world.quick else 120.0)
    await sleep_until((away_at + until) / 2)
    world.kafka.kill()
    await sleep_until(until)
    _check_while_away(town, away_at, outcome)
    await world.start_brokers()
    await town.recovered(outcome, AGAIN_S)
    await world.ready()
    outcome.expect(town.processes() == before, "a service's process is another one than before")
    await town.end(outcome)


def _check_while_away(town: Town, away_at: float, outcome: Outcome) -> None:
    book, now = town.gates.book, time.monotonic()
    silent = [device.gate_id for device in town.gates.devices if device.gate_id not in book.verdicts_at]
    without, waited = book.longest_without_verdict_s(away_at, now), book.longest_wait_s(away_at)
    durable = [at for at in book.durable_at if away_at + LAST_ANSWERS_S < at < now]
    outcome.details |= {
        "away, s": round(now - away_at, 1),
        "verdicts while away": sum(at > away_at for times in book.verdicts_at.values() for at in times),
        "longest wait while away, s": round(waited, 1),
    }
    outcome.expect(not silent, f"gates got no verdict at all: {silent}")
    outcome.expect(waited < LONGEST_WAIT_S, f"a gate waited {waited:.1f} s for a verdict")
    outcome.expect(without < NO_VERDICT_S, f"a gate got no verdict for {without:.1f} s")
    outcome.expect(not durable, f"{len(durable)} scans were called durable while every broker was away")


TRIAL = Trial(4, "all brokers are away", run)
