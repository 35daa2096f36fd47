"""What a process does at its start until the store and the bus answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaProducer

from shared.bus.consumer import producer as producer_of
from shared.store.faults import SERVER_ERRORS

RETRY_S = 1.0

logger = logging.getLogger(__name__)


async def started_producer(bootstrap: str) -> AIOKafkaProducer:
    """Return a producer once it has started, however long the bus is away."""
    while True:
        producer = producer_of(bootstrap)
        try:
            await producer.start()
            return producer
        except SERVER_ERRORS as error:
            logger.warning("the bus does not answer, tried again: %s", error)
            await producer.stop()
            await asyncio.sleep(RETRY_S)


async def persist(what: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Call `attempt` until the store or the bus answers; `what` names it in the log."""
    while True:
        try:
            await attempt()
            return
        except SERVER_ERRORS as error:
            logger.warning("%s does not answer, tried again: %s", what, error)
            await asyncio.sleep(RETRY_S)
