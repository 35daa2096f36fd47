"""What a process uses, by /proc: memory, open files, threads; and whether that stays level over time."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

# The last third of the time may have so much more than the first: what Python and its allocator vary by on their own.
LEVEL_MB, LEVEL_FILES, LEVEL_THREADS = 8.0, 4.0, 4.0


class Vitals(NamedTuple):
    """One look at a process, at an instant (monotonic)."""

    at: float
    memory_mb: float
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Vitals":
        """Look at the process. Raises `FileNotFoundError` when it has ended."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        return cls(time.monotonic(), int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"]))


class Growth(NamedTuple):
    """How much more the last third of the looks shows than the first, by their medians."""

    memory_mb: float
    files: float
    threads: float

    @classmethod
    def over(cls, looks: Sequence[Vitals]) -> "Growth":
        """Compare the thirds of the looks."""
        third = len(looks) // 3
        first, last = looks[:third], looks[-third:]
        more = (median(one[n] for one in last) - median(one[n] for one in first) for n in (1, 2, 3))
        return cls(*(round(number, 1) for number in more))

    @property
    def level(self) -> bool:
        """Whether nothing grows."""
        return self.memory_mb <= LEVEL_MB and self.files <= LEVEL_FILES and self.threads <= LEVEL_THREADS


def look_at(processes: Mapping[str, int]) -> dict[str, Vitals]:
    """Look at each of these processes."""
    return {name: Vitals.of(pid) for name, pid in processes.items()}
