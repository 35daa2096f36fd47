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
    """Appends passages; while the bus is away it says so at once, and one request a second tries again."""

    def __init__(self, producer: Callable[[], AIOKafkaProducer | None], timeout_s: float) -> None:
        self._producer = producer
        self._timeout_s = timeout_s
        self._probe_at: float | None = None  # set while the bus is away
        self._acknowledged_at = float("-inf")

    async def append(self, passages: Sequence[Event]) -> list[bool]:
        """Return for each passage whether the bus has it. False means unknown: the device sends the scan again."""
        began = time.monotonic()
        producer = self._producer()
        if not passages or producer is None or self._waits(began):
            return [False] * len(passages)
        handed: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                for passage in passages:
                    handed.append(await self._send(producer, passage))
                await asyncio.wait(handed)
        except (TimeoutError, KafkaError) as error:
            self._failed(error, began)
        arrived = [_has_arrived(one) for one in handed]
        if any(arrived):
            self._succeeded()
        return arrived + [False] * (len(passages) - len(arrived))

    def _waits(self, now: float) -> bool:
        if self._probe_at is None:
            return False
        if now < self._probe_at:
            return True
        self._probe_at = now + PROBE_EVERY_S  # this request tries, the others do not wait for it
        return False

    def _failed(self, error: Exception, began: float) -> None:
        # While anything gets through, a partition without a leader is no reason to give up on the others.
        if self._acknowledged_at >= began:
            return
        if self._probe_at is None:
            logger.warning("the bus does not take passages: %s", type(error).__name__)
        self._probe_at = time.monotonic() + PROBE_EVERY_S

    def _succeeded(self) -> None:
        if self._probe_at is not None:
            logger.info("the bus takes passages again")
        self._acknowledged_at, self._probe_at = time.monotonic(), None

    async def _send(self, producer: AIOKafkaProducer, passage: Event) -> "asyncio.Future[object]":
        wire = encode(passage)
        handed: asyncio.Future[object] = await producer.send(wire.topic, wire.value, key=wire.key, headers=wire.headers)
        # Nobody may be waiting any more when it fails: the answer said "not durable" long ago.
        handed.add_done_callback(lambda done: done.cancelled() or done.exception())
        return handed


def _has_arrived(handed: "asyncio.Future[object]") -> bool:
    return handed.done() and not handed.cancelled() and handed.exception() is None
