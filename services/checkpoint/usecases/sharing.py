"""Unknown cards and numbers by device and minute, counted in the store by all processes (R9)."""

import asyncio
import logging
from datetime import datetime

from services.checkpoint import metrics
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.budget import WITHIN
from shared.store.mongo import PyMongoError

logger = logging.getLogger(__name__)
_under_way: set[asyncio.Task[None]] = set()  # a task without a reference may be collected


def share_later(deps: Deps, device: str, live: bool, now: datetime, most: int) -> None:
    """Have what this process counted added to the store's count, while the scan is answered."""
    task = asyncio.create_task(share(deps, device, live, now, most))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def share(deps: Deps, device: str, live: bool, now: datetime, most: int) -> None:
    """Add what this process counted to the store's count of the minute; over `most` of all, hold the device here too.

    Without the store each process goes by its own count.
    """
    counted = deps.budget.unshared.pop((device, live), 0)
    if not counted:
        return
    try:
        of_all = await deps.store.tries.add(device, live, int(now.timestamp() // WITHIN.total_seconds()), counted, now)
    except PyMongoError as error:
        logger.warning("unknown cards and numbers are counted by this process alone: %s", type(error).__name__)
        return
    if deps.budget.learn(device, live, now, most, of_all):
        metrics.DEVICES_HELD.inc()
