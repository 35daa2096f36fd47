"""`lastmetre up`: starts servers, topics, services and the demo, and keeps them running until a signal."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.launcher.city import City, ended_within
from deploy.launcher.directory import Directory, held_directory
from deploy.launcher.disk import MINIMUM_FREE_BYTES, free_bytes
from deploy.launcher.errors import BadOption, PortInUse
from deploy.launcher.processes.child import Child, free_port, port_is_free, started_at
from deploy.launcher.servers.pair import SERVERS_S, Pair
from deploy.launcher.servers.store_beside import BuildBeside
from deploy.launcher.service import COMMANDS, Service, State, Surroundings, how_it_ended
from deploy.launcher.state import DATA_VARIABLE, RunningCity, publish, withdraw
from deploy.launcher.table import Display, Row
from shared.base.clock import SystemClock

LOOK_EVERY_S = 1.0
# The end has these steps; the servers get the remaining time, at least `SERVERS_S`. Ctrl-C ends everything within 15 s.
DEMO_S, DRAIN_S, SERVICES_S = 1.0, 5.0, 4.5
END_S = DEMO_S + DRAIN_S + SERVICES_S + SERVERS_S


@dataclass(frozen=True)
class Options:
    """The options of `lastmetre up`. `demo` is the command of the demo, None for no demo."""

    kafka: str | None = None
    mongo: str | None = None
    data: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    demo: Sequence[str] | None = None
    clock: Path | None = None
    services: Sequence[str] = tuple(COMMANDS)
    minimum_free: int = MINIMUM_FREE_BYTES


class Interrupts:
    """The first SIGINT, SIGTERM or SIGHUP requests an orderly end, the second an end without draining."""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.hurry = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._came)

    def _came(self) -> None:
        (self.hurry if self.end.is_set() else self.end).set()


async def run(options: Options, display: Display, commands: Mapping[str, Sequence[str]] = COMMANDS) -> None:
    """Run a city until it is interrupted; `commands` starts each service. Raises `LauncherError`."""
    interrupts = Interrupts()
    chosen = _chosen(options, commands)
    with held_directory(options.data, options.minimum_free) as directory:
        launcher = Launcher(options, chosen, directory, display)
        try:
            if await unless(interrupts.end, launcher.start()):
                await unless(interrupts.end, launcher.watch())
        finally:
            await launcher.end(interrupts.hurry)


async def unless(event: asyncio.Event, work: Awaitable[None]) -> bool:
    """Do `work`, but cancel it when `event` is set first. Return whether it was done."""
    doing, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            await doing
            return True
        return False
    finally:
        for task in (doing, waiting):
            task.cancel()
        await asyncio.gather(doing, waiting, return_exceptions=True)


class Launcher:
    """Starts a city in order, watches over it, ends it in order."""

    def __init__(
        self, options: Options, commands: Mapping[str, Sequence[str]], directory: Directory, display: Display
    ) -> None:
        self._options = options
        self._directory = directory
        self._display = display
        self._clock = SystemClock(options.clock)
        ports = _ports(commands, options.ports)
        keep_logs_of_last_run(directory.logs)
        self._pair = Pair(options.kafka, options.mongo, options.ports, directory, options.minimum_free)
        clock = None if options.clock is None else options.clock.absolute()
        surroundings = Surroundings(
            self._pair.bootstrap, self._pair.url, directory.keys, directory.logs, directory.guard, clock
        )
        self._build = BuildBeside(directory.logs, directory.guard)
        self._city = City.of(commands, ports, surroundings)
        self._state: RunningCity | None = None
        self._demo: Child | None = None
        self._demo_read = 0
        self._low_on_space = False

    async def start(self) -> None:
        """Start servers, topics, services and the demo, in this order; return when all are ready."""
        began = time.monotonic()
        await self._pair.start(self._display.say)
        self._city.start()
        self._state = self._running_city()
        publish(self._state)
        await self._city.wait_ready(self._display.say)
        self._say_ready(time.monotonic() - began)
        self._build.begin(self._pair.store, self._display.say)
        if self._options.demo is not None:
            environment = {**os.environ, DATA_VARIABLE: str(self._directory.root), "PYTHONUNBUFFERED": "1"}
            log = self._directory.logs / "demo.log"
            self._demo = Child(self._options.demo, log, environment, self._directory.guard)

    async def watch(self) -> None:
        """Display the city and restart dead processes, for ever."""
        while True:
            await self._city.look()
            if self._city.keep(self._display.say):
                await self._pair.forget_the_dead()
            await self._pair.keep(self._display.say)
            self._follow_demo()
            self._build.follow(self._display.say)
            self._watch_space()
            self._display.show(self._rows())
            await asyncio.sleep(LOOK_EVERY_S)

    async def end(self, hurry: asyncio.Event) -> None:
        """End the demo, let services finish their work unless in a `hurry`, end them, then the servers."""
        self._display.freeze()
        self._build.end()
        if self._state is None:  # the start failed: the caller reports the reason
            await self._city.end(SERVICES_S)
            await self._pair.end()
            return
        began = time.monotonic()
        self._display.say("Ending; press Ctrl-C again to end without waiting for work in progress ...")
        if self._demo is not None and self._demo.running:
            self._demo.ask_to_end()
            await ended_within(self._demo, DEMO_S)
        if any(service.was_ready for service in self._city.services.values()):
            await unless(hurry, self._drain())
        forced = await self._city.end(SERVICES_S)
        forced += await self._pair.end(max(SERVERS_S, END_S - (time.monotonic() - began)))
        withdraw(self._state)
        for name in forced:
            self._display.say(f"{name} did not end in time and was killed")
        self._display.say("Ended." if self._directory.temporary else f"Ended; the data is in {self._directory.root}")

    async def _drain(self) -> None:
        if not await self._city.drain(DRAIN_S):
            left = [s.name for s in self._city.services.values() if s.reading is not None and not s.reading.quiet]
            self._display.say(f"Not everything was handled within {DRAIN_S:.0f} s: {', '.join(left) or 'no answer'}")

    def _running_city(self) -> RunningCity:
        return RunningCity(
            pid=os.getpid(),
            started=started_at(os.getpid()) or "",
            data=str(self._directory.root),
            temporary=self._directory.temporary,
            kafka=self._pair.bootstrap,
            mongo=self._pair.url,
            services=self._city.urls,
            metrics=self._city.metrics,
            clock_file=None if self._options.clock is None else str(self._options.clock.absolute()),
            store=self._pair.store.title if self._pair.store else "",
        )

    def _say_ready(self, took_s: float) -> None:
        urls = self._city.urls
        lines = [f"Ready in {took_s:.1f} s: " + "  ".join(f"{name} {url}" for name, url in urls.items())]
        lines += [f"  {name:<13} docs {url}/docs  events {url}/asyncapi.json" for name, url in urls.items()]
        store = f" ({self._pair.store.title})" if self._pair.store else ""
        lines += [f"  kafka         {self._pair.bootstrap}", f"  mongo         {self._pair.url}{store}"]
        lines += [f"  logs          {self._directory.logs}"]
        self._display.say("\n".join(lines))

    def _rows(self) -> list[Row]:
        now = self._clock.now().timestamp()
        rows = [
            Row.of(service.name, in_words(service), service.reading, now) for service in self._city.services.values()
        ]
        return rows + [Row(name, state) for name, state in self._pair.states()]

    def _follow_demo(self) -> None:
        if self._demo is None:
            return
        running = self._demo.running
        with self._demo.log.open("rb") as file:
            file.seek(self._demo_read)
            *lines, unfinished = file.read().decode(errors="replace").split("\n")
            self._demo_read = file.tell() - len(unfinished.encode())
        for line in lines:
            self._display.say(line)
        if not running:
            if self._demo.exit_code:
                self._display.say(f"The demo {how_it_ended(self._demo)}; its log is {self._demo.log}")
            self._demo = None

    def _watch_space(self) -> None:
        with suppress(OSError):
            low = free_bytes(self._directory.root) < self._options.minimum_free
            if low and not self._low_on_space:
                self._display.say(f"The disk that holds {self._directory.root} is almost full: make room soon")
            self._low_on_space = low


def in_words(service: Service) -> str:
    """Return the state of a service in the table's words."""
    if service.state is State.RESTARTING:
        return f"restarting in {service.backoff.remaining(time.monotonic()):.0f} s"
    return str(service.state)


def keep_logs_of_last_run(logs: Path) -> None:
    """Begin new logs; those of the previous run stay as `.1`."""
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))


def _chosen(options: Options, commands: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    if unknown := [name for name in options.services if name not in commands]:
        raise BadOption(f"There is no service {unknown[0]}: choose from {', '.join(commands)}")
    known = (*commands, "kafka", "mongo")
    if unknown := [name for name in options.ports if name not in known]:
        raise BadOption(f"--port {unknown[0]}=N names no service: choose from {', '.join(known)}")
    return {name: commands[name] for name in commands if name in options.services}


def _ports(services: Mapping[str, Sequence[str]], named: Mapping[str, int]) -> dict[str, int]:
    ports = {name: named[name] for name in services if name in named}
    for name, port in ports.items():
        if not port_is_free(port):
            raise PortInUse(
                f"Port {port} for {name} is in use by another process: "
                f"name another with --port {name}=N, or leave it out to take any free one"
            )
    for name in services:
        if name not in ports:
            ports[name] = free_port([*ports.values(), *named.values()])
    return ports
