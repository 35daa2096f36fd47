"""A city of real processes for tests, run by the launcher's own classes."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from deploy.launcher.city import City
from deploy.launcher.processes.child import Watchdog, free_port
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.pair import end_transactions
from deploy.launcher.service import Service, State, Surroundings
from deploy.launcher.state import RunningCity
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.bus.consumer import producer
from shared.envelope.event import Event, Meta, encode
from shared.store.mongo import connect
from tests.support import stores
from tests.support.bus import BusServer, lose_everything
from tests.support.clock import advance
from tests.support.http import http_client
from tests.support.signing import signed
from tests.support.waiting import PATIENCE_S, eventually

READY_S = 90.0
END_S = 8.0


class CityUnderTest(AbstractAsyncContextManager["CityUnderTest"]):
    """Services as processes on the given servers; what dies stays dead until the test starts it."""

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        kafka: BusServer | str,
        mongo_url: str,
        directory: Path,
    ) -> None:
        self.kafka = None if isinstance(kafka, str) else kafka
        self.bootstrap = kafka if isinstance(kafka, str) else kafka.bootstrap
        self.mongo_url = mongo_url
        self.directory = directory
        self.logs = directory / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.issuer = Issuer.at(directory / "keys")
        self.mint = self.issuer.mint
        self._clock_file = directory / "clock"
        self._clock = SystemClock(self._clock_file)
        self._prefix = f"t{uuid4().hex[:10]}_"
        self._guard = Watchdog()
        ports: dict[str, int] = {}
        for name in commands:
            ports[name] = free_port([*ports.values()])
        self._city = City.of(commands, ports, self.surroundings())

    @property
    def clock(self) -> SystemClock:
        """The clock that the services go by."""
        return self._clock

    @property
    def running(self) -> RunningCity:
        """The city as commands such as `scan` and `audit` read it."""
        return RunningCity(
            pid=0,
            started="",
            data=str(self.directory),
            temporary=True,
            kafka=self.bootstrap,
            mongo=self.mongo_url,
            services=self._city.urls,
            metrics=self._city.metrics,
            clock_file=str(self._clock_file),
            database_prefix=self._prefix,
        )

    def url(self, service: str, path: str = "") -> str:
        """Return the address of `path` at a service."""
        return self.service(service).url + path

    def service(self, name: str) -> Service:
        """Return the launcher's handle of a service."""
        return self._city.services[name]

    def database_name(self, service: str) -> str:
        """Return the name of a service's database."""
        return self._prefix + service

    def client(self, service: str, token: str | None = None) -> httpx.AsyncClient:
        """Return an HTTP client of a service, which the test closes."""
        return http_client(self.url(service), token)

    def advance(self, **by: float) -> None:
        """Move every service's clock on: `advance(days=1, hours=2)`."""
        advance(self._clock_file, **by)

    async def start(self, *names: str) -> None:
        """Start these services, or all; return once they are ready. Raises with the end of the log."""
        chosen = [self.service(name) for name in names or self._city.services]
        if any(service.child is not None and not service.running for service in chosen):
            await end_transactions(self.mongo_url)  # as the launcher does when a service has died
        for service in chosen:
            if not service.running:
                service.start()

        async def ready() -> bool:
            # The others are left alone: tests start several at once, and each look takes a service as long as a scan.
            await self._city.look(*(service.name for service in chosen))
            for service in chosen:
                if not service.running:
                    raise RuntimeError(f"{service.name} ended at its start. {service.last_words()}")
                assert service.state is State.READY, f"{service.name} {service.reading}. {service.last_words()}"
            return True

        await eventually(ready, READY_S, 0.2)

    def kill(self, name: str) -> None:
        """Kill a service at once (SIGKILL); it stays dead until it is started."""
        self.service(name).kill()

    async def stop(self, name: str) -> None:
        """End a service in order (SIGTERM)."""
        child = self.service(name).child
        if child is not None and child.running:
            await asyncio.to_thread(child.end, PATIENCE_S)

    async def restart(self, name: str) -> None:
        """Kill a service, start it again and wait until it is ready."""
        self.kill(name)
        await self.start(name)

    async def wait_until_quiet(self, within_s: float = PATIENCE_S) -> None:
        """Wait until every running service has published and handled everything."""
        began = time.monotonic()
        drained = await self._city.drain(within_s)
        readings = {name: service.reading for name, service in self._city.services.items() if service.running}
        assert drained, f"not quiet after {time.monotonic() - began:.0f} s: {readings}"

    async def say(self, *events: Event) -> None:
        """Publish events as services would, as of now; return once the bus has them."""
        sender = producer(self.bootstrap)
        await sender.start()
        try:
            for event in events:
                wire = encode(event.stamped(Meta(new_id(), self.clock.now(), "test", new_id())))
                wire = signed(wire, self.directory / "keys")
                await sender.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
        finally:
            await sender.stop()

    async def lose_bus(self) -> None:
        """Kill the city's own broker and start an empty one in its place."""
        assert self.kafka is not None, "this city runs on a bus that is not its own"
        await lose_everything(self.kafka)

    async def __aenter__(self) -> Self:
        self.advance(seconds=0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._city.end(END_S)
        await asyncio.to_thread(self._guard.close)
        if self.kafka is not None:
            await asyncio.to_thread(self.kafka.kill)
        client = connect(self.mongo_url)
        for name in self._city.services:
            await stores.forget(client, self.database_name(name))
        client.close()

    def surroundings(self) -> Surroundings:
        """Return what every process of the city is configured with."""
        keys = self.directory / "keys"
        return Surroundings(
            self.bootstrap, self.mongo_url, keys, self.logs, self._guard, self._clock_file, self._prefix
        )
