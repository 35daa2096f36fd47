"""Trajectory, contacts and flow over two million passages, asked over HTTP of the service: `make load`."""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from deploy.launcher.secrets.issuer import Issuer
from services.checkpoint.main import build
from services.checkpoint.settings import Settings
from services.checkpoint.store import Store
from shared.base.clock import FixedClock
from tests.load.passages import AREA, DAYS, HOME_GATES, PASSAGES, RESIDENTS, WORK_GATES, resident
from tests.load.stored import FOLDER, Stored, stored
from tests.support.http import stated
from tests.support.plans import Reads
from tests.support.sealers import SEALER
from tests.support.service import settings_for

QUESTIONS = 200
MOST_MS = 300.0
DEMANDED = ("trajectory", "contacts")
PURPOSE = "流行病学调查"
RESULT = FOLDER / "reading.json"

Query = Mapping[str, Any]


class Row(NamedTuple):
    """How long the answers to one kind of question took, in milliseconds, and how much they held on average."""

    question: str
    p50: float
    p95: float
    longest: float
    items: float

    @property
    def ok(self) -> bool:
        """Whether the slowest answer takes no longer than it may; of a flow nothing is demanded."""
        return self.longest < MOST_MS or not self.question.startswith(DEMANDED)


def _questions(until: datetime) -> dict[str, tuple[str, list[Query]]]:
    """Return by name the routes and what they are asked; the same every time."""
    chance = random.Random(7)
    people = [resident(chance.randrange(RESIDENTS)) for _ in range(QUESTIONS)]
    gates = [chance.choice(HOME_GATES + WORK_GATES).gate_id for _ in range(QUESTIONS)]
    days = [until - timedelta(days=chance.randrange(DAYS)) for _ in range(QUESTIONS)]
    month = {"since": (until - timedelta(days=DAYS)).isoformat(), "until": until.isoformat()}
    return {
        "trajectory, four weeks": ("/v1/passages", [{"resident_id": one} | month for one in people]),
        "contacts, 14 days": ("/v1/contacts", [{"resident_id": one} for one in people]),
        "contacts, four weeks": ("/v1/contacts", [{"resident_id": one} | month for one in people]),
        "flow at a gate, a day": (
            "/v1/flow",
            [{"gate_id": gate, "until": day.isoformat()} for gate, day in zip(gates, days, strict=True)],
        ),
    }


async def _measure(client: httpx.AsyncClient, name: str, path: str, queries: Sequence[Query]) -> Row:
    took, items = [], []
    for query in queries:
        began = time.perf_counter()
        response = await client.get(path, params=query)
        took.append(1000 * (time.perf_counter() - began))
        items.append(len(response.raise_for_status().json()["items"]))
    return Row(name, statistics.median(took), sorted(took)[int(0.95 * len(took))], max(took), statistics.fmean(items))


@asynccontextmanager
async def _serving(where: Stored) -> AsyncIterator[httpx.AsyncClient]:
    issuer = Issuer.at(FOLDER / "issuer")
    settings = settings_for(Settings, where.database, "no-bus-is-needed:9092", where.url, issuer, FOLDER / "keys")
    app = build(settings, FixedClock(where.until))
    token = issuer.mint("doctor", area=AREA, subject="doctor-1")
    headers = {"Authorization": f"Bearer {token}"} | stated(PURPOSE)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client:
        yield client
    app.state.client.close()


async def plans(where: Stored) -> list[tuple[str, str]]:
    """Return what the store is asked, and by which stages it answers."""
    who, gate, since = resident(1), WORK_GATES[0].gate_id, where.until - timedelta(days=14)
    async with Reads(where.url, where.database.name) as reads:
        store = Store(reads.database, SEALER)
        await store.passages.find({"resident_id": who}, AREA, since, where.until, False, None, 200)
        await store.passages.latest(who, AREA, since, where.until, 100)
        await store.passages.near(gate, since, timedelta(seconds=600), 3_000)
        await store.flow.at_gate(gate, AREA, where.until - timedelta(days=1), where.until)
        return [(_description(command), " > ".join(sorted(stages))) for command, stages in await reads.plans()]


def _description(command: Mapping[str, Any]) -> str:
    asked = command["filter"] if "filter" in command else command["pipeline"][0]["$match"]
    return f"{'find' if 'find' in command else 'aggregate'} by {', '.join(asked)}"


async def measure(console: Console, count: int = PASSAGES) -> list[Row]:
    """Ask every kind of question and return how long the answers took; print the plans."""
    async with stored(count) as where, _serving(where) as client:
        for asked, stages in await plans(where):
            console.print(f"{asked}: {stages}")
        for name, (path, queries) in _questions(where.until).items():
            await _measure(client, name, path, queries[:5])  # warm
        return [await _measure(client, name, *asked) for name, asked in _questions(where.until).items()]


def main() -> int:
    """Measure, show it and write it down; 1 when an answer takes too long."""
    console = Console()
    rows = asyncio.run(measure(console))
    table = Table("question", "p50 ms", "p95 ms", "longest ms", "items", "")
    for row in rows:
        figures = (f"{number:,.1f}" for number in row[1:])
        table.add_row(row.question, *figures, "" if row.ok else "too long")
    console.print(table)
    RESULT.write_text(json.dumps([row._asdict() | {"ok": row.ok} for row in rows], indent=1) + "\n")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
