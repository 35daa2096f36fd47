"""The leaders and the copies in sync of a world's brokers; and the gates by the partitions that they feed."""

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
    while any(len(members) < people for members in residents.values()):
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
    partitions = [partition for topic in topics for partition in topic["partitions"]]
    behind = [partition for partition in partitions if len(partition["isr"]) < len(partition["replicas"])]
    assert partitions, "the brokers know no topics"
    assert not behind, f"{len(behind)} of {len(partitions)} partitions are not in sync"
    return Counter(f"kafka-{partition['leader']}" for partition in partitions)


async def in_sync(world: World) -> Counter[str]:
    """Wait until every copy of every partition is in sync; return how many partitions each broker leads."""
    return await eventually(lambda: leaders(world), IN_SYNC_S, 0.5)


async def handling_again(world: World, names: Sequence[str]) -> float:
    """Wait until these processes have handled an event from now on; return how long it took."""
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
