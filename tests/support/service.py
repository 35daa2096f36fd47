"""One service inside the test's process: its real application, deps, store and handlers, on a fixed clock.

No background work runs: a test delivers events (`receive`, `feed_replicas`), does due work (`due`), and reads the
emitted events from the outbox (`emitted`). Tests of the bus itself run services as processes (`city`).
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx
from aiokafka import ConsumerRecord
from fastapi import FastAPI
from fastapi.dependencies import models

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from shared.base.clock import Clock, FixedClock
from shared.base.ids import new_id
from shared.base.settings import ServiceSettings
from shared.bus.dead_letters import DeadLetters
from shared.bus.receiver import Receiver
from shared.envelope import markers
from shared.envelope.event import Event, Meta, decode, encode
from shared.envelope.markers import Marker
from shared.parts import Parts
from shared.store.act_log import make_collections
from shared.store.mongo import Database, IndexModel, ensure_indexes
from shared.store.unit_of_work import CONFLICT_S, OUTBOX
from tests.support import stores
from tests.support.producer import LateProducer

MORNING = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)  # 09:00 in the city
AREA = "/jinhe/hedong/chunhua/c01"

E = TypeVar("E", bound=Event)
Build = Callable[[Any, Clock], FastAPI]
TRIES = 5

# HTTPX looks for it at every request that it hands to an application; where it is not, that takes longer than a scan.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


# FastAPI remembers 4,096 functions of each kind, and with them the application that each belongs to: some 5 MB of each
# service, among which every collection of garbage looks.
_REMEMBER = [value for value in vars(models).values() if hasattr(value, "cache_clear")]


class ServiceUnderTest:
    """A service's application over a store of the test's own."""

    def __init__(self, app: FastAPI, settings: ServiceSettings, database: Database, issuer: Issuer) -> None:
        self.app = app
        self.settings = settings
        self.database = database
        self.parts: Parts = app.state.parts
        self.deps: Any = app.state.deps
        self.clock: FixedClock = self.deps.clock
        self._issuer = issuer
        self._producer: Any = LateProducer(settings.kafka_bootstrap)
        self.offset = 0
        self.is_new = True

    async def start(self) -> None:
        """Create the indexes; the producer of dead letters connects when the first one is written."""
        indexes = self.parts.all_indexes.items()
        kept = {name: list(map(_without_expiry, models)) for name, models in indexes}
        self.is_new = stores.is_empty(self.database.name, self.settings.mongo_url)
        if self.is_new:
            stores.fill(self.database.name, self.settings.mongo_url, kept)
        else:
            await ensure_indexes(self.database, kept, self.parts.retired_indexes)
            await make_collections(self.database)
        for replica in self.parts.replicas:
            replica.expect({0})

    async def end(self) -> None:
        """Close the connections, and let go of the application."""
        await self._producer.stop()
        self.app.state.client.close()
        for remembers in _REMEMBER:
            remembers.cache_clear()

    def client(
        self,
        *roles: str,
        area: str = AREA,
        subject: str | None = None,
        gate: str | None = None,
        resident_id: str | None = None,
        fresh: bool = True,
    ) -> Any:
        """Return an HTTP client of the service with a token of those roles; without roles, one without a token.

        `fresh`: the token is as of a sign-in by a second factor now.
        """
        token = ""
        if roles:
            more: dict[str, Any] = {"gate": gate, "resident_id": resident_id, "fresh": fresh}
            token = self._issuer.mint(*roles, area=area, subject=subject, **more)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = _AskingAgain(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)

    async def receive(self, *events: Event) -> list[Event]:
        """Handle the events as the service's consumers would; return them with their envelopes."""
        stamped = [event if event._meta else self.stamp(event) for event in events]
        await self.receive_records([self.record(event) for event in stamped])
        return stamped

    async def receive_records(self, records: Sequence[Any]) -> None:
        """Handle raw records, broken ones included."""
        for consumer in self.parts.consumers:
            dead = DeadLetters(self._producer, self.settings.service)
            receiver = Receiver(consumer, dead, self.clock, self.deps, backoff_s=())
            waiting = [record for record in records if record.topic in consumer.topics]
            while waiting:  # records that a slow machine did not handle are delivered again, as by the bus
                stopped = await receiver.handle(waiting)
                ends = {(partition.topic, partition.partition): at for partition, at in stopped.items()}
                left = [r for r in waiting if r.offset >= ends.get((r.topic, r.partition), r.offset + 1)]
                assert len(left) < len(waiting), f"{consumer.group} stopped at {stopped}: a server is away"
                waiting = left

    def feed_replicas(self, *events: Event, complete: bool = True) -> None:
        """Feed the replicas of compacted topics, by default with a marker of completeness."""
        for replica in self.parts.replicas:
            records = [self.record(self.stamp(event)) for event in events if event.topic == replica.topic]
            if complete:
                headers = markers.headers(Marker(self.clock.now(), after=-1))
                records.append(self._record(replica.topic, markers.KEY, b"", headers))
            replica.read(0, records)

    def stamp(self, event: E) -> E:
        """Return the event with an envelope as of now."""
        return event.stamped(Meta(new_id(), self.clock.now(), "test", new_id()))

    def record(self, event: Event) -> Any:
        """Return the event as a consumer record."""
        wire = encode(event)
        return self._record(wire.topic, wire.key, wire.value, wire.headers)

    def _record(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
        self.offset += 1
        return ConsumerRecord(topic, 0, self.offset, 0, 0, key, value, None, 0, len(value), headers)

    async def due(self) -> int:
        """Do all due work; return the number of deadlines."""
        count = 0
        while await self.deps.deadlines.handle_one(self.parts.handlers, self.deps):
            count += 1
        return count

    async def emitted(self, *contracts: type[E]) -> list[E]:
        """Return the events that the service has emitted, in order: all of them, or those of the contracts."""
        carried = [event for row in await self.database[OUTBOX].find().to_list(None) for event in row["events"]]
        carried.sort(key=lambda event: str(event["id"]))  # ids sort by the time of the events
        events: list[Any] = [
            decode([(n, bytes(v)) for n, v in event["headers"]], bytes(event["value"])) for event in carried
        ]
        return [event for event in events if not contracts or isinstance(event, contracts)]


class _AskingAgain(httpx.ASGITransport):
    """Repeats a request, as callers do, if its time limit was too short on a slow machine."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(TRIES):
            began = time.monotonic()
            response = await super().handle_async_request(request)
            if response.status_code != 503 or time.monotonic() - began < CONFLICT_S:
                break
        return response


def _without_expiry(model: IndexModel) -> IndexModel:
    """Return the index without its retention: by the store's own clock, the test's morning is long ago."""
    options = {name: value for name, value in model.document.items() if name not in ("key", "expireAfterSeconds")}
    return IndexModel(list(model.document["key"].items()), **options)


def settings_for(
    kind: type[ServiceSettings], database: Database, kafka: str, mongo: str, issuer: Issuer, keys: Path
) -> Any:
    """Return the settings of a service of that kind on the test's servers; `keys` is where its keys are, or will be."""
    made, values = _made_keys()
    if not keys.exists():
        keys.symlink_to(made.name)  # to make them takes longer than most tests: each is forced to disk
    values = values if keys.is_symlink() else Keys(keys)
    secrets = {name: value.replace(made.name, str(keys)) for name, value in values.environment_of(kind.service).items()}
    given = {name.removeprefix("LASTMETRE_").lower(): value for name, value in secrets.items()}
    environment = {name.lower().removeprefix("lastmetre_").partition("__")[0] for name in os.environ}
    read = kind if environment & kind.model_fields.keys() else _as_given(kind)
    return read(
        kafka_bootstrap=kafka,
        mongo_url=mongo,
        mongo_database=database.name,
        issuer=issuer.issuer,
        jwks=str(issuer.jwks),
        **given,
    )


@cache
def _as_given(kind: type[ServiceSettings]) -> type[ServiceSettings]:
    """Return the settings that are read from no environment: to look through it takes longer than many a test."""

    def given_alone(_: Any, __: Any, init_settings: Any, **___: Any) -> tuple[Any, ...]:
        return (init_settings,)

    return type(kind.__name__, (kind,), {"settings_customise_sources": classmethod(given_alone)})


@cache
def _made_keys() -> tuple["TemporaryDirectory[str]", Keys]:
    """Return a directory with the keys of every service of this process's tests, which none of them changes."""
    directory = TemporaryDirectory(prefix="lastmetre-keys-")
    return directory, Keys(Path(directory.name))
