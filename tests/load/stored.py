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
from shared.faults import SERVER_ERRORS
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
            yield Stored(server.url, database, await _filled(database, count))
        finally:
            client.close()


async def _filled(database: Database, count: int) -> datetime:
    """Fill the store, or go on where it was left; return up to when its passages reach."""
    begun = await database["filled"].find_one()
    if begun is None or datetime.now(UTC) - begun["until"] > FRESH:
        await database.client.drop_database(database.name)
        begun = {"until": datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0), "done": 0}
        await database["filled"].insert_one(begun)
        await ensure_indexes(database, INDEXES)
    until: datetime = begun["until"]
    done: int = begun["done"]
    for part in _parts(islice(passages(until, count), done, None)):
        await _inserted(database, part)
        done += len(part)
        await database["filled"].update_one({}, {"$set": {"done": done}})
        if done % (50 * BATCH) == 0:
            console.print(f"{done:,} passages stored")
    return until


async def _inserted(database: Database, part: list[Document]) -> None:
    while True:
        try:
            await insert_new(database["passages"], part)
            return
        except SERVER_ERRORS as error:  # a store that writes to its disk for a while answers late
            console.print(f"tried again: {type(error).__name__}")


def _parts(rows: Iterator[Document]) -> Iterator[list[Document]]:
    while part := list(islice(rows, BATCH)):
        yield part
