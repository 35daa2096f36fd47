"""The limit of one core: `send_batch` of ready-made bytes, no HTTP. `python -m tests.bench.limit KAFKA SECONDS`."""

import asyncio
import json
import os
import sys
import time

import uvloop

from shared.bus import producer
from shared.events.checkpoint import PASSAGES

RECORDS, BYTES, IN_FLIGHT = 500, 300, 24


async def measure(bootstrap: str, seconds: float) -> dict[str, float]:
    """Return records a second and CPU seconds per 1,000 records."""
    sender = producer(bootstrap)
    await sender.start()
    partitions = sorted(await sender.partitions_for(PASSAGES))
    value, key = os.urandom(BYTES), os.urandom(36)
    count, began, cpu = 0, time.perf_counter(), time.process_time()
    under_way: set[asyncio.Future[object]] = set()
    while time.perf_counter() - began < seconds:
        batch = sender.create_batch()
        for _ in range(RECORDS):
            batch.append(key=key, value=value, timestamp=None)
        batch.close()
        under_way.add(
            await sender.send_batch(batch, PASSAGES, partition=partitions[count // RECORDS % len(partitions)])
        )
        count += RECORDS
        if len(under_way) >= IN_FLIGHT:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*under_way)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    await sender.stop()
    return {"rate": count / took, "cpu_ms": 1e6 * used / count}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(measure(sys.argv[1], float(sys.argv[2])))))
