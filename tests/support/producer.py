"""A producer that connects to the bus when something is sent, since most tests of a service send nothing."""

import asyncio
from typing import Any

from shared.bus import consumer as bus


class LateProducer:
    """The producer that a service has, started at its first use."""

    def __init__(self, bootstrap: str) -> None:
        self.connected = bus.producer(bootstrap)
        self._started = False
        self._starting = asyncio.Lock()

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
        await self.connected.stop()
