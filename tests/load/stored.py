"""The store that reading is measured on: filled once, below build/load/, and again when its passages grow too old."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from rich.console import Console

from deploy.launcher.processes.child import ROOT
from deploy.launcher.servers.embedded import EmbeddedMongo
from services.checkpoint.store import INDEXES
from shared.store.faults import SERVER_ERRORS
from shared.store.mongo import Database, Document, connect, ensure_indexes, insert_new
from tests.load.passages import passages

FOLDER = ROOT / "build" / "load"
BATCH = 2_000
# They are kept for thirty days and cover four weeks.
FRESH = timedelta(days=1)
# It reads much of what it holds when it starts, and writes much when it ends.
START_S, STOP_S = 120.0, 60.0

console = Console()


class Stored(NamedTuple):
    """A running store and the midnight up to which its passages reach."""

    url: str
    database: Database
    until: datetime


class Progress:
    """How far the store is filled, in a file beside it: to count two million documents takes it half a minute."""

    def __init__(self, count: int) -> None:
        self._file = FOLDER / f"{count}.json"
        kept = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.until = datetime.fromisoformat(kept["until"]) if kept else _midnight()
        self.done: int = kept.get("done", 0)

    @property
    def too_old(self) -> bool:
        """Whether the first of the passages are about to be forgotten."""
        return _midnight() - self.until > FRESH

    def came_to(self, done: int) -> None:
        """Note how many passages are stored."""
        self.done = done
        self._file.write_text(json.dumps({"until": self.until.isoformat(), "done": done}))


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@asynccontextmanager
async def stored(count: int) -> AsyncIterator[Stored]:
    """Run the store while the block lasts, filled with that many passages."""
    progress = Progress(count)
    if progress.too_old:
        shutil.rmtree(FOLDER)
        progress = Progress(count)
    FOLDER.mkdir(parents=True, exist_ok=True)
    server = EmbeddedMongo(FOLDER / "data", FOLDER, durable=False).start(START_S)
    client = connect(server.url)
    database = client[f"passages_{count}"]
    try:
        await ensure_indexes(database, INDEXES)
        await _fill(database, count, progress)
        yield Stored(server.url, database, progress.until)
    finally:
        client.close()
        server.stop(STOP_S)


async def _fill(database: Database, count: int, progress: Progress) -> None:
    for part in _parts(islice(passages(progress.until, count), progress.done, None)):
        await _inserted(database, part)
        progress.came_to(progress.done + len(part))
        if progress.done % (50 * BATCH) == 0:
            console.print(f"{progress.done:,} passages stored")


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
