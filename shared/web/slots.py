"""The slots of a service: how many requests use its store at once; a few are for callers without a token."""

import asyncio

from shared.base.errors import Unavailable

# Fewer than the driver has threads (`shared/store/mongo.py`): while the store hangs, enough end transactions.
SLOTS, OPEN_SLOTS = 48, 6
SLOT_WITHIN_S = 1.0


class Slot:
    """A slot of one request. It is free again as soon as the answer begins: a caller who reads slowly holds none."""

    __slots__ = ("_of",)

    def __init__(self, of: asyncio.Semaphore) -> None:
        self._of: asyncio.Semaphore | None = of

    def release(self) -> None:
        """Give the slot back; again, and nothing happens."""
        if self._of is not None:
            self._of.release()
            self._of = None


class Slots:
    """The slots of one process: those of callers with a token, and those of the routes that need none."""

    def __init__(self) -> None:
        self._known = asyncio.Semaphore(SLOTS)
        self._open = asyncio.Semaphore(OPEN_SLOTS)

    async def take(self, known: bool) -> Slot:
        """Return a slot. Raises `Unavailable` where all stay taken."""
        slots = self._known if known else self._open
        try:
            await asyncio.wait_for(slots.acquire(), SLOT_WITHIN_S)
        except TimeoutError:
            raise Unavailable("server.busy", "Too many ask here at this moment: try again soon", 2) from None
        return Slot(slots)
