"""A device that scans, sends and fetches when a test says so, and the exceptions that it learns of."""

import asyncio

from services.checkpoint.client.gate import Display, Passing
from services.checkpoint.client.recognition import recognised
from services.checkpoint.client.running import Running
from services.checkpoint.domain.decision import Measured
from shared.base.ids import new_id
from shared.events.checkpoint import Direction
from shared.events.registration import Colour
from tests.checkpoint.gate import Gate, standing

IN, OUT = Measured(Direction.IN, 36.5, True), Measured(Direction.OUT, 36.5, True)


async def scans(device: Running, text: str, seen: Measured = IN) -> Display:
    return await asyncio.to_thread(device.scan, Passing(recognised(text), seen))


async def sends(device: Running) -> float:
    """Take the sender's next turn; return how long it means to wait."""
    return await asyncio.to_thread(device.sending.turn)


async def fetches(device: Running) -> float:
    return await asyncio.to_thread(device.listing.turn)


async def learns_of(gate: Gate, count: int) -> list[str]:
    residents = [new_id() for _ in range(count)]
    gate.learns(*[standing(resident, Colour.RED) for resident in residents])
    return residents
