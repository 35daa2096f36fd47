"""What every service's process is made of; a service's `main.py` fills it with its own routes, handlers and deps."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI
from faststream.kafka import KafkaBroker

from shared import bus, http, logs, unit_of_work
from shared.access import Access
from shared.clock import Clock, SystemClock
from shared.dead_letters import DeadLetters
from shared.deadlines import INDEXES as DEADLINE_INDEXES
from shared.deadlines import Deadlines, Handler
from shared.envelope import Event
from shared.mongo import Client, Database, IndexModel, PyMongoError, connect, ensure_indexes
from shared.operations import add_operations
from shared.outbox import Relay
from shared.replica import Replica
from shared.settings import Role, ServiceSettings
from shared.unit_of_work import UnitOfWorkFactory, units_of_work

RETRY_S = 1.0
LAG_EVERY_S = 1.0
SHUTDOWN_S = 5

logger = logging.getLogger(__name__)


@dataclass
class Parts:
    """What a service adds to the plumbing. `replicas` are read by every process, the rest by its role.

    `serves_without_store`: a process that only serves HTTP is ready while the store is away.
    """

    deps: Any
    routers: Sequence[APIRouter] = ()
    consumers: Sequence[bus.EventConsumer] = ()
    deadlines: Mapping[str, Handler] = field(default_factory=dict)
    replicas: Sequence[Replica] = ()
    indexes: Mapping[str, Sequence[IndexModel]] = field(default_factory=dict)
    body_limits: Mapping[str, int] = field(default_factory=dict)
    serves_without_store: bool = False

    @property
    def all_indexes(self) -> dict[str, Sequence[IndexModel]]:
        """The service's own indexes and those of the plumbing."""
        return unit_of_work.INDEXES | DEADLINE_INDEXES | dict(self.indexes)


class Plumbing:
    """The clock, store, units of work, deadlines and producer of one process, from its settings."""

    def __init__(self, settings: ServiceSettings, publishes: Sequence[type[Event]], clock: Clock | None = None) -> None:
        self.settings = settings
        self.publishes = publishes
        self.clock = clock or SystemClock(settings.clock_file)
        self.wake = asyncio.Event()
        self.client: Client = connect(settings.mongo_url)
        self.database: Database = self.client[settings.database_name]
        self.unit_of_work: UnitOfWorkFactory = units_of_work(self.database, settings.service, self.clock, self.wake)
        self.deadlines = Deadlines(self.database, self.clock)
        self.access = Access(settings.issuer, settings.audience, settings.jwks)
        self.producer: AIOKafkaProducer | None = None  # set once it has started

    def app(self, parts: Parts) -> FastAPI:
        """Return the service's HTTP application; its lifespan runs everything else."""
        running = _Running(self, parts)
        app = FastAPI(title=f"Lastmetre {self.settings.service}", version="1", lifespan=running.lifespan)
        app.state.deps, app.state.access, app.state.parts = parts.deps, self.access, parts
        for router in parts.routers if self.settings.role is not Role.WORKER else ():
            app.include_router(router)
        add_operations(app, running.broker, running.checks)
        http.add_problem_details(app)
        app.add_middleware(http.Edge, limits=parts.body_limits)
        return app


class _Running:
    """The background work of a process: starts in any order, waits for servers that are away, ends in order."""

    def __init__(self, plumbing: Plumbing, parts: Parts) -> None:
        self._plumbing = plumbing
        self._parts = parts
        self._tasks: list[asyncio.Task[None]] = []
        self._receivers: list[bus.Receiver] = []
        self._indexed = False
        settings = plumbing.settings
        self.broker: KafkaBroker = bus.broker(settings.kafka_bootstrap, settings.service, plumbing.publishes)
        self._works = settings.role is not Role.API

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Run the process's background work while the application serves."""
        bootstrap = self._plumbing.settings.kafka_bootstrap
        self._spawn(self._prepare(), "prepare")
        for replica in self._parts.replicas:
            self._spawn(replica.run(bootstrap), f"replica of {replica.topic}")
        yield
        await self._end()

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_report_death)
        self._tasks.append(task)

    async def _prepare(self) -> None:
        plumbing, parts = self._plumbing, self._parts
        bootstrap = plumbing.settings.kafka_bootstrap
        # Neither waits for the other: whoever needs but one of the servers works while the other is away.
        producer, _ = await asyncio.gather(self._start_producer(bootstrap), self._make_indexes())
        relay = Relay(plumbing.database, producer, bootstrap, plumbing.publishes, plumbing.wake, plumbing.clock)
        if plumbing.publishes:
            self._spawn(relay.run(), "relay")
        if self._works:
            await self._consume(producer)
            self._spawn(plumbing.deadlines.run(parts.deadlines, parts.deps), "deadlines")

    async def _start_producer(self, bootstrap: str) -> AIOKafkaProducer:
        self._plumbing.producer = producer = await _started_producer(bootstrap)
        return producer

    async def _make_indexes(self) -> None:
        indexes = self._parts.all_indexes
        await _persist("the store", lambda: ensure_indexes(self._plumbing.database, indexes))
        self._indexed = True

    async def _consume(self, producer: AIOKafkaProducer) -> None:
        service = self._plumbing.settings.service
        for consumer in self._parts.consumers:
            dead_letters = DeadLetters(producer, service)
            receiver = bus.Receiver(consumer, dead_letters, self._plumbing.clock, self._parts.deps)
            receiver.attach(self.broker)
            self._receivers.append(receiver)
        await _persist("the bus", self.broker.start)
        self._spawn(self._watch_lag(), "lag")

    async def _watch_lag(self) -> None:
        while True:
            for receiver in self._receivers:
                await receiver.report_lag()
            await asyncio.sleep(LAG_EVERY_S)

    async def checks(self) -> dict[str, bool]:
        """Return what must hold for the process to be ready, each with whether it does."""
        try:
            await asyncio.wait_for(self._plumbing.client.admin.command("ping"), 2)
            store = self._indexed
        except (PyMongoError, TimeoutError):
            store = False
        found = {"store": store} if self._works or not self._parts.serves_without_store else {}
        if self._works:
            expected = len(self._parts.consumers)
            found["consumers"] = len(self._receivers) == expected and all(r.ready for r in self._receivers)
        found |= {f"replica {replica.topic}": replica.ready for replica in self._parts.replicas}
        return found | {"tasks": all(not task.done() or not task.exception() for task in self._tasks)}

    async def _end(self) -> None:
        await self.broker.stop()  # lets the batch in hand finish
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._plumbing.producer is not None:
            await self._plumbing.producer.stop()
        self._plumbing.client.close()


async def _started_producer(bootstrap: str) -> AIOKafkaProducer:
    while True:
        producer = bus.producer(bootstrap)
        try:
            await producer.start()
            return producer
        except (KafkaError, OSError) as error:
            logger.warning("the bus does not answer, tried again: %s", error)
            await producer.stop()
            await asyncio.sleep(RETRY_S)


async def _persist(what: str, attempt: Any) -> None:
    while True:
        try:
            await attempt()
            return
        except (PyMongoError, KafkaError, OSError) as error:
            logger.warning("%s does not answer, tried again: %s", what, error)
            await asyncio.sleep(RETRY_S)


def _report_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.critical("background work died: %s", task.get_name(), exc_info=error)


def serve(settings: ServiceSettings, app: FastAPI) -> None:
    """Serve the application until SIGTERM or SIGINT."""
    logs.configure(settings.service, settings.log_level)
    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
