"""How the forms of the services' queries grow with what is stored: `python -m tests.load.queries`.

Each is asked of collections of N and of 4 N documents, where the answer stays the same, or for V and for 4 V values.
A ratio of 1 says that the time does not depend on that number, 4 that it is linear, 16 that it is quadratic. Times are
CPU milliseconds of the store's process, which other work on the machine hardly changes.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from deploy.launcher.servers.embedded import EmbeddedMongo
from shared.store.mongo import Database, connect
from tests.bench.city import command_line, store_name
from tests.load.filled import fill
from tests.load.forms import DOCUMENTS, VALUES
from tests.load.stored import FOLDER

N, V, TIMES = 1_000, 50, 4
TRIES, AT_LEAST, TRY_S = 7, 3, 3.0
STEEP, SLOW_MS = 2.5, 10.0

Asked = Callable[[Database, int], Awaitable[Any]]


class Row(NamedTuple):
    """What a form takes of CPU, in milliseconds, at the small and at the large size of what it grows with."""

    form: str
    grows_with: str
    small_ms: float
    large_ms: float

    @property
    def ratio(self) -> float:
        """How many times as long the large one takes."""
        return self.large_ms / self.small_ms

    @property
    def steep(self) -> bool:
        """Whether the time grows with documents that are none of the answer, or faster than the values asked for."""
        most = STEEP if self.grows_with == "documents" else 2 * TIMES
        return self.ratio > most and self.large_ms > SLOW_MS


class Cpu:
    """The CPU time of a process and its threads."""

    def __init__(self, pid: int) -> None:
        self._tasks = Path(f"/proc/{pid}/task")

    def ms(self) -> float:
        """Return what it has taken so far, in milliseconds."""
        return sum(map(_scheduled_ns, self._tasks.glob("*/schedstat"))) / 1e6

    async def taken_by(self, ask: Asked, database: Database, count: int) -> float:
        """Return the least that some tries took, in milliseconds."""
        least, until = float("inf"), time.perf_counter() + TRY_S
        for tries in range(TRIES):
            began = self.ms()
            await ask(database, count)
            least = min(least, self.ms() - began)
            if tries >= AT_LEAST and time.perf_counter() > until:
                break
        return least


def _scheduled_ns(statistics: Path) -> int:
    try:
        return int(statistics.read_text().split()[0])
    except OSError:  # the thread has ended
        return 0


async def measure(url: str, cpu: Cpu) -> list[Row]:
    """Fill a small and a large database and ask every form of both."""
    client = connect(url)
    small, large = client[f"queries_{N}"], client[f"queries_{TIMES * N}"]
    try:
        await fill(small, N)
        await fill(large, TIMES * N)
        rows = []
        for name, ask in DOCUMENTS.items():
            few, many = await cpu.taken_by(ask, small, N), await cpu.taken_by(ask, large, TIMES * N)
            rows.append(Row(name, "documents", few, many))
        for name, ask in VALUES.items():
            few, many = await cpu.taken_by(ask, large, V), await cpu.taken_by(ask, large, TIMES * V)
            rows.append(Row(name, "values", few, many))
        return rows
    finally:
        client.close()


def table(rows: list[Row]) -> Table:
    """Return the rows for a terminal."""
    made = Table("form", "grows with", f"N={N:,} or V={V}: ms", f"{TIMES} times that: ms", "ratio", "")
    for row in rows:
        figures = (f"{row.small_ms:.1f}", f"{row.large_ms:.1f}", f"{row.ratio:.1f}")
        made.add_row(row.form, row.grows_with, *figures, "steep" if row.steep else "")
    return made


def _store(directory: Path) -> EmbeddedMongo:
    return EmbeddedMongo(directory / "mongo", directory, durable=False)


def main() -> int:
    """Measure on an embedded server of its own, show it and write it down; 1 where a form is steep."""
    console = Console(width=140 if not sys.stdout.isatty() else None)
    with tempfile.TemporaryDirectory() as made, _store(Path(made)) as server:
        pid = server.child.pid if server.child else 0
        store = store_name(command_line(Path(f"/proc/{pid}")), str(server.port)) or "unknown"
        rows = asyncio.run(measure(server.url, Cpu(pid)))
    console.print(f"store: {store}")
    console.print(table(rows))
    FOLDER.mkdir(parents=True, exist_ok=True)
    content = {"store": store, "rows": [row._asdict() | {"ratio": row.ratio, "steep": row.steep} for row in rows]}
    (FOLDER / f"queries-{store}.json").write_text(json.dumps(content, indent=1) + "\n")
    return 1 if any(row.steep for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
