"""Order per resident: single scans and batches mixed, through two processes in turn.

Who is scanned again before the last scan was answered is promised no order: so each device waits for its answers, and
what it had to send again, since it was not durable at once, is left out.
"""

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from shared.events.checkpoint import PASSAGES
from tests.faults.books import check_scans, id_of, records_of
from tests.faults.gates import Device, open_gates
from tests.faults.points import handed
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

GATES, PEOPLE = 4, 6
TOGETHER = (1, 1, 7, 30)


async def run(world: World, outcome: Outcome) -> None:
    """Few people at each gate come by again and again; each request asks one of the two processes."""
    await world.start("registration", role="api")
    await asyncio.gather(
        world.start("checkpoint", "recorder", role="worker", faults={"handed": True}),
        *(world.start("checkpoint", name, role="api") for name in ("gate-a", "gate-b")),
    )
    ports = [world.services[name].port for name in ("gate-a", "gate-b")]
    gates = await open_gates(world, GATES, ports, people=PEOPLE, api="gate-a")
    rounds = 40 if world.quick else 400
    chances = [random.Random(world.chance.random()) for _ in gates.devices]
    await asyncio.gather(*(_come_by(*one, ports, rounds) for one in zip(gates.devices, chances, strict=True)))
    again = {scan["scan_id"] for device in gates.devices for scan in device.kept}
    await gates.end()
    await world.wait_until_quiet()
    await check_scans(world, gates.book, outcome)
    await _check_order(world, again, outcome)


async def _come_by(device: Device, chance: random.Random, ports: Sequence[int], rounds: int) -> None:
    for _ in range(rounds):
        scans = [device.scan() for _ in range(chance.choice(TOGETHER))]
        for scan in scans:
            device.book.note(scan, "sent")
        device.ask_at(chance.choice(ports))
        await device.post(scans)


async def _check_order(world: World, again: set[str], outcome: Outcome) -> None:
    records = await records_of(world, PASSAGES)
    partitions_by_key: defaultdict[bytes, set[int]] = defaultdict(set)
    for record in records:
        partitions_by_key[record.key].add(record.partition)
    apart = sum(len(partitions) > 1 for partitions in partitions_by_key.values())
    passages = {id_of(one): (one.key, json.loads(one.value)["seq"]) for one in records if id_of(one) not in again}
    to_recorder = handed(world.notes("recorder"))
    on_bus, at_recorder = (_backwards(ids, passages) for ids in (map(id_of, records), to_recorder))
    outcome.details |= {
        "people": len(partitions_by_key),
        "sent again": len(again),
        "handed to the recorder": len(to_recorder),
    }
    outcome.expect(not apart, f"{apart} of {len(partitions_by_key)} keys lie in several partitions")
    outcome.expect(not on_bus, f"{on_bus} passages lie behind later ones of the same person")
    outcome.expect(not at_recorder, f"{at_recorder} passages were given to the recorder after later ones")
    outcome.expect(len(partitions_by_key) == GATES * PEOPLE, f"only {len(partitions_by_key)} people were scanned")
    outcome.expect(set(to_recorder) >= passages.keys(), "the recorder was not given all that lies on the bus")


def _backwards(ids: Iterable[str], passages: Mapping[str, tuple[bytes, int]]) -> int:
    """Return how many passages come after a later one of their key, each looked at where it came first."""
    seqs: defaultdict[bytes, list[int]] = defaultdict(list)
    for passage_id in dict.fromkeys(ids):
        if passage_id in passages:
            key, seq = passages[passage_id]
            seqs[key].append(seq)
    return sum(earlier > later for of_one in seqs.values() for earlier, later in pairwise(of_one))


TRIAL = Trial(7, "order per resident, single scans and batches mixed", run)
