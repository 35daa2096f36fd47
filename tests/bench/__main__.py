"""`make bench`: the scan path on one core, as ratios within one run, a community that goes in, and `console` apart.

`python -m tests.bench ROW...` measures some rows alone. It prints tables and writes build/bench/*.json and scan.svg.
"""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.launcher.processes.child import ROOT
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.store_server import chosen_server
from shared.bus.consumer import producer
from tests.bench import duplicates, exporting, memory, recorder
from tests.bench.community import MANY_ROWS, ROWS, SEARCHED, community_rows, community_table
from tests.bench.console import console_rows, console_table
from tests.bench.ending import end_in_order
from tests.bench.load import Plan, save_bodies
from tests.bench.rows import Row, picture, table
from tests.bench.subjects import Measured, Subject, checkpoint, ed25519, limit, loaded, module
from tests.bench.town import GATE, Town, ndjson
from tests.support.bus import new_bus

SECONDS = 6.0
SCANS, BATCH = 20_000, 500
SINGLE_CONNECTIONS, BATCH_CONNECTIONS = 128, 12  # a rush of gates; a few that send what they kept
LOADS = (0.3, 0.6, 0.9)
MEMORY_MB = 250.0
DIRECTORY = ROOT / "build" / "bench"
CONSOLE = "console"  # the pages of the console, on a city of its own
DUPLICATES = "duplicates"  # precision and recall on the FEBRL sets
EXPORT = "export"  # a million residents as a sheet
SCAN = "scan"  # all rows about the scan path, measured in one run
WIDTH = 160


class Bench:
    """One run: the same broker and the same scans for whatever is measured."""

    def __init__(self, kafka: str, mongo: str, directory: Path) -> None:
        self._kafka, self._mongo, self._directory = kafka, mongo, directory
        self._issuer, town = Issuer.at(directory / "keys"), Town(directory / "keys")
        asyncio.run(_tell(town, kafka))
        token = self._issuer.mint("device", area="/jinhe", subject="device-1", gate=GATE)
        scans = town.scans(SCANS)
        singles = save_bodies(directory / "singles", scans)
        self._batches = save_bodies(directory / "batches", ndjson(scans, BATCH))
        self._signed = save_bodies(directory / "signed", ndjson(town.scans(SCANS, signed=True), BATCH))
        self._one = Plan(0, "/v1/scans", token, str(singles), "application/json", SINGLE_CONNECTIONS, SECONDS)

    def rows(self) -> Iterator[Row]:
        """Measure everything, one after the other."""
        top = limit(self._kafka, SECONDS, "bare")
        yield Row("limit", top.rate, "scans/s", 1.0, "", 1.0, top.cpu_ms)
        same = limit(self._kafka, SECONDS, "passages")
        yield Row("limit.passages", same.rate, "scans/s", same.rate / top.rate, "limit", cpu_ms=same.cpu_ms)
        with module("bare", self._kafka, self._directory) as subject:
            bare = self._measured(subject, self._one)
        yield Row("bare", bare.rate, "scans/s", 1.0, "", 1.0, bare.cpu_ms, bare.ms)
        with module("peer", self._kafka, self._directory) as subject:
            peer = self._measured(subject, self._one)
        yield Row("peer", peer.rate, "scans/s", cpu_ms=peer.cpu_ms, ms=peer.ms)
        with checkpoint(self._kafka, self._mongo, self._directory, self._issuer) as subject:
            yield from self._singles(subject, bare, peer)
            yield from self._batched(subject, top, same, peer)
        stored, alone = recorder.measure(self._kafka, self._mongo, self._directory)
        yield Row("recorder", stored, "passages/s", stored / alone, "insert_many", 0.7)
        held, megabytes = memory.measure()
        yield Row("memory", megabytes, "MiB", MEMORY_MB / megabytes, f"{MEMORY_MB:.0f} MiB, {held:,} exceptions", 1.0)

    def _singles(self, subject: Subject, bare: Measured, peer: Measured) -> Iterator[Row]:
        single = self._measured(subject, self._one)
        held = subject.memory_mb()
        row = Row(
            "single", single.rate, "scans/s", single.rate / bare.rate, "bare", 0.8, single.cpu_ms, single.ms, held
        )
        yield row
        yield replace(row, ratio=single.rate / peer.rate, against="peer", bar=1.5)
        for share in LOADS:
            calm = self._measured(subject, replace(self._one, rate=share * single.rate))
            name, bar = ("p99", 1 / 3) if share == 0.6 else (f"latency.{share:.0%}", None)
            p50, p99 = calm.ms["0.5"], calm.ms["0.99"]
            yield Row(name, p99, "ms", p50 / p99, f"its p50, at {share:.0%}", bar, calm.cpu_ms, calm.ms)

    def _batched(self, subject: Subject, top: Measured, same: Measured, peer: Measured) -> Iterator[Row]:
        path, kind = "/v1/scans/batch", "application/x-ndjson"
        many = replace(self._one, path=path, content_type=kind, connections=BATCH_CONNECTIONS)
        batch = self._measured(subject, replace(many, bodies=str(self._batches)), BATCH)
        held = subject.memory_mb()
        row = Row("batch", batch.rate, "scans/s", batch.rate / top.rate, "limit", 0.6, batch.cpu_ms, batch.ms, held)
        yield row
        yield replace(row, ratio=batch.rate / same.rate, against="limit.passages", bar=None)
        yield replace(row, ratio=batch.rate / peer.rate, against="peer", bar=15)
        codes = self._measured(subject, replace(many, bodies=str(self._signed)), BATCH)
        allowed = 2 * ed25519(SECONDS / 3)  # every second scan shows a code
        row = Row("signed", codes.rate, "scans/s", codes.rate / allowed, "bare Ed25519", 0.8, codes.cpu_ms, codes.ms)
        yield row

    def _measured(self, subject: Subject, plan: Plan, per_answer: int = 1) -> Measured:
        warm = replace(plan, port=subject.port, seconds=1.0, rate=None)
        loaded(subject, warm, self._directory)
        measured = loaded(subject, replace(plan, port=subject.port), self._directory, per_answer)
        if set(measured.statuses) != {"200"}:
            raise RuntimeError(f"{subject.name} answered {dict(measured.statuses)}: only 200 counts")
        return measured


async def _tell(town: Town, kafka: str) -> None:
    sender = producer(kafka)
    await sender.start()
    await town.tell(sender)
    await sender.stop()


@contextmanager
def _pair(directory: Path) -> Iterator[tuple[str, str]]:
    bus = new_bus(directory)
    try:
        with EmbeddedMongo(directory / "mongo", directory, durable=False) as store:
            yield bus.bootstrap, store.url
    finally:
        bus.stop()


def main(arguments: Sequence[str]) -> int:
    """Measure the rows that are named, or the usual ones; show them and write them down."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    known = (SCAN, *ROWS, *MANY_ROWS, *SEARCHED, CONSOLE, EXPORT, DUPLICATES)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(known)}; usually the first four")
    named = [name for word in parser.parse_args(arguments).rows for name in word.split(",") if name]
    if unknown := set(named) - set(known):
        parser.error(f"there are no rows {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    chosen, console = named or [SCAN, *ROWS], Console(width=WIDTH if not sys.stdout.isatty() else None)
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    console.print(f"{_processor()}, {platform.platform()}, Python {platform.python_version()}")
    console.print(f"store: {chosen_server().title}")
    if SCAN in chosen:
        _scan(console)
    _community(chosen, console)
    if CONSOLE in chosen:
        pages = console_rows()
        console.print(console_table(pages))
        _write(DIRECTORY / "console.json", _processor(), [row._asdict() | {"ok": row.ok} for row in pages])
    if DUPLICATES in chosen:
        duplicates.run()
    if EXPORT in chosen:
        sheets = exporting.measure()
        console.print(*exporting.described(sheets), sep="\n")
        _write(DIRECTORY / "export.json", _processor(), [row._asdict() for row in sheets])
    return 0


def _scan(console: Console) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as made, _pair(Path(made)) as (kafka, mongo):
        for row in Bench(kafka, mongo, Path(made)).rows():
            rows.append(row)
            console.print(f"{row.id}: {row.value:,.1f} {row.unit}")
    console.print(table(rows))
    _write(DIRECTORY / "scan.json", f"{_processor()}, of which one", [asdict(row) | {"ok": row.ok} for row in rows])
    (DIRECTORY / "scan.svg").write_bytes(picture(rows))


def _community(chosen: Sequence[str], console: Console) -> None:
    rows = []
    for row in community_rows(chosen, console):
        rows.append(row)
        console.print(f"{row.id}: {row.value:,.1f} {row.unit} ({row.store}; {row.details})")
        # A file a row and store, so that rows measured apart stand beside each other.
        _write(DIRECTORY / f"{row.id}-{row.store}.json", _processor(), [row._asdict() | {"ok": row.ok}])
    if rows:
        console.print(community_table(rows))


def _write(path: Path, processor: str, rows: Sequence[Mapping[str, Any]]) -> None:
    machine = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": processor,
        "store": chosen_server().title,
    }
    path.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


def _processor() -> str:
    names = [line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    end_in_order()
    sys.exit(main(sys.argv[1:]))
