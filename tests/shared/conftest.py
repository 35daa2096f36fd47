"""What the tests of the plumbing stand on: units of work over a store of their own, a producer on the bus."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest_asyncio
from aiokafka import AIOKafkaProducer

from shared import bus, deadlines, unit_of_work
from shared.clock import FixedClock
from shared.mongo import Database, ensure_indexes
from shared.unit_of_work import UnitOfWorkFactory, units_of_work
from tests.shared.said import NOON


@dataclass
class Works:
    """A service's store and its units of work, as `shared.service` composes them."""

    database: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def begin(self) -> UnitOfWorkFactory:
        """What use cases know as `deps.unit_of_work`."""
        return units_of_work(self.database, "test", self.clock, self.wake)

    async def count(self, collection: str) -> int:
        """Return how many documents a collection holds."""
        return await self.database[collection].count_documents({})


@pytest_asyncio.fixture
async def works(database: Database) -> Works:
    """A store with the plumbing's indexes."""
    await ensure_indexes(database, unit_of_work.INDEXES | deadlines.INDEXES)
    await database.create_collection("state")  # two transactions that make a collection would conflict
    return Works(database)


@pytest_asyncio.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer on the bus of the run."""
    made = bus.producer(kafka_bootstrap)
    await made.start()
    yield made
    await made.stop()
