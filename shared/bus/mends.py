"""What aiokafka 0.14 does wrong, put right for every client of this process once `shared.bus.kafka` is imported."""

import asyncio
from typing import Any

import aiokafka.admin.client
import aiokafka.client
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import IllegalGenerationError
from aiokafka.protocol.metadata import MetadataRequest

# How long a broker may take to accept a connection. aiokafka connects to one broker after the other and lets each take
# as long as an answer may: one that is frozen, for which its machine still accepts, keeps a client from all those that
# are well, again and again.
CONNECT_S = 2.0
_AGAIN_S = 0.1

_connect = aiokafka.client.create_conn
_close = Fetcher.close
_commit = GroupCoordinator._do_commit_offsets


class _AskWithoutMaking(MetadataRequest):  # type: ignore[misc]
    """Asks about topics. aiokafka's own question makes those that are missing, with any number of partitions."""

    def __init__(self, topics: list[str] | None = None, allow_auto_topic_creation: bool = False) -> None:
        super().__init__(topics, allow_auto_topic_creation)


async def _connect_soon(*where: Any, **how: Any) -> Any:  # Any: aiokafka has no types
    """Connect as aiokafka does. Raises `TimeoutError` after `CONNECT_S`, which it takes for a broker that is away."""
    async with asyncio.timeout(CONNECT_S):
        return await _connect(*where, **how)


async def _close_for_certain(fetcher: Fetcher) -> None:
    """Close as aiokafka does, which waits for ever if its reader was just ending what it read of lost partitions.

    The reader then takes its own cancellation for that of those whom it waits for, and waits for new partitions. And a
    request that waits to be tried again ends with its cancellation, which aiokafka takes for that of who is closing.
    """
    fetcher._closed = True
    await _ended({fetcher._fetch_task})
    await _ended(fetcher._pending_tasks)
    fetcher._pending_tasks.clear()
    await _close(fetcher)


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:  # Any: aiokafka has no types
    """Cancel tasks until the last of them has ended, however it did."""
    while running := {task for task in tasks if not task.done()}:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_AGAIN_S)


# Any: aiokafka has no types
async def _commit_as_member(coordinator: GroupCoordinator, assignment: Any, offsets: Any) -> None:
    """Commit as aiokafka does, but never for a member that its group does not know any more.

    aiokafka goes on trying, and without a generation the bus takes it for a client outside of a group, which it lets
    commit anything to an empty one. On a bus that has lost everything, offsets of before pass over what is new.
    """
    if coordinator._subscription.partitions_auto_assigned() and coordinator.generation < 0:
        raise IllegalGenerationError(coordinator.group_id)
    await _commit(coordinator, assignment, offsets)


def apply_mends() -> None:
    """Put aiokafka right."""
    aiokafka.client.create_conn = _connect_soon
    Fetcher.close = _close_for_certain
    GroupCoordinator._do_commit_offsets = _commit_as_member
    for module in (aiokafka.client, aiokafka.admin.client):  # its clients have no option for it
        module.MetadataRequest = _AskWithoutMaking
