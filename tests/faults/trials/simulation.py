"""Decisions, outbox, inbox and deadlines in a simulated city, ten thousand times over."""

import asyncio

from tests.faults.simulation.seeds import play_all, replay_command
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

SEEDS, QUICK_SEEDS = 10_000, 150


async def run(world: World, outcome: Outcome) -> None:
    """Play the seeds that follow from the run's own: every invariant holds in each, and faults came in all of them."""
    first = world.seed * SEEDS
    count = QUICK_SEEDS if world.quick else SEEDS
    total = await asyncio.to_thread(play_all, range(first, first + count))
    for seed, wrong in sorted(total.failed.items())[:5]:
        outcome.expect(False, f"seed {seed}: {wrong[0]}; see it with: {replay_command(seed)}")
    outcome.expect(not total.failed, f"{len(total.failed)} of {total.seeds} seeds failed")
    outcome.expect(total.seeds == count, f"{total.seeds} of {count} seeds were played")
    totals = dict(total.totals)
    outcome.acknowledged, outcome.stored = totals.pop("acknowledged"), totals.pop("stored")
    outcome.lost, outcome.duplicate_effects = totals.pop("lost"), totals.pop("duplicate_effects")
    outcome.duplicate_deliveries = totals.pop("duplicate_deliveries")
    outcome.recovered_after(total.longest_quiet_s)
    outcome.details |= {"seeds": total.seeds, "failed": len(total.failed), **totals}
    for what in ("deaths", "pauses", "rebalances"):
        outcome.expect(totals[what] > count, f"only {totals[what]} {what} in {count} seeds")
    outcome.expect(totals["unknown"] > 0.08 * totals["faulty_calls"], "fewer calls ended unknown than should have")


TRIAL = Trial(15, "seeded simulation of decisions, outbox, inbox and deadlines", run, brokers=0, within_s=3_600.0)
