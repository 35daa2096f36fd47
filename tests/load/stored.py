"""The store that reading is measured on: filled once, below build/load/, and again when its passages grow too old."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from rich.console import Console

from deploy.local.processes import ROOT
from deploy.local.servers import EmbeddedMongo
from services.checkpoint.store import INDEXES
from shared.mongo import Database, Document, connect, ensure_indexes, insert_new
from tests.load.passages import passages

FOLDER = ROOT / "build" / "load"
BATCH = 2_000
# They are kept for thirty days and cover four weeks.
FRESH = timedelta(days=1)

console = Console()


class Stored(NamedTuple):
    """A running store and the midnight up to which its passages reach."""

    url: str
    database: Database
    until: datetime


@asynccontextmanager
async def stored(count: int) -> AsyncIterator[Stored]:
    """Run the store while the block lasts, filled with that many passages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with EmbeddedMongo(FOLDER / "data", FOLDER, durable=False) as server:
        client = connect(server.url)
        database = client[f"passages_{count}"]
        try:
            filled = await database["filled"].find_one()
            if filled is None or datetime.now(UTC) - filled["until"] > FRESH:
                filled = await _fill(database, count)
            yield Stored(server.url, database, filled["until"])
        finally:
            client.close()


async def _fill(database: Database, count: int) -> Document:
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await database.client.drop_database(database.name)
    await ensure_indexes(database, INDEXES)
    done, rows = 0, passages(until, count)
    for part in _parts(rows):
        done += len(await insert_new(database["passages"], part))
        if done % (50 * BATCH) == 0:
            console.print(f"{done:,} passages stored")
    filled = {"_id": "passages", "until": until, "count": done}
    await database["filled"].insert_one(filled)
    return filled


def _parts(rows: Iterator[Document]) -> Iterator[list[Document]]:
    while part := list(islice(rows, BATCH)):
        yield part
