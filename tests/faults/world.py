"""The world of one trial: brokers, a store, services as processes. What dies stays dead until the trial starts it."""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Self

import httpx

from deploy.kafka.broker import Broker
from deploy.kafka.cluster import ApacheKafka
from deploy.launcher.city import City
from deploy.launcher.probe import Reading
from deploy.launcher.processes.child import Watchdog, free_port
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.pair import end_transactions
from deploy.launcher.servers.topics import create_missing
from deploy.launcher.service import Service, State, Surroundings, environment
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.bus.consumer import producer
from shared.envelope.event import Event, Meta, encode
from shared.store.mongo import Client, Database, connect
from tests.faults.inside import FAULTS
from tests.faults.trial import Trial
from tests.support.clock import advance
from tests.support.http import http_client
from tests.support.signing import signed
from tests.support.waiting import eventually

START_S = 180.0  # three brokers start at once, on a machine that may be busy
READY_S = 120.0
CREATE_S = 60.0


class World(AbstractAsyncContextManager["World"]):
    """Servers of its own on loopback, empty at the start, and all that runs on them."""

    def __init__(self, trial: Trial, seed: int, directory: Path, *, quick: bool = False, mutant: str = "") -> None:
        self.trial, self.seed, self.quick, self.mutant = trial, seed, quick, mutant
        self.chance = random.Random(seed * 1_000 + trial.id)
        self.directory = directory
        self.logs = directory / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self._guard = Watchdog()
        self.kafka = ApacheKafka(directory, self.logs, max(1, trial.brokers), guard=self._guard, doors=trial.doors)
        self.mongo = EmbeddedMongo(directory / "mongo", self.logs, guard=self._guard)
        self.keys = directory / "keys"
        self.issuer = Issuer.at(self.keys)
        self._clock_file = directory / "clock"
        self.clock = SystemClock(self._clock_file)
        self._city = City([])
        self._client: Client | None = None

    async def __aenter__(self) -> Self:
        self.advance(seconds=0)
        if self.trial.brokers:
            try:
                started = self.start_brokers(), asyncio.to_thread(self.mongo.start, START_S)
                await asyncio.gather(*started)
                await create_missing(self.kafka.bootstrap, self.kafka.replication, within_s=CREATE_S)
            except BaseException:  # what does not come up leaves nothing running beside the next trial
                await self.__aexit__()
                raise
            self._client = connect(self.mongo.url)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()
        await self._city.end(0.0)  # by force, all of them: a world that ends has nothing left to say
        self.kafka.kill()
        self.mongo.kill()
        await asyncio.to_thread(self._guard.close)

    async def start_brokers(self, *brokers: Broker) -> None:
        """Start these brokers, or all that do not run, on what they have stored; return once they take connections."""
        if brokers:
            await asyncio.gather(*(asyncio.to_thread(broker.start, START_S) for broker in brokers))
        else:
            await asyncio.to_thread(self.kafka.start, START_S)

    @property
    def services(self) -> dict[str, Service]:
        """The services' processes by their names, the dead among them."""
        return self._city.services

    def processes(self) -> dict[str, int]:
        """Return the numbers of the services' processes."""
        return {name: service.child.pid for name, service in self.services.items() if service.child is not None}

    def advance(self, **by: float) -> None:
        """Move every service's clock: `advance(hours=1)`, `advance(hours=-1)`."""
        advance(self._clock_file, **by)

    async def start(
        self,
        service: str,
        name: str = "",
        *,
        ready: bool = True,
        kafka: str = "",
        mongo: str = "",
        faults: Mapping[str, Any] | None = None,
        clock_file: Path | None = None,
        **settings: object,
    ) -> Service:
        """Start a process of `service`, called `name`; several share its store. Return it once ready.

        `faults` are those of `inside.py`; `settings` are the service's own, such as `role="api"`.
        """
        name = name or service
        before = self._city.services.get(name)
        port = before.port if before else free_port([one.port for one in self._city.services.values()])
        surroundings = Surroundings(
            kafka or self.kafka.bootstrap,
            mongo or self.mongo.url,
            self.keys,
            self.logs,
            self._guard,
            clock_file or self._clock_file,
        )
        variables = environment(service, port, surroundings, self.issuer, Keys(self.keys))
        variables |= {f"LASTMETRE_{key.upper()}": str(value) for key, value in settings.items()}
        variables[FAULTS] = json.dumps({"mutant": self.mutant, "notes": str(self.notes(name))} | dict(faults or {}))
        command = (sys.executable, "-m", "tests.faults.inside", service)
        made = self._city.services[name] = Service(name, command, variables, port, self.logs, self._guard)
        made.start()
        if ready:
            await self.ready(name)
        return made

    async def terminate(self, name: str, grace_s: float) -> bool:
        """Send a process SIGTERM; return whether it ended by itself within that time."""
        child = self._city.services[name].child
        assert child is not None, f"{name} was not started"
        return await asyncio.to_thread(child.end, grace_s)

    async def again(self, name: str, *, ready: bool = True) -> None:
        """Restart a dead process with the same faults."""
        await end_transactions(self.mongo.url)  # as the launcher does; a city's store has a limit of its own
        self._city.services[name].start()
        if ready:
            await self.ready(name)

    def pause(self, name: str) -> None:
        """Freeze a process (SIGSTOP): it keeps its connections and answers nothing."""
        child = self._city.services[name].child
        assert child is not None, f"{name} was not started"
        os.kill(child.pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on (SIGCONT)."""
        child = self._city.services[name].child
        assert child is not None, f"{name} was not started"
        os.kill(child.pid, signal.SIGCONT)

    async def ready(self, *names: str, within_s: float = READY_S) -> None:
        """Wait until these processes are ready, or all that run. Raises `AssertionError` with the end of a log."""

        async def all_are() -> bool:
            await self._city.look()
            for service in self._chosen(names):
                assert service.running, f"{service.name} ended. {service.last_words()}"
                assert service.state is State.READY, f"{service.name}: {service.reading}. {service.last_words()}"
            return True

        await eventually(all_are, within_s, 0.2)

    async def look(self) -> dict[str, Reading | None]:
        """Return the reading of every running process; None if it does not answer."""
        await self._city.look()
        return {service.name: service.reading for service in self._chosen(())}

    async def wait_until_quiet(self, within_s: float = 60.0) -> float:
        """Wait until all that run have handled and published everything; return the seconds it took."""
        began = time.monotonic()
        drained = await self._city.drain(within_s)
        readings = {name: service.reading for name, service in self._city.services.items() if service.running}
        assert drained, f"not quiet after {within_s:.0f} s: {readings}"
        return time.monotonic() - began

    def _chosen(self, names: Sequence[str]) -> list[Service]:
        if names:
            return [self._city.services[name] for name in names]
        return [service for service in self._city.services.values() if service.running]

    def notes(self, name: str) -> Path:
        """Return the directory in which a process notes what `points.py` tells of it."""
        return self.directory / "notes" / name

    def database(self, service: str) -> Database:
        """Return a service's database."""
        assert self._client is not None, "this trial has no store"
        return self._client[service]

    def http(self, name: str, *roles: str, area: str = "/", **claims: Any) -> httpx.AsyncClient:
        """Return an HTTP client of a process with a token of those roles, which the trial closes."""
        token = self.issuer.mint(*roles, area=area, **claims)
        return http_client(self._city.services[name].url, token)

    async def say(self, *events: Event) -> list[Event]:
        """Publish events as other services would, in order; return them with their envelopes once the bus has them."""
        sender = producer(self.kafka.bootstrap)
        await sender.start()
        try:
            stamped_events = [event.stamped(Meta(new_id(), self.clock.now(), "test", new_id())) for event in events]
            for event in stamped_events:
                wire = signed(encode(event), self.keys)
                await sender.send(wire.topic, wire.value, key=wire.key, headers=wire.headers)
            await sender.flush()
        finally:
            await sender.stop()
        return stamped_events
