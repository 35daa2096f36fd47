"""A service of its own making, run inside the test's process by `shared.process`, on the bus and the store."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from fastapi import APIRouter, FastAPI, Request
from prometheus_client import REGISTRY

from deploy.launcher.secrets.issuer import Issuer
from shared.base.logs import correlation_id
from shared.base.settings import Role, ServiceSettings
from shared.bus.consumer import EventConsumer
from shared.envelope.event import encode
from shared.events.isolation import MeasurementReported
from shared.events.registration import StandingChanged
from shared.parts import Parts
from shared.process import Plumbing
from shared.store.deadlines import Deadline
from shared.store.deps import ServiceDeps
from shared.store.unit_of_work import retry_conflicts
from tests.shared.samples import measured, stamped, standing
from tests.support.waiting import eventually

PUBLISHES = (MeasurementReported, StandingChanged)
DUE, RETIRED_INDEX = "test.due", "retired"


class Settings(ServiceSettings):
    service: ClassVar[str] = "isolation"


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What the service works with, and what a test sees of it."""

    database: Any
    handled: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    correlations: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    broken: asyncio.Event = field(default_factory=asyncio.Event)


async def on_measured(deps: Deps, event: MeasurementReported) -> None:
    """Answer once, as handlers do, when the test lets it go on."""
    deps.begun.append(event.key)
    deps.correlations.append(correlation_id.get())
    await deps.go_on.wait()
    if deps.broken.is_set():
        raise KeyError("a mistake")
    await answer(deps, event)
    deps.handled.append(event.key)


@retry_conflicts
async def answer(deps: Deps, event: MeasurementReported) -> None:
    """Change state, and say something."""
    async with deps.unit_of_work(event) as work:
        await deps.database["state"].insert_one({"_id": event.key}, session=work.session)
        work.emit(standing(event.key))


async def on_due(deps: Deps, deadline: Deadline) -> None:
    """Take as long as the test likes."""
    deps.begun.append(deadline.subject)
    await deps.go_on.wait()
    deps.handled.append(deadline.subject)


router = APIRouter()


@router.post("/cases/{case_id}")
async def open_case(case_id: str, request: Request) -> None:
    """Say something because a caller asked."""
    async with request.app.state.deps.unit_of_work() as work:
        work.emit(measured(case_id))


@dataclass
class Running:
    """One process's worth of the service."""

    app: FastAPI
    deps: Deps
    plumbing: Plumbing

    @property
    def client(self) -> httpx.AsyncClient:
        """A caller."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test")

    async def checks(self) -> dict[str, bool]:
        """Return what `/health/ready` says."""
        async with self.client as client:
            checks: dict[str, bool] = (await client.get("/health/ready")).json()["checks"]
            return checks

    async def ready(self) -> bool:
        """Whether it is ready."""
        return all((await self.checks()).values())

    async def publish(self, events: Sequence[Any]) -> None:
        """Have events on the bus, each with an envelope, as another service would."""
        assert self.plumbing.producer is not None
        for event in events:
            wire = encode(event if event._meta else stamped(event))
            await self.plumbing.producer.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)


def build(bootstrap: str, mongo_url: str, database: str, issuer: Issuer, role: Role = Role.ALL, **more: Any) -> Running:
    """Compose the service."""
    consumer = EventConsumer("isolation", batch_records=50)
    consumer.on(MeasurementReported)(on_measured)
    settings = Settings(
        kafka_bootstrap=bootstrap,
        mongo_url=mongo_url,
        mongo_database=database,
        issuer=issuer.issuer,
        jwks=str(issuer.jwks),
        role=role,
        **more,
    )
    plumbing = Plumbing(settings)
    deps = Deps(plumbing.unit_of_work, plumbing.clock, plumbing.deadlines, settings.city_zone, plumbing.database)
    retired = {"state": [RETIRED_INDEX]}
    parts = Parts(deps, [router], [consumer], deadlines={DUE: on_due}, retired_indexes=retired)
    app = plumbing.app(parts)
    return Running(app, deps, plumbing)


@asynccontextmanager
async def running(made: Running, *, wait: bool = True) -> AsyncIterator[Running]:
    """Run it; by default, until it is ready."""
    async with made.app.router.lifespan_context(made.app):
        if wait:
            await eventually(made.ready)
        yield made


def lag() -> float | None:
    """Return the lag that this process tells."""
    return REGISTRY.get_sample_value("lastmetre_consumer_lag", {"topic": MeasurementReported.topic})
