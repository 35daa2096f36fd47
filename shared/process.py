"""What every service's process is made of; a service's `main.py` fills it with its own routes, handlers and deps."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from faststream.kafka import KafkaBroker

from shared.base import ending, metrics
from shared.base.clock import Clock, SystemClock
from shared.base.json_types import Json
from shared.base.sealing import Sealer
from shared.base.settings import Role, ServiceSettings
from shared.bus import consumer as bus
from shared.bus.asyncapi import asyncapi_document
from shared.bus.dead_letters import DeadLetters, bury_later
from shared.bus.lag import Lags
from shared.bus.letter_book import LetterBook
from shared.bus.letter_decisions import LetterDecisions
from shared.bus.receiver import Receiver
from shared.bus.starting import persist, started_producer
from shared.envelope.event import Event, contracts_of
from shared.envelope.log_head import LogHead
from shared.envelope.macs import Macs
from shared.outbox.bring_along import BringAlong
from shared.outbox.chaining import Chaining
from shared.outbox.relay import Relay
from shared.parts import Gauges, Parts
from shared.replicas.access_revocations import AccessRevocations
from shared.replicas.break_glass import BreakGlasses
from shared.replicas.replica import follow
from shared.replicas.settling import settle
from shared.store import unit_of_work
from shared.store.act_log import make_collections
from shared.store.act_reading import ActReader
from shared.store.deadlines import Deadlines
from shared.store.deps import ServiceDeps
from shared.store.faults import SERVER_ERRORS
from shared.store.mongo import Client, Database, connect, ensure_indexes, serves
from shared.store.processes import Processes
from shared.store.recurring import Recurring
from shared.store.resealing import Resealing, Sealed
from shared.store.turns import take_turns
from shared.store.unit_of_work import UnitOfWorkFactory, units_of_work
from shared.web import acts, dead_letters, disclosures, http, service_state
from shared.web.access import Access
from shared.web.disclosures import Disclosures
from shared.web.docs import add_docs
from shared.web.edge import Application, Edge
from shared.web.openapi import describe
from shared.web.operations import Checks, add_operations
from shared.web.server import run
from shared.web.service_state import Operating

RETRY_S = 1.0
POSITIONS_EVERY_S = 1.0
# What is in hand may take so long to end: first that of HTTP, then that of the bus and of the deadlines.
SHUTDOWN_S = 3
# Nothing waits until Kubernetes kills the process: with both, all ends within the 30 s Kubernetes gives.
CONSUMERS_END_S, TASKS_END_S = 12.0, 5.0

logger = logging.getLogger(__name__)


D = TypeVar("D", bound=ServiceDeps)
_OF_EVERY_SERVICE = (disclosures.router, acts.router, dead_letters.router, service_state.router)


class Plumbing:
    """The clock, store, units of work, deadlines and producer of one process, from its settings."""

    def __init__(self, settings: ServiceSettings, clock: Clock | None = None, sealer: Sealer | None = None) -> None:
        self.settings = settings
        # Retired contracts too: what was published by them is kept whole for its readers.
        self.publishes: Sequence[type[Event]] = contracts_of(settings.service)
        self.clock = clock or SystemClock(settings.clock_file)
        self.macs = Macs(settings.service, settings.event_keys, self.clock, settings.unsigned_events_until)
        self.wake = asyncio.Event()
        self.client: Client = connect(settings.mongo_url)
        self.database: Database = self.client[settings.database_name]
        self.unit_of_work: UnitOfWorkFactory = units_of_work(self.database, settings.service, self.clock, self.wake)
        self.deadlines = Deadlines(self.database, self.clock)
        self.access = Access(settings.issuer, settings.audience, settings.jwks, settings.token_rules)
        self.revocations = AccessRevocations(self.access.revoke, self.clock)
        self.glasses = BreakGlasses(self.access.break_glasses.put, self.clock)
        self.disclosures = Disclosures(self.database, self.clock, self.unit_of_work, sealer)
        self.letters = LetterBook(self.database, settings.kafka_bootstrap, settings.service, sealer)
        self.producer: AIOKafkaProducer | None = None  # set once it has started

    # Any: each service has its own deps
    def resealing(self, sealer: Sealer, sealed: Sequence[Sealed]) -> Recurring[Any]:
        """Return the work that brings these sealed fields along, and the plumbing's own."""
        return Resealing(self.database, sealer, [*sealed, self.disclosures.sealed, self.letters.sealed]).recurring

    def app(self, parts: Parts[D]) -> FastAPI:
        """Return the service's HTTP application; its lifespan runs everything else."""
        parts.replicas_beside = (self.revocations.replica, self.glasses.replica)
        running = _Running(self, parts)
        app = Application(f"Lastmetre {self.settings.service}", running.lifespan)
        app.state.deps, app.state.access, app.state.parts = parts.deps, self.access, parts
        app.state.client, app.state.disclosures = self.client, self.disclosures
        app.state.letters = LetterDecisions(self.letters, self.unit_of_work, self.macs)
        app.state.act_reader = ActReader(self.database)
        app.state.operating = self._operating(parts, running.checks)
        routers = (*parts.routers, *_OF_EVERY_SERVICE)
        for router in routers if self.settings.role is not Role.WORKER else ():
            app.router.routes += router.routes  # `include_router` would make each of them anew at the first request
        add_operations(app, lambda: self._events(app.title, parts), running.checks)
        add_docs(app)
        http.add_problem_details(app)
        direct = parts.direct if self.settings.role is not Role.WORKER else ()
        describe(app, routers, direct, self.settings.http_port)
        app.edge = Edge(
            partial(FastAPI.__call__, app),
            self.access,
            parts.body_limits,
            direct,
            parts.long_work,
            app.router.routes,
            parts.turn_away,
            parts.by_cookie,
        )
        return app

    def _operating(self, parts: Parts[D], checks: Checks) -> Operating:
        dead = self.letters.topic
        lags = Lags(self.settings.kafka_bootstrap, {one.group: [*one.topics, dead] for one in parts.consumers})
        return Operating(self.settings.service, self.database, lags, checks, self.letters, self.clock)

    def _events(self, title: str, parts: Parts[D]) -> Json:
        published = [contract for contract in self.publishes if not contract.retired]
        return asyncapi_document(title, self.settings.kafka_bootstrap, published, parts.reads)


class _Running(Generic[D]):
    """The background work of a process: starts in any order, waits for servers that are away, ends in order."""

    def __init__(self, plumbing: Plumbing, parts: Parts[D]) -> None:
        self._plumbing = plumbing
        self._parts = parts
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: set[str] = set()
        self._receivers: list[Receiver[D]] = []
        self._due: asyncio.Task[None] | None = None
        self._indexed = False
        self._broker: KafkaBroker  # made when the process starts
        self._works = plumbing.settings.role is not Role.API
        self._processes = Processes(plumbing.database, plumbing.settings.role.value, self.checks)

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Run the process's background work while the application serves."""
        bootstrap = self._plumbing.settings.kafka_bootstrap
        self._broker = bus.broker(bootstrap, self._plumbing.settings.service, SHUTDOWN_S)
        preparing = asyncio.create_task(self._prepare())
        preparing.add_done_callback(self._prepared)
        # One half of a service is enough to make dead letters.
        bury = bury_later(lambda: self._plumbing.producer, self._plumbing.settings.service) if self._works else None
        beside = partial(follow, self._parts.replicas_beside, bootstrap, self._plumbing.macs, bury)
        self._spawn("replicas beside", beside)
        if self._parts.replicas:
            self._spawn("replicas", partial(follow, self._parts.replicas, bootstrap, self._plumbing.macs, bury))
            self._spawn("settling", partial(settle, self._parts.replicas))
        self._spawn("process report", self._processes.report_always)
        yield
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        await self._end()

    def _spawn(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._keep_running(name, work), name=name)
        self._tasks.append(task)
        return task

    async def _keep_running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                return
            except (Exception, asyncio.CancelledError) as error:
                if (task := asyncio.current_task()) and task.cancelling():
                    raise
                # A mistake of ours: logged, shown by readiness, and the work begun again rather than missing for good.
                # Or of a library's, which may raise the cancellation of a task of its own.
                logger.critical("background work died: %s", name, exc_info=error)
            self._failing.add(name)
            await asyncio.sleep(RETRY_S)
            self._failing.discard(name)

    def _prepared(self, preparing: asyncio.Task[None]) -> None:
        if not preparing.cancelled() and (error := preparing.exception()):
            logger.critical("the process cannot start its work", exc_info=error)
            self._failing.add("start")

    async def _prepare(self) -> None:
        plumbing, parts = self._plumbing, self._parts
        bootstrap = plumbing.settings.kafka_bootstrap
        # Neither waits for the other: work that needs but one of the servers goes on while the other is away.
        producer, _ = await asyncio.gather(self._start_producer(bootstrap), self._make_indexes())
        if plumbing.publishes:
            service, publishes = plumbing.settings.service, plumbing.publishes
            served = (plumbing.database, producer, bootstrap, service, publishes)
            relay = Relay(*served, plumbing.wake, plumbing.clock, plumbing.macs)
            self._spawn("relay", relay.run)
        if self._works:
            await self._consume(producer)
            for recurring in parts.recurring:
                await persist("the store", partial(recurring.begin, parts.deps))
            self._spawn("log of acts", self._chaining().run)
            self._due = self._spawn("deadlines", lambda: plumbing.deadlines.run(parts.handlers, parts.deps))
            if parts.brought_along:
                bring = BringAlong(
                    plumbing.database, plumbing.settings.service, plumbing.unit_of_work, parts.brought_along
                )
                self._spawn("bring along", lambda: bring.run(parts.deps))
            for number, gauges in enumerate(parts.gauges):
                self._spawn(f"gauges {number}", partial(self._read, gauges))

    def _chaining(self) -> Chaining:
        plumbing = self._plumbing
        head = next((one for one in plumbing.publishes if issubclass(one, LogHead)), None)
        zone = plumbing.settings.city_zone
        return Chaining(plumbing.database, plumbing.unit_of_work, plumbing.clock, zone, head)

    async def _start_producer(self, bootstrap: str) -> AIOKafkaProducer:
        self._plumbing.producer = producer = await started_producer(bootstrap)
        return producer

    async def _make_indexes(self) -> None:
        indexes, retired = self._parts.all_indexes, self._parts.retired_indexes
        await persist("the store", lambda: ensure_indexes(self._plumbing.database, indexes, retired))
        await persist("the store", partial(make_collections, self._plumbing.database))
        self._indexed = True

    async def _consume(self, producer: AIOKafkaProducer) -> None:
        dead = DeadLetters(producer, self._plumbing.settings.service, self._plumbing.letters.settle)
        for consumer in self._parts.consumers:
            plumbing = self._plumbing
            receiver = Receiver(consumer, dead, plumbing.clock, self._parts.deps, macs=plumbing.macs)
            receiver.attach(self._broker)
            self._receivers.append(receiver)
            for topic in receiver.topics:
                metrics.LAG.labels(topic).set_function(partial(receiver.lag, topic))
                metrics.READS.labels(consumer.group, topic).set(1)
        await persist("the bus", self._start_broker)
        self._spawn("positions", self._learn_positions)

    async def _read(self, gauges: Gauges[D]) -> None:
        rest = partial(asyncio.sleep, gauges.every.total_seconds())
        await take_turns("the reading of gauges", partial(gauges.read, self._parts.deps), rest)

    async def _start_broker(self) -> None:
        try:
            await self._broker.start()
        except SERVER_ERRORS:
            await self._broker.stop()  # a member that has joined would keep its partitions and read none
            raise

    async def _learn_positions(self) -> None:
        while True:
            for receiver in self._receivers:
                await receiver.learn_positions()
            await asyncio.sleep(POSITIONS_EVERY_S)

    async def checks(self) -> dict[str, bool]:
        """Return what must hold for the process to be ready, each with whether it does."""
        results: dict[str, bool] = {}
        if self._works or not self._parts.serves_without_store:
            results["store"] = self._indexed and await serves(self._plumbing.database, unit_of_work.OUTBOX)
        if self._works:
            expected = len(self._parts.consumers)
            results["consumers"] = len(self._receivers) == expected and all(r.ready for r in self._receivers)
        results |= {f"replica {replica.topic}": replica.ready for replica in self._parts.replicas}
        return results | {"tasks": not self._failing}

    async def _end(self) -> None:
        """End in order: nothing new is begun, what is in hand ends and is committed, what is on its way arrives."""
        for receiver in self._receivers:
            receiver.leave()
        self._plumbing.deadlines.end()
        due = asyncio.wait([self._due], timeout=SHUTDOWN_S) if self._due else asyncio.sleep(0)
        await ending.within(CONSUMERS_END_S, consumers=self._broker.stop(), due=due)
        for task in self._tasks:
            task.cancel()
        await ending.ended(self._tasks, TASKS_END_S)
        if self._plumbing.producer is not None:
            await ending.within(TASKS_END_S, producer=self._plumbing.producer.stop())
        self._plumbing.client.close()


def serve(settings: ServiceSettings, app: FastAPI) -> None:
    """Serve the application until SIGTERM or SIGINT. Raises `SystemExit` where the service has no event key."""
    run(settings, app, SHUTDOWN_S)
