"""The recorder's speed from the bus into the store, against `insert_many` alone. `python -m tests.bench.recorder`."""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from services.checkpoint.domain.passage import partition_of
from services.checkpoint.handlers import RECORDER_BATCH, recorder
from services.checkpoint.store import INDEXES
from shared.bus.consumer import producer
from shared.envelope.event import Meta, encode
from shared.events.checkpoint import PASSAGES, PassageRecorded
from shared.store.mongo import Document, connect, ensure_indexes
from tests.bench.subjects import Subject, checkpoint, pin
from tests.bench.town import Town
from tests.load.passages import DAYS, passages
from tests.support.bus import new_bus
from tests.support.signing import signed

COUNT = 30_000
LONGEST_S = 120.0
POLL_S = 0.2
_HANDLED = re.compile(
    rf'lastmetre_events_handled_total{{outcome="done",type="{re.escape(PassageRecorded.type)}"}} (\S+)'
)


def measure(kafka: str, mongo: str, directory: Path) -> tuple[float, float]:
    """Return passages a second through the recorder, as a process of its own, and through `insert_many` alone.

    Both store the same passages of a usual morning, behind which they have fallen; `insert_many` is measured before
    and after, on empty collections with the same indexes.
    """
    rows = list(islice(passages(_midnight(), COUNT * DAYS), COUNT))
    asyncio.run(_tell(kafka, directory, rows))
    before = asyncio.run(_inserted(mongo, "before", rows))
    with checkpoint(kafka, mongo, directory, Issuer.at(directory / "keys"), role="worker") as subject:
        pin(subject.child.pid, set(range(os.cpu_count() or 1)))  # it shares what there is with the store
        recorded = asyncio.run(_recorded(subject))
    after = asyncio.run(_inserted(mongo, "after", rows))
    return recorded, (before + after) / 2


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def _tell(kafka: str, directory: Path, rows: Sequence[Document]) -> None:
    """Let the recorder know the town, put what it has read before behind it, and the passages before it."""
    await _skip(kafka)
    sender = producer(kafka)
    await sender.start()
    await Town(directory / "keys").tell(sender)
    partitions = len(await sender.partitions_for(PASSAGES))
    for row in rows:
        passage = PassageRecorded.model_validate(row | {"scan_id": row["_id"]})
        wire = encode(passage.stamped(Meta(row["_id"], row["received_at"], "bench", row["_id"])))
        wire = signed(wire, directory / "keys")
        place = partition_of(wire.key, partitions)  # as the scan log, so that a run finds its residents in few buckets
        await sender.send(wire.topic, wire.value, key=wire.key, headers=wire.headers, partition=place)
    await sender.stop()


async def _skip(kafka: str) -> None:
    reader = AIOKafkaConsumer(PASSAGES, bootstrap_servers=kafka, group_id=recorder.group, enable_auto_commit=False)
    await reader.start()
    await reader.seek_to_end()
    await reader.commit({place: await reader.position(place) for place in reader.assignment()})
    await reader.stop()


async def _recorded(subject: Subject) -> float:
    """Return how many passages a second a process handles, from its first batch on."""
    deadline, seen = time.monotonic() + LONGEST_S, [(0.0, 0.0)]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{subject.metrics_port}") as client:
        while time.monotonic() < deadline:
            match = _HANDLED.search((await client.get("/metrics")).text)
            handled, now = float(match[1]) if match else 0.0, time.monotonic()
            if handled > seen[-1][1]:
                seen.append((now, handled))
            if handled >= COUNT:
                # Batches end when they end: from the end of the first to the end of the last, as far as it was seen.
                (began, first), (ended, last) = seen[1], seen[-1]
                return (last - first) / (ended - began)
            await asyncio.sleep(POLL_S)
    raise RuntimeError(f"{COUNT} passages were not recorded within {LONGEST_S} s: {subject.child.last_lines()}")


async def _inserted(mongo: str, name: str, rows: Sequence[Document]) -> float:
    client = connect(mongo)
    database = client[f"recorder_{name}"]
    await ensure_indexes(database, {"passages": INDEXES["passages"]})
    parts = [rows[at : at + RECORDER_BATCH] for at in range(0, len(rows), RECORDER_BATCH)]
    began = time.monotonic()
    for part in parts:
        await database["passages"].insert_many(part, ordered=False)
    took = time.monotonic() - began
    await client.drop_database(database.name)
    client.close()
    return len(rows) / took


def main() -> int:
    """Measure on a pair of its own."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        bus = new_bus(directory)
        try:
            with EmbeddedMongo(directory / "mongo", directory, durable=False) as store:
                recorded, inserted = measure(bus.bootstrap, store.url, directory)
        finally:
            bus.stop()
    sys.stdout.write(f"recorder {recorded:,.0f}/s, insert_many {inserted:,.0f}/s: {recorded / inserted:.2f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
