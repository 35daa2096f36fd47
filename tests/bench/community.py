"""A community goes in and is searched: rows `import`, `lists`, `import.100k`, `store.memory`, `demo`, `search[.1m]`."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from deploy.demo.office import Office
from deploy.demo.people import COMMUNITY, Person
from deploy.launcher.state import RunningCity
from shared.store.mongo import connect
from tests.bench.city import memory_mib, running_city, service_pid, store_process
from tests.bench.costs import Costs, costs_table, measure_costs
from tests.bench.importing import Clerk, Imported, Listed, list_pages
from tests.bench.replicas import Copy, complete_at
from tests.bench.roster import ROWS_A_FILE, RosterFile, write_rosters
from tests.bench.searching import ask, details, fill, p95

RESIDENTS, MANY_RESIDENTS = 20_000, 100_000
PATIENCE_S = 3_600.0
DEMO_S = 1_800.0
ROWS = ("import", "lists", "demo")
MANY_ROWS = ("import.100k", "lists.100k", "store.memory")
SEARCHED = {"search": 200_000, "search.1m": 1_000_000}  # residents


class Bar(NamedTuple):
    """What a row's value must not exceed, on the fast server and on the Python server; None: no limit."""

    fast: float | None
    python: float | None


BARS = {
    "import": Bar(40, 180),
    "import.100k": Bar(180, None),
    "lists": Bar(150, 1_000),
    "lists.100k": Bar(150, 1_000),
    "demo": Bar(60, 180),
    "search": Bar(100, None),
    "search.1m": Bar(100, None),
    "store.memory": Bar(1_024, None),
}


class CommunityRow(NamedTuple):
    """One measurement on one store; `errors` are answers that were neither 200 nor 202, of which there may be none."""

    id: str
    store: str
    value: float
    unit: str
    bar: float | None
    errors: int
    details: str

    @property
    def ok(self) -> bool:
        """Whether it is within its bar, and without an error."""
        return not self.errors and (self.bar is None or self.value <= self.bar)


class Outcome(NamedTuple):
    """What one import gave: seconds until each copy was complete, the pages meanwhile, and a resident's costs."""

    imported: Imported
    complete_s: Mapping[Copy, float]
    listed: Listed
    costs: Costs


def community_rows(chosen: Sequence[str], console: Console) -> Iterator[CommunityRow]:
    """Measure the rows chosen, each on a city of its own; `lists` is measured during an import."""
    if {"import", "lists"} & set(chosen):
        yield from (row for row in _import_rows("import", RESIDENTS, console, ROWS_A_FILE) if row.id in chosen)
    if set(MANY_ROWS) & set(chosen):
        yield from _import_rows("import.100k", MANY_RESIDENTS, console, MANY_RESIDENTS)
    yield from (_search_row(name, residents, console) for name, residents in SEARCHED.items() if name in chosen)
    if "demo" in chosen:
        yield _demo_row()


def _search_row(name: str, residents: int, console: Console) -> CommunityRow:
    with running_city() as city:
        store, began = store_process(city), time.monotonic()
        fill(city, residents)
        console.print(f"{residents:,} residents were stored in {time.monotonic() - began:.0f} s")
        asked = asyncio.run(ask(city, residents))
    row = _rows_on(store.name, store.fast)
    return row(name, p95(asked), "ms", sum(one.errors for one in asked), f"p95; median/p95 of {details(asked)}")


def _import_rows(name: str, residents: int, console: Console, rows_a_file: int) -> Iterator[CommunityRow]:
    with tempfile.TemporaryDirectory() as made, running_city() as city:
        files = write_rosters(Path(made), residents, datetime.now(UTC).date(), rows_a_file)
        _define(city, Path(made))
        store = store_process(city)
        outcome = asyncio.run(_import(city, files))
        held, peak = store.memory_mib()
        _, service_peak = memory_mib(service_pid(city, "registration"))
    console.print(costs_table(outcome.costs))
    row, size = _rows_on(store.name, store.fast), name.partition(".")[1:]
    yield row(
        name, max(outcome.complete_s.values()), "s", outcome.imported.errors, _import_details(outcome, service_peak)
    )
    p95, count = outcome.listed.quantile(0.95), len(outcome.listed.ms)
    more = f"p50 {outcome.listed.quantile(0.5):.0f}, longest {max(outcome.listed.ms):.0f}, {count} pages"
    more += "".join(f", {status}: {n}" for status, n in outcome.listed.errors.items())
    yield row("".join(("lists", *size)), p95, "ms", outcome.listed.errors.total(), f"p95; {more}")
    yield row("store.memory", held, "MiB", 0, f"peak {peak:.0f}, after {residents:,} residents")


def _import_details(outcome: Outcome, service_peak: float) -> str:
    files = " ".join(f"{seconds:.1f}" for seconds in outcome.imported.seconds)
    copies = ", ".join(f"{'.'.join(copy)} {seconds:.1f}" for copy, seconds in outcome.complete_s.items())
    return f"files {files}; {copies}; registration's memory at most {service_peak:.0f} MiB"


def _define(city: RunningCity, directory: Path) -> None:
    """Define the places and the gates: residents move into compounds, and gates look for them."""
    office = Office(city, directory)
    try:
        office.define_places()
        office.define_gates(datetime.now(UTC))
    finally:
        office.close()


async def _import(city: RunningCity, files: Sequence[RosterFile]) -> Outcome:
    residents: list[Person] = [person for file in files for person in file.residents]
    headers = {"Authorization": f"Bearer {city.mint_token('community', area=COMMUNITY, subject='clerk')}"}
    base, ending = city.url("registration"), asyncio.Event()
    client = connect(city.mongo)
    try:
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as http:
            before = await measure_costs(city, client)
            listing = asyncio.create_task(list_pages(http, ending))
            began = time.monotonic()
            try:
                imported = await Clerk(http).post_all(files)
                times = await complete_at(city, client, residents, PATIENCE_S)
            finally:
                ending.set()
                listed = await listing
        costs = (await measure_costs(city, client)).since(before, len(residents))
    finally:
        client.close()
    return Outcome(imported, {copy: at - began for copy, at in times.items()}, listed, costs)


def _demo_row() -> CommunityRow:
    with running_city() as city:
        store, began = store_process(city), time.monotonic()
        command = (sys.executable, "-m", "deploy.cli.main", "demo", "--data", city.data)
        with _quiet_process(command) as process:
            failed = process.wait(DEMO_S) != 0
        seconds = time.monotonic() - began
    return _rows_on(store.name, store.fast)("demo", seconds, "s", int(failed), "it failed" if failed else "")


@contextmanager
def _quiet_process(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _rows_on(store: str, fast: bool) -> Callable[[str, float, str, int, str], CommunityRow]:
    """Return what makes a row of a measurement on that store."""

    def row(name: str, value: float, unit: str, errors: int, details: str) -> CommunityRow:
        bar = BARS[name].fast if fast else BARS[name].python
        return CommunityRow(name, store, value, unit, bar, errors, details)

    return row


def community_table(rows: Sequence[CommunityRow]) -> Table:
    """Return the rows for a terminal."""
    table = Table("id", "store", "value", "unit", "at most", "errors", "details", "")
    for row in rows:
        bar = "" if row.bar is None else f"{row.bar:,.0f}"
        mark = "" if row.ok else "short"
        table.add_row(row.id, row.store, f"{row.value:,.1f}", row.unit, bar, str(row.errors), row.details, mark)
    return table
