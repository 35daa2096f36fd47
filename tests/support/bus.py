"""A bus with every topic on it and nothing in them."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.errors import TopicsDiffer
from deploy.local.servers import EmbeddedKafka
from deploy.local.topics import create_missing
from deploy.topics import load_topics
from tests.support.waiting import eventually

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from a fixture that is not one, away from the event loop of the tests."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


def new_bus(logs: Path) -> EmbeddedKafka:
    """Start a broker of its own with every topic on it; whoever asks stops it."""
    server = EmbeddedKafka(logs).start()
    run_apart(create_missing(server.bootstrap))
    return server


async def lose_everything(server: EmbeddedKafka) -> None:
    """Kill the broker, start it again on its port and make its topics: all it held is gone."""
    server.kill()
    await asyncio.to_thread(server.start)
    await create_missing(server.bootstrap)


async def empty(bootstrap: str) -> None:
    """Delete and make again every topic on a server that somebody else runs."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        declared = {topic.name for topic in load_topics()}
        if present := declared.intersection(await admin.list_topics()):
            await admin.delete_topics(list(present))
    finally:
        await admin.close()

    async def made() -> bool:
        try:
            await create_missing(bootstrap)
        except TopicsDiffer as error:  # a deletion that is still under way
            raise AssertionError(str(error)) from None
        return True

    await eventually(made, 30, 0.5)
