"""Ten minutes' load waits to be recorded while gates go on: it is worked off, and gates do not wait longer."""

import asyncio
import time

from tests.faults.gates import open_gates
from tests.faults.load import Load, Played
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.waiting import eventually

API, RECORDER = "gates", "recorder"
STEPS = (50, 100, 150, 200, 300, 400, 600, 800, 1_200, 1_600)  # scans a second
ASKED = 5  # times
STEP_S, USUAL_S, PART_S = 8.0, 40.0, 20.0
SUSTAINED_P99_MS = 500.0
SHARE = 0.7
TIMES_THE_USUAL = 2.0
GONE_S = 900.0
IN_HAND_S = 5.0  # a batch in hand and the next one are no backlog


async def run(world: World, outcome: Outcome) -> None:
    """Find what this machine sustains, measure the usual wait at 70 % of it, and measure it again over a backlog."""
    await asyncio.gather(
        world.start("registration"),
        world.start("checkpoint", API, role="api"),
        world.start("checkpoint", RECORDER, role="worker"),
    )
    load, total = Load(world, API), Played()
    sustained = await _sustained(world, load, total, outcome)
    rate = SHARE * sustained
    usual = await load.play(rate, USUAL_S)
    await _wait_until_quiet(world)
    waiting = await _backlog(world, int(rate * (60 if world.quick else 600)), total)
    behind, seconds = await _worked_off(world, load, rate)
    total.add(usual)
    total.add(behind)
    outcome.recovered_after(seconds)
    outcome.details |= {
        "sustained, scans/s": sustained,
        "load, scans/s": rate,
        "waiting at first": waiting,
        "p99 usually, ms": usual.p99_ms(),
        "p99 over the backlog, ms": behind.p99_ms(),
        "scans over the backlog": len(behind.waits_ms),
        "counts": total.counts,
    }
    await _check(world, total, outcome)
    outcome.expect(bool(behind.waits_ms), "the backlog was gone before anybody came by")
    slow = f"over the backlog p99 is {behind.p99_ms():.0f} ms, usually {usual.p99_ms():.0f} ms"
    outcome.expect(behind.p99_ms() <= TIMES_THE_USUAL * usual.p99_ms(), slow)


async def _sustained(world: World, load: Load, total: Played, outcome: Outcome) -> float:
    """Return the highest of the steps at which the recorder keeps up and gates are answered soon.

    A machine that has its processors taken away for a while, as a guest on a busy host, is asked again.
    """
    total.add(await load.play(STEPS[0], STEP_S))  # the first ones wait for connections to be made
    for _ in range(ASKED):
        if rate := await _climbed(world, load, total, outcome):
            return rate
    raise AssertionError(f"this machine does not sustain {STEPS[0]} scans a second")


async def _climbed(world: World, load: Load, total: Played, outcome: Outcome) -> float:
    """Return the highest of the steps that are sustained one after the other, or 0."""
    highest = 0.0
    for rate in STEPS:
        played = await load.play(rate, STEP_S)
        lag, p99_ms = await _lag(world), played.p99_ms()
        total.add(played)
        outcome.details.setdefault("steps: scans/s, lag, p99 ms", []).append([rate, lag, round(p99_ms, 1)])
        if lag > 2 * rate or p99_ms > SUSTAINED_P99_MS or "not_durable" in played.counts:
            break
        highest = float(rate)
        await _wait_until_quiet(world)
    await _wait_until_quiet(world)
    return highest


async def _backlog(world: World, scans: int, total: Played) -> int:
    """Append so many scans while nothing records, as fast as the batch route takes them; return how many wait."""
    child = world.services[RECORDER].child
    assert child is not None
    await asyncio.to_thread(child.end, 10.0)
    gates = await open_gates(world, 4, [world.services[API].port], api=API, prefix="backlog")
    share = scans // len(gates.devices)

    async def fill(number: int) -> None:
        device = gates.devices[number]
        for left in range(share, 0, -500):
            batch = [device.scan() for _ in range(min(500, left))]
            for scan in batch:
                device.book.note(scan, "sent")
            await device.post(batch)
        await device.send_rest()

    await asyncio.gather(*(fill(number) for number in range(len(gates.devices))))
    total.acknowledged |= gates.book.acknowledged.keys()
    return len(gates.book.acknowledged)


async def _worked_off(world: World, load: Load, rate: float) -> tuple[Played, float]:
    """Begin to record again under the load; return what gates waited until nothing is behind, and how long it took."""
    behind, began = Played(), time.monotonic()
    await world.again(RECORDER)

    async def seen() -> bool:
        return await _lag(world) > IN_HAND_S * rate

    await eventually(seen, 30, 0.1)  # a reader knows how much lies ahead once it has read something
    while await _lag(world) > IN_HAND_S * rate:
        assert time.monotonic() - began < GONE_S, f"{await _lag(world)} scans still wait after {GONE_S:.0f} s"
        behind.add(await load.play(rate, PART_S))
    await _wait_until_quiet(world)
    return behind, time.monotonic() - began


async def _lag(world: World) -> int:
    reading = (await world.look())[RECORDER]
    return reading.lag if reading is not None else 1 << 30


async def _wait_until_quiet(world: World) -> None:
    await world.wait_until_quiet(GONE_S)


async def _check(world: World, total: Played, outcome: Outcome) -> None:
    """Everything acknowledged is stored, under its own id, and no device's number twice."""
    rows = await world.database("checkpoint")["passages"].find({}, ["_id", "device_id", "seq"]).to_list()
    absent = total.acknowledged - {row["_id"] for row in rows}
    twice = len(rows) - len({(row["device_id"], row["seq"]) for row in rows})
    outcome.acknowledged += len(total.acknowledged)
    outcome.stored += len(rows)
    outcome.lost += len(absent)
    outcome.duplicate_effects += twice
    outcome.expect(not absent, f"{len(absent)} acknowledged scans are not stored, the first {sorted(absent)[:3]}")
    outcome.expect(twice == 0, f"{twice} scans are stored more than once")


TRIAL = Trial(13, "a backlog of ten minutes under load", run, quick=False, within_s=2_400.0)
