"""What the tests of the plumbing stand on: units of work over a store of their own, a producer on the bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest_asyncio
from aiokafka import AIOKafkaProducer

from shared.base.clock import FixedClock
from shared.bus import consumer as bus
from shared.outbox.relay import Relay
from shared.replicas import replica as replicas
from shared.store import deadlines, unit_of_work
from shared.store.act_log import make_collections
from shared.store.mongo import Database, ensure_indexes
from shared.store.unit_of_work import UnitOfWorkFactory, units_of_work
from tests.shared.owning import PUBLISHES, Colours, Follow, NewRelay
from tests.shared.samples import NOON
from tests.support.bus import BusServer


@dataclass
class Works:
    """A service's store and its units of work, as `shared.process` composes them."""

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
    await make_collections(database)
    await database.create_collection("state")  # two transactions that make a collection would conflict
    return Works(database)


@pytest_asyncio.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer on the bus of the run."""
    made = bus.producer(kafka_bootstrap)
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def follow(works: Works, fresh_kafka: BusServer) -> AsyncIterator[Follow]:
    """Makes replicas that run."""
    async with AsyncExitStack() as stack:

        def make() -> Colours:
            colours = Colours(works.clock)
            stack.push_async_callback(
                ended, asyncio.create_task(replicas.follow([colours.replica], fresh_kafka.bootstrap))
            )
            return colours

        yield make


@pytest_asyncio.fixture
async def owner(works: Works, fresh_kafka: BusServer) -> AsyncIterator[AIOKafkaProducer]:
    """The owner's producer, on a bus that the test may lose."""
    producer = bus.producer(fresh_kafka.bootstrap)
    await producer.start()
    yield producer
    await producer.stop()


@pytest_asyncio.fixture
async def new_relay(works: Works, owner: AIOKafkaProducer, fresh_kafka: BusServer) -> AsyncIterator[NewRelay]:
    """Makes relays of the owner, whose turns a test takes itself; each takes over from the one before."""
    async with AsyncExitStack() as stack:

        async def make() -> Relay:
            await works.database["leases"].delete_many({})
            relay = Relay(
                works.database, owner, fresh_kafka.bootstrap, "registration", PUBLISHES, works.wake, works.clock
            )
            stack.push_async_callback(relay.close)
            return relay

        yield make


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def relay(new_relay: NewRelay) -> Relay:
    """The owner's relay."""
    return await new_relay()
