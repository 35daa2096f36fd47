"""What the brokers of a world say of themselves: who leads, who is in sync; and which gate feeds which partition."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.topics import load_topics
from services.checkpoint.domain.passage import partition_of
from shared.base.ids import new_id
from shared.bus.kafka import connection
from shared.events.checkpoint import PASSAGES
from tests.faults.codes import code_of, code_signer
from tests.faults.gates import Gates
from tests.faults.world import World
from tests.support.waiting import eventually

IN_SYNC_S = 90.0
CATCH_UP_S = 120.0
PARTITIONS = next(topic.partitions for topic in load_topics() if topic.name == PASSAGES)


def one_gate_a_partition(world: World, gates: Gates, people: int = 20) -> None:
    """Let the people behind each gate be of one partition of the passages, so that every partition is seen."""
    assert len(gates.devices) == PARTITIONS, f"open {PARTITIONS} gates"
    signer = code_signer(world)
    residents: dict[int, list[str]] = {number: [] for number in range(PARTITIONS)}
    while any(len(found) < people for found in residents.values()):
        resident = new_id()
        residents[partition_of(resident.encode(), PARTITIONS)].append(resident)
    for number, device in enumerate(gates.devices):
        device.codes = [code_of(signer, resident) for resident in residents[number][:people]]


async def leaders(world: World) -> Counter[str]:
    """Return how many partitions each broker leads. Raises `AssertionError` unless all copies are in sync."""
    admin = AIOKafkaAdminClient(**connection(world.kafka.bootstrap), request_timeout_ms=5_000)
    try:
        await admin.start()
        topics = await admin.describe_topics()
    except (KafkaError, OSError) as error:
        raise AssertionError(f"the brokers do not answer: {error!r}") from None
    finally:
        await admin.close()
    places = [place for topic in topics for place in topic["partitions"]]
    behind = [place for place in places if len(place["isr"]) < len(place["replicas"])]
    assert places, "the brokers know no topics"
    assert not behind, f"{len(behind)} of {len(places)} partitions are not in sync"
    return Counter(f"kafka-{place['leader']}" for place in places)


async def in_sync(world: World) -> Counter[str]:
    """Wait until every copy of every partition is in sync; return how many partitions each broker leads."""
    return await eventually(lambda: leaders(world), IN_SYNC_S, 0.5)


async def handling_again(world: World, names: Sequence[str]) -> float:
    """Wait until these processes have handled something said from now on; return how long it took."""
    loop = asyncio.get_running_loop()
    began, now = loop.time(), world.clock.now().timestamp()

    async def all_are() -> bool:
        readings = await world.look()
        for name in names:
            reading = readings.get(name)
            assert reading is not None, f"{name} does not answer"
            assert reading.newest >= now, f"{name} has handled nothing of the last {loop.time() - began:.0f} s"
        return True

    await eventually(all_are, CATCH_UP_S, 0.3)
    return loop.time() - began
