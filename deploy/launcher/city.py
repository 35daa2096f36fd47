"""The services of one city together: started, awaited, drained and ended."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self
from urllib.parse import urlsplit

import httpx

from deploy.launcher import probe
from deploy.launcher.errors import ServicesNotReady
from deploy.launcher.processes.child import Child
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from deploy.launcher.service import Service, State, Surroundings, environment
from deploy.launcher.sign_in import provider
from deploy.services import SERVICES

READY_S = 120.0
SLOW_S = 45.0
DEATHS_BEFORE_READY = 3
# Services measure their lag once a second, so it must be zero for longer than that.
QUIET_S = 1.5
_POLL_S = 0.2
_END_POLL_S = 0.02

Say = Callable[[str], None]


class City:
    """The services of one city, by name, and the processes `beside` them that are no services.

    `kafka` is the address of its bus; without it the services alone are asked what waits.
    """

    def __init__(self, services: Sequence[Service], kafka: str = "", beside: Sequence[Service] = ()) -> None:
        self._kafka = kafka
        self.services = {service.name: service for service in services}
        self._beside = tuple(beside)
        self._client: httpx.AsyncClient | None = None

    @classmethod
    def of(cls, commands: Mapping[str, Sequence[str]], ports: Mapping[str, int], surroundings: Surroundings) -> Self:
        """Return a city with one service, on its port, for each of `commands`. Nothing is started."""
        keys, issuer = Keys(surroundings.keys), Issuer.at(surroundings.keys)
        logs, guard = surroundings.logs, surroundings.guard
        services = []
        for name, command in commands.items():
            settings = environment(name, ports[name], surroundings, issuer, keys, ports)
            services.append(Service(name, command, settings, ports[name], logs, guard))
        if not surroundings.sign_in:
            return cls(services, surroundings.kafka)
        consoles = [service.url for service in services if SERVICES[service.name].signs_in]
        port = urlsplit(surroundings.sign_in).port or 80
        return cls(services, surroundings.kafka, [provider(port, consoles, keys.client_secret, surroundings)])

    @property
    def processes(self) -> tuple[Service, ...]:
        """The processes beside the services, then the services, with those that were added since."""
        return (*self._beside, *self.services.values())

    @property
    def urls(self) -> dict[str, str]:
        """The base address of each service."""
        return {name: service.url for name, service in self.services.items()}

    @property
    def metrics(self) -> dict[str, str]:
        """The base address of each service's metrics."""
        return {name: service.metrics_url for name, service in self.services.items()}

    def start(self) -> None:
        """Start every process; does not wait."""
        for service in self.processes:
            service.start()

    async def look(self, *names: str) -> None:
        """Read the state of these services that run, or of every one."""
        if self._client is None:
            self._client = probe.client()
        wanted = [process for process in self.processes if not names or process.name in names]
        running = {process.name: process for process in wanted if process.running}
        urls = {name: process.url for name, process in running.items()}
        metrics = {name: process.metrics_url for name, process in running.items()}
        for name, reading in (await probe.look_at_all(self._client, urls, metrics)).items():
            running[name].observe(reading, time.monotonic())

    def keep(self, say: Say) -> bool:
        """Restart dead services after their back-off. Return whether a service has died since the last look."""
        died = False
        for service in self.processes:
            if changed := service.keep(time.monotonic()):
                say(changed)
                died |= service.backoff.waiting
        return died

    async def wait_ready(self, say: Say, within_s: float = READY_S, looked: Callable[[], None] = lambda: None) -> None:
        """Return once every service is ready; `looked` is called after each look. Raises `ServicesNotReady`."""
        began = time.monotonic()
        slow = False
        while True:
            await self.look()
            looked()
            waiting = [s for s in self.processes if s.state is not State.READY]
            if not waiting:
                return
            self.keep(say)
            for service in waiting:
                if service.backoff.failures >= DEATHS_BEFORE_READY:
                    raise ServicesNotReady(f"{service.name} does not start. {service.last_words()}")
            took = time.monotonic() - began
            if took > within_s:
                raise ServicesNotReady(f"Not ready after {within_s:.0f} s: {'; '.join(map(_lack, waiting))}")
            if took > SLOW_S and not slow:
                slow = True
                names = ", ".join(service.name for service in waiting)
                say(f"Still waiting after {took:.0f} s for {names}; the logs are in {waiting[0].log.parent}")
            await asyncio.sleep(_POLL_S)

    async def drain(self, within_s: float) -> bool:
        """Wait until every running service has handled and published everything; return whether all did."""
        deadline = time.monotonic() + within_s
        quiet_since: float | None = None
        while time.monotonic() < deadline:
            await self.look()
            readings = [s.reading for s in self.services.values() if s.running]
            now = time.monotonic()
            if all(reading is None or reading.quiet for reading in readings):
                quiet_since = quiet_since or now
                if now - quiet_since >= QUIET_S and await self._none_waits():
                    return True
            else:
                quiet_since = None
            await asyncio.sleep(_POLL_S)
        return False

    async def _none_waits(self) -> bool:
        """Whether the bus knows of nothing that waits for a group of a service that runs."""
        from shared.bus.lag import none_waits

        running = [one.reading.reads for one in self.services.values() if one.running and one.reading is not None]
        topics: dict[str, list[str]] = {}
        for group, topic in sorted(frozenset().union(*running)):
            topics.setdefault(group, []).append(topic)
        return not self._kafka or await none_waits(self._kafka, topics)

    async def end(self, grace_s: float) -> list[str]:
        """End every service, by force after `grace_s` seconds. Return the names of those forced."""
        running = {s.name: s.child for s in self.processes if s.child is not None and s.child.running}
        for child in running.values():
            child.ask_to_end()
        ended = await asyncio.gather(*(ended_within(child, grace_s) for child in running.values()))
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        return [name for name, by_itself in zip(running, ended, strict=True) if not by_itself]


async def ended_within(child: Child, grace_s: float) -> bool:
    """Wait `grace_s` seconds for a process's end, then kill it. Return whether it ended by itself."""
    deadline = time.monotonic() + grace_s
    while child.running and time.monotonic() < deadline:  # noqa: ASYNC110 - a process has no event to wait for
        await asyncio.sleep(_END_POLL_S)
    return child.wait(0)


def _lack(service: Service) -> str:
    if service.reading is not None and service.reading.missing:
        return f"{service.name} lacks {', '.join(service.reading.missing)} (log {service.log})"
    return f"{service.name} does not answer. {service.last_words()}"
