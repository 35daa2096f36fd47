"""The network between services and the bus, and between them and the store, is cut without a word, or slow."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.faults.brokers import PARTITIONS, handling_again
from tests.faults.doors import Doors, ways
from tests.faults.gates import Gates, open_gates
from tests.faults.office import Office
from tests.faults.town import APIS, CONSUMERS, Town, sleep_until
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.proxy import Way

LAST_ANSWERS_S = 2.0
LONGEST_WAIT_S = 5.0
AGAIN_S = 60.0
SLOW_S = 0.2  # each way
FLOOD = 1_000
# A process may grow by so much while it is cut off. The flood alone, were it kept, would be more: a passage on its way
# takes some 2 KB.
GROWTH_MB = 100.0


class Cut(NamedTuple):
    """What is cut, in which direction, and for how long."""

    what: str
    ways: Sequence[Way]
    seconds: float


async def run(world: World, outcome: Outcome) -> None:
    """Cut each of them both ways and one way, let the rest of the town go on, and see that it comes back by itself."""
    async with Doors(world) as doors:
        town = await Town.begin(world, kafka=doors.kafka, mongo=doors.mongo)
        flood = await open_gates(
            world, 1, [world.services[APIS[0]].port], PARTITIONS, APIS[0], town.gates.book, prefix="flood"
        )
        processes, memory = town.processes(), town.memory_mb()
        async with Office(world) as office:
            for cut in _cuts(world, doors):
                flooded = flood if cut.what == "bus, both ways" else None
                await _cut_off(town, cut, office, flooded, memory, outcome)
            await _slow(town, doors, outcome)
        office.check(outcome)
        outcome.expect(town.processes() == processes, "a service's process is another one than before")
        await flood.end(AGAIN_S)
        await town.end(outcome)


def _cuts(world: World, doors: Doors) -> list[Cut]:
    """Return the cuts, in an order by chance; in the quick run, one direction of two by chance."""
    directions = {"both ways": (True, True), "requests alone": (True, False), "answers alone": (False, True)}
    if world.quick:
        directions.pop(world.chance.choice(("requests alone", "answers alone")))
    seconds = 14.0 if world.quick else 20.0  # longer than any request waits
    cuts = []
    for name, (there, back) in directions.items():
        cuts.append(Cut(f"bus, {name}", ways(doors.brokers, there=there, back=back), seconds))
        # Longer than a consumer waits for the store's answer.
        long = 40.0 if name == "both ways" and not world.quick else seconds
        cuts.append(Cut(f"store, {name}", ways([doors.store], there=there, back=back), long))
    world.chance.shuffle(cuts)
    return cuts


async def _cut_off(
    town: Town, cut: Cut, office: Office, flood: Gates | None, memory: Mapping[str, float], outcome: Outcome
) -> None:
    held, began = sum(way.held for way in cut.ways), time.monotonic()
    for way in cut.ways:
        way.shut()
    try:
        if cut.what.startswith("store"):  # nothing at a gate waits for it
            await town.gates.durable_everywhere(cut.seconds)
        if flood is not None:
            await _post_flood(flood, began + cut.seconds, outcome)
        await sleep_until(began + cut.seconds)
        _check_while_cut(town, cut, began, office, outcome)
        _check_memory(town, memory, outcome)
        outcome.expect(sum(way.held for way in cut.ways) > held, f"{cut.what}: nothing was held up by the cut")
    finally:
        for way in cut.ways:
            way.clear()
    await town.recovered(outcome, AGAIN_S)


def _check_while_cut(town: Town, cut: Cut, began: float, office: Office, outcome: Outcome) -> None:
    book, now = town.gates.book, time.monotonic()
    waited = book.longest_wait_s(began)
    verdicts_given = sum(began < at < now for verdicts in book.verdicts_at.values() for at in verdicts)
    outcome.expect(verdicts_given > 0, f"{cut.what}: no gate got any verdict")
    outcome.expect(waited < LONGEST_WAIT_S, f"{cut.what}: a gate waited {waited:.1f} s for a verdict")
    if cut.what.startswith("bus"):
        durable = [at for at in book.durable_at if began + LAST_ANSWERS_S < at < now]
        outcome.expect(not durable, f"{cut.what}: {len(durable)} scans were called durable")
    else:
        outcome.expect(office.come_again_since(began) > 0, f"{cut.what}: the office got no 503")


async def _post_flood(flood: Gates, until: float, outcome: Outcome) -> None:
    """Post a thousand scans again and again while the bus is cut off: nothing of them may be kept for it."""
    (device,) = flood.devices
    scans = [device.scan() for _ in range(FLOOD)]
    for scan in scans:
        device.book.note(scan, "sent")
    posts = 0
    while time.monotonic() < until:
        await device.post(scans)
        device.kept.clear()
        posts += 1
        await asyncio.sleep(0.01)
    device.kept.extend(scans)
    outcome.details["scans of the flood"] = posts * FLOOD


async def _slow(town: Town, doors: Doors, outcome: Outcome) -> None:
    """Everything takes longer and goes on: scans are durable, consumers handle new events."""
    slow = ways([*doors.brokers, doors.store])
    for way in slow:
        way.delay_s = SLOW_S
    try:
        scans, consumers = await asyncio.gather(
            town.gates.durable_everywhere(AGAIN_S), handling_again(town.world, CONSUMERS)
        )
        outcome.details["slow network: scans, consumers, s"] = [round(scans, 1), round(consumers, 1)]
    finally:
        for way in slow:
            way.clear()


def _check_memory(town: Town, before: Mapping[str, float], outcome: Outcome) -> None:
    grown = {name: round(now - before[name], 1) for name, now in town.memory_mb().items()}
    worst = outcome.details.setdefault("grown by, MB", {})
    for name, by in grown.items():
        worst[name] = max(by, worst.get(name, by))
        outcome.expect(by < GROWTH_MB, f"{name} has grown by {by} MB while it was cut off")


TRIAL = Trial(5, "the network is cut or slow", run, doors=True, quick=False)
