"""How far a consumer has come on each of its partitions, and how much lies ahead."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

WITHIN_S = 1.0


class Positions:
    """The next offset to be handled, by partition. It moves when records are handled, not when they are fetched."""

    def __init__(self) -> None:
        self._next: dict[TopicPartition, int] = {}

    def came_to(self, positions: Mapping[TopicPartition, int]) -> None:
        """Note what is to be handled next."""
        self._next.update(positions)

    def forget(self) -> None:
        """Begin anew: the partitions go to the member that is assigned them next."""
        self._next.clear()

    async def learn(self, consumer: AIOKafkaConsumer) -> None:
        """Find out where the partitions stand of which nothing has been handled yet."""
        for partition in consumer.assignment() - self._next.keys():
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(WITHIN_S):
                    self._next.setdefault(partition, await consumer.position(partition))

    def ahead(self, consumer: AIOKafkaConsumer, topic: str) -> int:
        """Return how many records of the topic lie ahead, as far as the bus reports; 1 a partition before that."""
        return sum(self._ahead(consumer, place) for place in consumer.assignment() if place.topic == topic)

    def _ahead(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
        end = consumer.highwater(place)
        return 1 if end is None or place not in self._next else max(0, end - self._next[place])
