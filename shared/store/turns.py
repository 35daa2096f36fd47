"""The loop of background work that is done turn by turn: the relay, the chaining of the log of acts, gauges."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared.store.faults import SERVER_ERRORS
from shared.store.leases import LeaseLost

PAUSE_AFTER_FAULT_S = 1.0

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]


async def _nothing() -> None:
    pass


async def take_turns(what: str, turn: Work, rest: Work, after_fault: Work = _nothing) -> None:
    """Call `turn` and then `rest`, again and again until cancelled; `what` names the work in the log.

    A fault of the store or the bus is waited out, after `after_fault` has closed what the turn has opened; a lease that
    another process has by now ends a turn. Every other error is raised.
    """
    while True:
        try:
            await turn()
        except LeaseLost:
            logger.warning("%s: another process has the lease", what)
        except SERVER_ERRORS as error:
            logger.warning("%s waits: %s", what, error)
            await after_fault()
            await asyncio.sleep(PAUSE_AFTER_FAULT_S)
        await rest()
