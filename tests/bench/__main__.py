"""`make bench`: the scan path on one core, as ratios within one run; a table, and build/bench/scan.json."""

import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local.issuer import Issuer
from deploy.local.processes import ROOT
from deploy.local.servers import EmbeddedMongo
from shared.bus import producer
from tests.bench.load import Plan, save_bodies
from tests.bench.subjects import Measured, Subject, checkpoint, limit, loaded, module
from tests.bench.town import GATE, Town, ndjson
from tests.support.bus import new_bus

SECONDS = 6.0
SCANS, BATCH = 20_000, 500
BATCH_CONNECTIONS = 12
RESULT = ROOT / "build" / "bench" / "scan.json"


@dataclass(frozen=True)
class Row:
    """One measurement: the ratio is against what `against` names, `bar` what it must reach."""

    id: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    bar: float | None = None
    cpu_ms: float | None = None

    @property
    def ok(self) -> bool:
        """Whether it reaches its bar."""
        return self.bar is None or (self.ratio is not None and self.ratio >= self.bar)


def _rows(kafka: str, mongo: str, directory: Path) -> Iterator[Row]:
    issuer, town = Issuer.at(directory / "keys"), Town(directory / "keys")
    asyncio.run(_tell(town, kafka))
    token = issuer.mint("device", area="/jinhe", subject="device-1", gate=GATE)
    scans = town.scans(SCANS)
    singles = save_bodies(directory / "singles", scans)
    batches = save_bodies(directory / "batches", ndjson(scans, BATCH))
    signed = save_bodies(directory / "signed", ndjson(town.scans(SCANS, signed=True), BATCH))
    one = Plan(0, "/v1/scans", token, str(singles), seconds=SECONDS)
    top = limit(kafka, SECONDS)
    yield Row("limit", top.rate, "scans/s", 1.0, "", 1.0, top.cpu_ms)
    with module("bare", kafka, directory) as subject:
        bare = _measured(subject, one, directory)
    yield Row("bare", bare.rate, "scans/s", 1.0, "", 1.0, bare.cpu_ms)
    with module("peer", kafka, directory) as subject:
        peer = _measured(subject, one, directory)
    yield Row("peer", peer.rate, "scans/s", cpu_ms=peer.cpu_ms)
    with checkpoint(kafka, mongo, directory, issuer) as subject:
        single = _measured(subject, one, directory)
        yield Row("single", single.rate, "scans/s", single.rate / bare.rate, "bare", 0.8, single.cpu_ms)
        yield Row("single", single.rate, "scans/s", single.rate / peer.rate, "peer", 1.5, single.cpu_ms)
        calm = _measured(subject, replace(one, rate=0.6 * single.rate), directory)
        yield Row("p99", calm.ms["0.99"], "ms", calm.ms["0.5"] / calm.ms["0.99"], "its p50", 1 / 3)
        many = replace(one, path="/v1/scans/batch", content_type="application/x-ndjson", connections=BATCH_CONNECTIONS)
        batch = _measured(subject, replace(many, bodies=str(batches)), directory, BATCH)
        yield Row("batch", batch.rate, "scans/s", batch.rate / top.rate, "limit", 0.6, batch.cpu_ms)
        yield Row("batch", batch.rate, "scans/s", batch.rate / peer.rate, "peer", 15, batch.cpu_ms)
        codes = _measured(subject, replace(many, bodies=str(signed)), directory, BATCH)
        yield Row("signed", codes.rate, "scans/s", codes.rate / batch.rate, "batch", cpu_ms=codes.cpu_ms)


def _measured(subject: Subject, plan: Plan, directory: Path, per_answer: int = 1) -> Measured:
    warm = replace(plan, port=subject.port, seconds=1.0, rate=None)
    loaded(subject, warm, directory)
    found = loaded(subject, replace(plan, port=subject.port), directory, per_answer)
    if set(found.statuses) != {"200"}:
        raise RuntimeError(f"{subject.name} answered {dict(found.statuses)}: only 200 counts")
    return found


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


def main() -> int:
    """Measure everything, show it and write it down."""
    console = Console()
    rows = []
    with tempfile.TemporaryDirectory() as made, _pair(Path(made)) as (kafka, mongo):
        for row in _rows(kafka, mongo, Path(made)):
            rows.append(row)
            console.print(f"{row.id}: {row.value:,.1f} {row.unit}")
    console.print(_table(rows))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    machine = {"system": platform.platform(), "python": platform.python_version()}
    content = {"machine": machine, "rows": [asdict(row) | {"ok": row.ok} for row in rows]}
    RESULT.write_text(json.dumps(content, indent=1) + "\n")
    return 0


def _table(rows: Sequence[Row]) -> Table:
    table = Table("id", "value", "unit", "ratio", "against", "bar", "CPU ms / 1,000", "")
    for row in rows:
        ratio, bar, cpu = (f"{n:.2f}" if n is not None else "" for n in (row.ratio, row.bar, row.cpu_ms))
        mark = "" if row.ok else "short"
        table.add_row(row.id, f"{row.value:,.1f}", row.unit, ratio, row.against, bar, cpu, mark)
    return table


if __name__ == "__main__":
    sys.exit(main())
