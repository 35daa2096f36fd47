"""The limit of one core: `send_batch` of ready-made bytes, no HTTP. `python -m tests.bench.limit KAFKA SECONDS KIND`.

`bare` sends the same 300 bytes again and again, each batch to the next partition; `passages` sends what the batch route
writes, with its keys, headers and partitions, all made ready before: the least that any program has to do for them.
"""

import asyncio
import json
import os
import sys
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import uvloop

from services.checkpoint.domain.passage import Passage
from shared.base.ids import new_id
from shared.bus.consumer import producer
from shared.envelope.event import Headers, Stamp
from shared.events.checkpoint import PASSAGES, CredentialKind, Direction, PassageRecorded, Verdict
from tests.bench.town import AREA, GATE

RECORDS, BYTES, IN_FLIGHT = 500, 300, 24
PASSAGES_MADE = 20_000
Ready = tuple[bytes, bytes, Headers]


def bare(partitions: int) -> list[Sequence[Ready]]:
    """Return a batch for each partition, all of the same bytes."""
    record: Ready = (os.urandom(36), os.urandom(BYTES), [])
    return [[record] * RECORDS] * partitions


def passages(partitions: int) -> list[Sequence[Ready]]:
    """Return a batch for each partition: passages of as many residents, by the partition of their keys."""
    now = datetime.now(UTC)
    stamp = Stamp(PassageRecorded, now, "checkpoint", new_id())
    batches: list[list[Ready]] = [[] for _ in range(partitions)]
    for seq in range(PASSAGES_MADE):
        who, scan_id = new_id(), new_id()
        ways = (Direction.IN, CredentialKind.CARD, Verdict.ALLOW, who)
        passage = Passage(who, scan_id, GATE, AREA, "device-1", seq, now, now, *ways, (), 36.5, True)
        key = who.encode()
        batches[zlib.crc32(key) % partitions].append((key, msgspec.json.encode(passage), stamp.headers(scan_id)))
    return [batch[:RECORDS] for batch in batches]


async def measure(bootstrap: str, seconds: float, kind: str) -> dict[str, float]:
    """Return records a second and CPU milliseconds per 1,000 records."""
    sender = producer(bootstrap)
    await sender.start()
    partitions = sorted(await sender.partitions_for(PASSAGES))
    ready = {"bare": bare, "passages": passages}[kind](len(partitions))
    count, sent, began, cpu = 0, 0, time.perf_counter(), time.process_time()
    under_way: set[asyncio.Future[object]] = set()
    while time.perf_counter() - began < seconds:
        number = sent % len(partitions)
        batch, left = sender.create_batch(), 0
        for key, value, headers in ready[number]:
            if batch.append(key=key, value=value, headers=headers, timestamp=None) is None:
                break
            left += 1
        batch.close()
        under_way.add(await sender.send_batch(batch, PASSAGES, partition=partitions[number]))
        count, sent = count + left, sent + 1
        if len(under_way) >= IN_FLIGHT:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*under_way)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    await sender.stop()
    return {"rate": count / took, "cpu_ms": 1e6 * used / count}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(measure(sys.argv[1], float(sys.argv[2]), sys.argv[3]))))
