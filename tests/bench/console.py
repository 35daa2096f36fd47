"""The row `console`: pages of the console on the demo's city, for a single person and for eight at the same time.

The single one opens page after page, each of the eight a page a second.

A real console asks real services over HTTP. Each page is counted and timed as a browser gets it, without its static
files; the calls are those that the services count while one page is made.
"""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
from rich.table import Table

from deploy.demo.office import Office
from deploy.demo.people import HOUSEHOLDS, people
from deploy.launcher.state import RunningCity
from deploy.services import SERVICES
from tests.bench.city import running_city, service_pid, store_process
from tests.bench.importing import quantile

ROUNDS, COUNTED_ROUNDS = 40, 10
USERS, ROUNDS_OF_EACH = 8, 3
EVERY_S = 1.0  # one of several people opens a page a second: quicker than people read
P95_MS = 200.0
CLERK, DOCTOR = "office-liu", "doctor-chen"
PATIENCE_S, SIGN_IN_S = 300.0, 60.0
_COUNTED = re.compile(r'^lastmetre_http_requests_total\{[^}]*route="/v1/[^"]*"[^}]*\} (\S+)$', re.MULTILINE)
_ASKED = tuple(name for name in SERVICES if name != "console")


class PageRow(NamedTuple):
    """How long one page takes, in ms, how many calls of services it costs, and how much of a processor.

    The processor's time is that of the console, of the services behind it and of the store.
    """

    page: str
    calls: int
    cpu_ms: float
    alone_p50: float
    alone_p95: float
    together_p50: float
    together_p95: float

    @property
    def ok(self) -> bool:
        """Whether it is quick enough, also while others use the console."""
        return max(self.alone_p95, self.together_p95) <= P95_MS


@dataclass
class Times:
    """Milliseconds by page."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, page: str, began: float) -> None:
        """Add a page that was asked for at `began` and is here now."""
        self.of.setdefault(page, []).append(1000 * (time.perf_counter() - began))


class User:
    """A signed-in browser without scripts."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self._client = client
        self._csrf = csrf

    @classmethod
    @asynccontextmanager
    async def arrive(cls, city: RunningCity, subject: str) -> AsyncIterator["User"]:
        """Sign in at the demo's provider."""
        headers = {"Accept": "text/html", "Accept-Language": "zh"}
        async with httpx.AsyncClient(
            base_url=city.url("console"), headers=headers, trust_env=False, follow_redirects=True, timeout=60
        ) as client:
            until = time.monotonic() + SIGN_IN_S
            while True:
                chosen = await client.get("/")
                fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', chosen.text))
                fields = {name: value.replace("&amp;", "&") for name, value in fields.items()} | {"person": subject}
                home = await client.post(str(chosen.url.join("/sign-in")), data=fields)
                csrf = re.search(r'data-csrf="(\w+)"', home.text)
                if csrf is not None:
                    break
                if time.monotonic() > until:
                    raise RuntimeError(f"{subject} is not signed in: {home.status_code} at {home.url}")
                await asyncio.sleep(1)
            yield cls(client, csrf[1])

    async def open(self, path: str) -> str:
        """Return a page. Raises `RuntimeError` for any other answer than the page."""
        answer = await self._client.get(path)
        if answer.status_code != 200 or 'class="away"' in answer.text or 'id="problem"' in answer.text:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[-600:]}")
        return answer.text

    async def search(self, text: str) -> str:
        """Return the page of a search."""
        data, origin = {"csrf": self._csrf, "q": text}, str(self._client.base_url).rstrip("/")
        return (await self._client.post("/people", data=data, headers={"Origin": origin})).text


def fill(city: RunningCity, directory: Path) -> None:
    """Fill a city as the demo does: its places, gates, residents and cases, from which deliveries and messages come."""
    now = datetime.now(UTC)
    today = now.date()
    office = Office(city, directory)
    try:
        office.define_places()
        office.define_gates(now)
        residents = list(people(today, HOUSEHOLDS))
        office.register(residents)
        office.order_isolation(residents, today)
    finally:
        office.close()


async def measure(city: RunningCity, rounds: int = ROUNDS, users: int = USERS) -> list[PageRow]:
    """Time every page, first for one clerk and one doctor in turn, then for `users` at the same time."""
    alone, together = Times(), Times()
    calls, cpu = dict[str, int](), dict[str, float]()
    async with User.arrive(city, CLERK) as clerk, User.arrive(city, DOCTOR) as doctor:
        paths = await _paths(clerk)
        for user in (clerk, doctor):
            await _walk(user, paths, Times())
        async with httpx.AsyncClient(trust_env=False) as metrics:
            for page, path in paths.items():
                before = await _counted(city, metrics)
                await _ask(clerk, page, path)
                calls[page] = await _counted(city, metrics) - before
        for page, path in paths.items():
            used = _cpu_s(city)
            for _ in range(COUNTED_ROUNDS):
                await _ask(clerk, page, path)
            cpu[page] = 1000 * (_cpu_s(city) - used) / COUNTED_ROUNDS
        for number in range(rounds):
            await _walk((clerk, doctor)[number % 2], paths, alone)
        async with AsyncExitStack() as stack:
            arriving = [User.arrive(city, (CLERK, DOCTOR)[number % 2]) for number in range(users)]
            others = [await stack.enter_async_context(one) for one in arriving]
            await asyncio.gather(*(_stay(one, paths, together, number) for number, one in enumerate(others)))
    times = {page: (*_quantiles(alone.of[page]), *_quantiles(together.of[page])) for page in paths}
    return [PageRow(page, calls[page], cpu[page], *times[page]) for page in paths]


async def _paths(clerk: User) -> Mapping[str, str]:
    """Return the pages by what they are, with a resident and a case of the city."""
    case = _first(await clerk.open("/cases"), "/cases/[0-9a-f-]{36}")
    resident = _first(await clerk.open("/people"), "/people/[0-9a-f-]{36}")
    imported = _first(await clerk.open("/imports"), "/imports/[0-9a-f-]{36}")
    gate = _first(await clerk.open("/gates"), "/gates/[0-9a-z-]+")
    place = _first(await clerk.open("/cases"), '(?<=option value=")/[^"]+')
    return {
        "home": "/",
        "people": "/people",
        "people of a compound": f"/people?within={place}",
        "search by name": "王",
        "search by four digits": "0017",
        "search by door": "3-2-501",
        "file": resident,
        "changes of a file": f"{resident}/changes",
        "cases": "/cases",
        "cases of a compound": f"/cases?within={place}&state=observing",
        "cases for a second person": "/cases?state=second",
        "case": case,
        "missing reports": "/cases/missing",
        "new case": f"/cases/new?resident_id={resident.rpartition('/')[2]}",
        "colour orders": "/orders",
        "rosters": "/imports",
        "import": imported,
        "changes of an import": f"{imported}/changes",
        "gates": "/gates",
        "gate": gate,
        "devices": "/devices",
        "alerts": "/alerts?state=all",
        "inside now": "/presence",
        "rules at gates": "/policies",
        "overrides": "/overrides",
        "journeys": "/journeys",
        "appeals": "/appeals",
        "deliveries": "/supply?state=all",
        "run sheet": "/supply/run",
        "messages": "/messages",
        "break-glass": "/break-glass",
    }


def _first(text: str, pattern: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"no {pattern} on the page")
    return match[0]


async def _ask(user: User, page: str, path: str) -> None:
    await (user.search(path) if page.startswith("search") else user.open(path))


async def _walk(user: User, paths: Mapping[str, str], times: Times) -> None:
    for page, path in paths.items():
        began = time.perf_counter()
        await _ask(user, page, path)
        times.add(page, began)


async def _stay(user: User, paths: Mapping[str, str], times: Times, number: int) -> None:
    names = list(paths)
    turned = names[number * len(names) // USERS :] + names[: number * len(names) // USERS]
    await asyncio.sleep(number * EVERY_S / USERS)
    for page in turned * ROUNDS_OF_EACH:
        began = time.perf_counter()
        await _ask(user, page, paths[page])
        times.add(page, began)
        await asyncio.sleep(max(0.0, began + EVERY_S - time.perf_counter()))


async def _counted(city: RunningCity, client: httpx.AsyncClient) -> int:
    """Return how many requests the services behind the console have answered."""
    texts = [(await client.get(city.metrics_url(service))).text for service in _ASKED]
    return int(sum(float(number) for text in texts for number in _COUNTED.findall(text)))


def _cpu_s(city: RunningCity) -> float:
    """Return the processor time that the console, the services behind it and the store have used, in seconds."""
    pids = [*(service_pid(city, name) for name in ("console", *_ASKED)), store_process(city).pid]
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def _quantiles(ms: Sequence[float]) -> tuple[float, float]:
    return quantile(ms, 0.5), quantile(ms, 0.95)


def console_rows() -> list[PageRow]:
    """Start a city, fill it and measure its console."""
    with tempfile.TemporaryDirectory() as made, running_city("--sign-in") as city:
        fill(city, Path(made) / "demo")
        return asyncio.run(measure(city))


def console_table(rows: Sequence[PageRow]) -> Table:
    """Return the rows as a table."""
    table = Table(
        "page", "calls", "CPU ms", "p50 / p95 ms alone", f"p50 / p95 ms, {USERS} together", "", title="console"
    )
    for row in rows:
        alone, together = (
            f"{row.alone_p50:.0f} / {row.alone_p95:.0f}",
            f"{row.together_p50:.0f} / {row.together_p95:.0f}",
        )
        table.add_row(
            row.page, str(row.calls), f"{row.cpu_ms:.0f}", alone, together, "" if row.ok else f"over {P95_MS:.0f} ms"
        )
    return table
