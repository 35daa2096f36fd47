"""The scan path's only write: passages appended to Kafka with acks=all, before the gate is answered."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.envelope import Event, encode

PROBE_EVERY_S = 1.0

logger = logging.getLogger(__name__)


class ScanLog:
    """Appends passages; when the bus is away it says so at once, and tries again with one request a second."""

    def __init__(self, producer: Callable[[], AIOKafkaProducer | None], timeout_s: float) -> None:
        self._producer = producer
        self._timeout_s = timeout_s
        self._away_until = 0.0

    async def append(self, passages: Sequence[Event]) -> list[bool]:
        """Return for each passage whether the bus has it. False means unknown: the device sends the scan again."""
        producer = self._producer()
        if producer is None or time.monotonic() < self._away_until:
            return [False] * len(passages)
        try:
            async with asyncio.timeout(self._timeout_s):
                handed = [await self._send(producer, passage) for passage in passages]
                outcomes = await asyncio.gather(*map(asyncio.shield, handed), return_exceptions=True)
        except (TimeoutError, KafkaError) as error:
            self._away_until = time.monotonic() + PROBE_EVERY_S
            logger.warning("the bus does not take passages: %s", type(error).__name__)
            return [False] * len(passages)
        return [not isinstance(outcome, BaseException) for outcome in outcomes]

    async def _send(self, producer: AIOKafkaProducer, passage: Event) -> "asyncio.Future[object]":
        wire = encode(passage)
        handed: asyncio.Future[object] = await producer.send(wire.topic, wire.value, key=wire.key, headers=wire.headers)
        # Nobody may be waiting any more when it fails: the answer said "not durable" long ago.
        handed.add_done_callback(lambda done: done.cancelled() or done.exception())
        return handed
