"""A producer that connects to the bus when something is sent, since most tests of a service send nothing."""

import asyncio
from functools import cached_property
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.bus import consumer as bus


class LateProducer:
    """The producer that a service has, started at its first use."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._started = False
        self._starting = asyncio.Lock()

    @cached_property
    def connected(self) -> AIOKafkaProducer:
        """The producer itself, made at its first use."""
        return bus.producer(self._bootstrap)

    async def start(self) -> None:
        """Connect, unless that is done. Raises `KafkaError` where the bus is away."""
        async with self._starting:
            if not self._started:
                await self.connected.start()
                self._started = True

    async def send_and_wait(self, *args: Any, **more: Any) -> Any:
        """Connect and send; the arguments are those of the producer. Raises `KafkaError`."""
        await self.start()
        return await self.connected.send_and_wait(*args, **more)

    async def stop(self) -> None:
        """Close the connection."""
        if "connected" in vars(self):
            await self.connected.stop()
