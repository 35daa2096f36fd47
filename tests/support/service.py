"""One service inside the test's process: its real application, deps, store and handlers, on a clock that stands still.

The background work does not run: a test says what the service hears (`hear`, `hear_replica`), what falls due (`due`),
and reads what it said (`said`) from its outbox. Tests of the bus itself run services as processes (`city`).
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from aiokafka import AIOKafkaProducer, ConsumerRecord
from fastapi import FastAPI

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from shared.base.clock import Clock, FixedClock
from shared.base.ids import new_id
from shared.base.settings import ServiceSettings
from shared.bus import consumer as bus
from shared.bus.dead_letters import DeadLetters
from shared.bus.receiver import Receiver
from shared.envelope import markers
from shared.envelope.event import Event, Meta, decode, encode
from shared.envelope.markers import Marker
from shared.parts import Parts
from shared.store.mongo import Database, IndexModel, ensure_indexes
from shared.store.unit_of_work import CONFLICT_S, OUTBOX

MORNING = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)  # 09:00 in the city
AREA = "/jinhe/hedong/chunhua/c01"

E = TypeVar("E", bound=Event)
Build = Callable[[Any, Clock], FastAPI]
TRIES = 5


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
        self._producer: AIOKafkaProducer = bus.producer(settings.kafka_bootstrap)
        self._offset = 0

    async def start(self) -> None:
        """Make the indexes and connect what writes dead letters."""
        indexes = self.parts.all_indexes.items()
        kept = {name: list(map(_without_expiry, models)) for name, models in indexes}
        await ensure_indexes(self.database, kept, self.parts.retired_indexes)
        await self._producer.start()
        for replica in self.parts.replicas:
            replica.expect({0})

    async def end(self) -> None:
        """Close the connections."""
        await self._producer.stop()
        self.app.state.client.close()

    def client(self, *roles: str, area: str = AREA, subject: str | None = None, gate: str | None = None) -> Any:
        """Return an HTTP client of the service with a token of those roles; without roles, one without a token."""
        token = self._issuer.mint(*roles, area=area, subject=subject, gate=gate) if roles else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = _AskingAgain(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)

    async def hear(self, *events: Event) -> list[Event]:
        """Handle the events as the service's consumers would; return them as they came, with their envelopes."""
        stamped = [event if event._meta else self.stamp(event) for event in events]
        await self.hear_records([self.record(event) for event in stamped])
        return stamped

    async def hear_records(self, records: Sequence[Any]) -> None:
        """Handle raw records, broken ones included."""
        for consumer in self.parts.consumers:
            dead = DeadLetters(self._producer, self.settings.service)
            receiver = Receiver(consumer, dead, self.clock, self.deps, backoff_s=())
            waiting = [record for record in records if record.topic in consumer.topics]
            while waiting:  # what a slow machine did not come to is delivered again, as the bus does
                stopped = await receiver.handle(waiting)
                ends = {(place.topic, place.partition): at for place, at in stopped.items()}
                left = [r for r in waiting if r.offset >= ends.get((r.topic, r.partition), r.offset + 1)]
                assert len(left) < len(waiting), f"{consumer.group} stopped at {stopped}: a server is away"
                waiting = left

    def hear_replica(self, *events: Event, complete: bool = True) -> None:
        """Feed the replicas of compacted topics, and let their owners say that they are complete."""
        for replica in self.parts.replicas:
            records = [self.record(self.stamp(event)) for event in events if event.topic == replica.topic]
            if complete:
                said = markers.headers(Marker(self.clock.now(), after=-1))
                records.append(self._record(replica.topic, markers.KEY, b"", said))
            replica.read(0, records)

    def stamp(self, event: E) -> E:
        """Return the event with an envelope as of now."""
        return event.stamped(Meta(new_id(), self.clock.now(), "test", new_id()))

    def record(self, event: Event) -> Any:
        """Return the event as Kafka would hand it over."""
        wire = encode(event)
        return self._record(wire.topic, wire.key, wire.value, wire.headers)

    def _record(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
        self._offset += 1
        return ConsumerRecord(topic, 0, self._offset, 0, 0, key, value, None, 0, len(value), headers)

    async def due(self) -> int:
        """Do everything that is due by the clock; return how many things that was."""
        count = 0
        while await self.deps.deadlines.handle_one(self.parts.handlers, self.deps):
            count += 1
        return count

    async def said(self, *contracts: type[E]) -> list[E]:
        """Return what the service has said so far, in order: all of it, or the events of those contracts."""
        carried = [event for row in await self.database[OUTBOX].find().to_list(None) for event in row["events"]]
        carried.sort(key=lambda event: str(event["id"]))  # ids tell the order in which things were said
        events: list[Any] = [
            decode([(n, bytes(v)) for n, v in event["headers"]], bytes(event["value"])) for event in carried
        ]
        return [event for event in events if not contracts or isinstance(event, contracts)]


class _AskingAgain(httpx.ASGITransport):
    """Asks again, as callers do, where all the time that a request has was not enough on a slow machine."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(TRIES):
            began = time.monotonic()
            response = await super().handle_async_request(request)
            if response.status_code != 503 or time.monotonic() - began < CONFLICT_S:
                break
        return response


def _without_expiry(model: IndexModel) -> IndexModel:
    """Return the index without its retention: to the store, which has the machine's clock, our morning is long ago."""
    told = {name: value for name, value in model.document.items() if name not in ("key", "expireAfterSeconds")}
    return IndexModel(list(model.document["key"].items()), **told)


def settings_for(
    kind: type[ServiceSettings], database: Database, kafka: str, mongo: str, issuer: Issuer, keys: Path
) -> Any:
    """Return the settings of a service of that kind on the test's servers, with keys of its own."""
    secrets = Keys(keys).environment_of(kind.service)
    given = {name.removeprefix("LASTMETRE_").lower(): value for name, value in secrets.items()}
    return kind(
        kafka_bootstrap=kafka,
        mongo_url=mongo,
        mongo_database=database.name,
        issuer=issuer.issuer,
        jwks=str(issuer.jwks),
        **given,
    )
