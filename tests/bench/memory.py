"""The memory that a process of checkpoint needs to hold a city's exceptions, read as they come from the bus."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from deploy.launcher.processes.child import ROOT
from services.checkpoint import main as _whole_service  # noqa: F401  # what a process has loaded is measured too
from services.checkpoint.replicas import Exceptions
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.envelope import markers
from shared.envelope.event import Meta, encode
from shared.envelope.markers import Marker
from shared.events.registration import Colour, StandingChanged

EXCEPTIONS = 1_000_000
_PARTITIONS, _BATCH = 8, 2_000


def measure(exceptions: int = EXCEPTIONS) -> tuple[int, float]:
    """Return how many exceptions a process of its own holds, and its resident memory with them in MiB."""
    (held,) = growth(exceptions)
    return held


def growth(*counts: int) -> list[tuple[int, float]]:
    """Return what `measure` does at each of these counts of one process, which are from few to many."""
    command = (sys.executable, "-m", "tests.bench.memory", *map(str, counts))
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [(int(count), float(mib)) for count, mib in map(str.split, output.splitlines())]


def _records(count: int) -> Iterator[Any]:
    now = datetime.now(UTC)
    for offset in range(count):
        event = StandingChanged(
            resident_id=new_id(),
            area_path="/jinhe/hedong/chunhua/c01/a1/g01/p01/1/1/101",
            colour=Colour.RED if offset % 3 else Colour.YELLOW,
            isolated=bool(offset % 2),
            rule="isolation",
            evidence=new_id(),
            since=now,
        )
        wire = encode(event.stamped(Meta(new_id(), now, "registration", new_id())))
        yield SimpleNamespace(headers=wire.headers, key=wire.key, value=wire.value, offset=offset)


def _hold(counts: Sequence[int]) -> None:
    """Hold so many exceptions, one count after the other, and print each with what that takes."""
    held = Exceptions(SystemClock())
    held.replica.expect(set(range(_PARTITIONS)))
    records = _records(counts[-1])
    at = 0
    for count in counts:
        while at < count:
            batch = list(islice(records, min(_BATCH, count - at)))
            held.replica.read(at // _BATCH % _PARTITIONS, batch, at_end=False)
            at += len(batch)
        if count == counts[-1]:
            _complete(held, count)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        print(len(held.known), pages * os.sysconf("SC_PAGE_SIZE") / 2**20)  # noqa: T201


def _complete(held: Exceptions, offset: int) -> None:
    complete = SimpleNamespace(
        headers=markers.headers(Marker(datetime.now(UTC), -1)), key=None, value=b"", offset=offset
    )
    for partition in range(_PARTITIONS):
        held.replica.read(partition, [complete])
    assert held.replica.ready


if __name__ == "__main__":
    _hold([int(count) for count in sys.argv[1:]])
