"""Many seeds, shared by several processes."""

import multiprocessing
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.simulation.city import Played, play

AT_ONCE = 2
_CHUNK = 20


@dataclass
class Sum:
    """What came of many seeds together."""

    seeds: int = 0
    failed: dict[int, list[str]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    longest_quiet_s: float = 0.0

    def add(self, one: Played) -> None:
        """Add a seed."""
        self.seeds += 1
        if one.wrong:
            self.failed[one.seed] = one.wrong
        for name, value in vars(one).items():
            if type(value) is int and name != "seed":
                self.totals[name] = self.totals.get(name, 0) + value
        self.longest_quiet_s = max(self.longest_quiet_s, one.quiet_after_s)


def replay_command(seed: int) -> str:
    """Return how to see what happened in a seed."""
    return f".venv/bin/python -m tests.faults.simulation --seed {seed}"


def play_all(seeds: Iterable[int], at_once: int = AT_ONCE) -> Sum:
    """Play the seeds in as many processes as are useful here."""
    total = Sum()
    # Not forked: a process that was would share an event loop's leftovers and the test run's servers.
    with multiprocessing.get_context("spawn").Pool(min(at_once, os.cpu_count() or 1)) as pool:
        for one in pool.imap_unordered(play, seeds, _CHUNK):
            total.add(one)
    return total
