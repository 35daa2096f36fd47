"""What a consumer knows of its membership in its group: whether it has its partitions, and how it commits."""

import logging
from collections.abc import Awaitable, Callable

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaMessage
from faststream.message import AckStatus

logger = logging.getLogger(__name__)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """Knows whether the consumer has its partitions, and lets what is in hand end before they go to another member."""

    def __init__(self, drain: Callable[[], Awaitable[None]]) -> None:
        self._drain = drain
        self.joined = False

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let what is in hand end."""
        self.joined = False
        await self._drain()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Be ready."""
        self.joined = True


async def commit(message: KafkaMessage) -> None:
    """Commit what was handled; in a rebalance that is refused, and it comes again."""
    try:
        await message.ack()
    except KafkaError as error:
        # Normal in a rebalance: what was not committed comes again, and repeats are known.
        logger.info("not committed: %s", type(error).__name__)
        message.committed = AckStatus.ACKED  # else FastStream tries once more
