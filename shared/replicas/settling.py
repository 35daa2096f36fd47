"""The garbage collector is spared from going through replicas, which are kept for good."""

import asyncio
import gc
from collections.abc import Sequence

from shared.replicas.replica import Replica

LOOK_AGAIN_S = 1.0


async def settle(replicas: Sequence[Replica]) -> None:
    """Once everything is read that is kept for good, spare the garbage collector from going through it."""
    while not all(replica.ready for replica in replicas):  # noqa: ASYNC110  # once, at the start
        await asyncio.sleep(LOOK_AGAIN_S)
    gc.collect()
    gc.freeze()
