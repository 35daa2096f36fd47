"""How far the consumer groups of a service are, as the bus has it: also of groups whose members run elsewhere."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.base.clock import loop_time
from shared.bus.kafka import asking, known_partitions, start, stop

WITHIN_S = 6.0
SERVES_S = 2.0
_NEVER = -1


class PartitionLag(NamedTuple):
    """A partition that a group reads: `waiting` records lie between what it has handled and the end.

    `handled` is the next offset that it handles, None where it has committed nothing yet.
    """

    group: str
    topic: str
    partition: int
    end: int
    handled: int | None
    waiting: int


class Lags:
    """The lag of a service's consumer groups; `groups` are the topics that each reads.

    Many requests ask the bus as often as one; an answer serves for two seconds.
    """

    def __init__(self, bootstrap: str, groups: Mapping[str, Sequence[str]]) -> None:
        self._bootstrap = bootstrap
        self._groups = groups
        self._asking: asyncio.Task[list[PartitionLag] | None] | None = None
        self._asked_at = float("-inf")

    async def now(self) -> list[PartitionLag] | None:
        """Return the lag by group, topic and partition; None while the bus does not answer."""
        if self._asking is None or (self._asking.done() and loop_time() - self._asked_at > SERVES_S):
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> list[PartitionLag] | None:
        try:
            return await lags_of(self._bootstrap, self._groups)
        except (KafkaError, OSError, TimeoutError):
            return None
        finally:
            self._asked_at = loop_time()


async def lags_of(bootstrap: str, groups: Mapping[str, Sequence[str]]) -> list[PartitionLag]:
    """Return the lag of consumer groups on their topics.

    Raises `KafkaError`, `OSError` or `TimeoutError` while the bus does not answer.
    """
    if not groups:
        return []
    topics = sorted({topic for read in groups.values() for topic in read})
    async with asyncio.timeout(WITHIN_S):
        begins, ends = await _ends(bootstrap, topics)
        committed = await _committed(bootstrap, groups, list(ends))
    return [
        _lag(group, place, begins[place], ends[place], committed[group].get(place))
        for group, read in groups.items()
        for place in sorted(ends)
        if place.topic in read
    ]


async def none_waits(bootstrap: str, groups: Mapping[str, Sequence[str]]) -> bool:
    """Whether consumer groups have handled every partition of their topics; not so while the bus does not answer.

    A process knows the lag of the partitions that it has. Those of one that died are another's only once its session
    has ended.
    """
    try:
        return not any(one.waiting for one in await lags_of(bootstrap, groups))
    except (KafkaError, OSError, TimeoutError):
        return False


def _lag(group: str, place: TopicPartition, begin: int, end: int, handled: int | None) -> PartitionLag:
    # Records that the bus has removed wait no longer.
    waiting = max(0, end - max(begin, handled or 0))
    return PartitionLag(group, place.topic, place.partition, end, handled, waiting)


Offsets = dict[TopicPartition, int]


async def _ends(bootstrap: str, topics: Sequence[str]) -> tuple[Offsets, Offsets]:
    consumer = AIOKafkaConsumer(**asking(bootstrap))
    try:
        await start(consumer, bootstrap)
        places = await known_partitions(bootstrap, *topics)
        if not places:
            return {}, {}
        return await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    finally:
        await stop(consumer)


async def _committed(
    bootstrap: str, groups: Mapping[str, Sequence[str]], places: Sequence[TopicPartition]
) -> dict[str, Offsets]:
    admin = AIOKafkaAdminClient(**asking(bootstrap))
    try:
        await start(admin, bootstrap)
        offsets_by_group = {}
        for group, read in groups.items():
            # Named one by one: the embedded broker answers no question about all of them.
            named = [place for place in places if place.topic in read]
            offsets = await admin.list_consumer_group_offsets(group, partitions=named) if named else {}
            offsets_by_group[group] = {place: one.offset for place, one in offsets.items() if one.offset != _NEVER}
        return offsets_by_group
    finally:
        await admin.close()
