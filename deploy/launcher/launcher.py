"""`lastmetre up`: starts servers, topics, services and the demo, and keeps them running until a signal."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.launcher.city import City, ended_within
from deploy.launcher.demo import DemoChild
from deploy.launcher.directory import Directory, held_directory
from deploy.launcher.disk import MINIMUM_FREE_BYTES, free_bytes, is_full, unusable
from deploy.launcher.errors import BadOption
from deploy.launcher.ports import choose_ports
from deploy.launcher.processes.child import HOST, started_at
from deploy.launcher.servers.bus import apache_brokers
from deploy.launcher.servers.pair import SERVERS_S, Pair
from deploy.launcher.servers.store_beside import BuildBeside
from deploy.launcher.service import COMMANDS, Service, State, Surroundings
from deploy.launcher.sign_in import NAME as SIGN_IN
from deploy.launcher.sign_in import wanted
from deploy.launcher.state import RunningCity, publish, withdraw
from deploy.launcher.table import Display, Row
from deploy.launcher.welcome import Welcome, beginning, ending
from shared.base.clock import SystemClock

LOOK_EVERY_S = 1.0
# The end has these steps; the servers get the remaining time, at least `SERVERS_S`. Ctrl-C ends everything within 15 s.
DEMO_S, DRAIN_S, SERVICES_S = 1.0, 5.0, 4.5
END_S = DEMO_S + DRAIN_S + SERVICES_S + SERVERS_S


@dataclass(frozen=True)
class Options:
    """The options of `lastmetre up`. `demo` is the command of the demo, None for no demo.

    `sign_in`: whether the demo's provider runs; None: with the demo, on servers of this machine.
    """

    kafka: str | None = None
    mongo: str | None = None
    data: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    demo: Sequence[str] | None = None
    clock: Path | None = None
    services: Sequence[str] = tuple(COMMANDS)
    minimum_free: int = MINIMUM_FREE_BYTES
    sign_in: bool | None = None

    @property
    def has_sign_in(self) -> bool:
        """Whether the demo's provider runs. Raises `BadOption` where it must not."""
        ours = self.mongo is None and (self.kafka is None or bool(apache_brokers(self.kafka)))
        return wanted(self.sign_in, self.demo is not None, ours)


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
    with held_directory(options.data, options.minimum_free) as directory, explained(directory.root):
        launcher = Launcher(options, chosen, directory, display)
        try:
            if await unless(interrupts.end, launcher.start()):
                await unless(interrupts.end, launcher.watch())
        except Exception:
            directory.keep_logs()
            raise
        finally:
            await launcher.end(interrupts)
            if directory.keeps_logs:
                display.say(f"The logs of this run are kept in {directory.logs}")


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Turn errors of the file system into errors that a user can act on: `DiskFull`, `DirectoryUnusable`."""
    try:
        yield
    except OSError as error:
        if is_full(error) or (error.filename and Path(str(error.filename)).is_relative_to(root)):
            raise unusable(error, root) from error
        raise


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
        self._ports = choose_ports(_processes(options, commands), options.ports, directory.root)
        ports = self._ports.of
        sign_in = f"http://{HOST}:{ports[SIGN_IN]}" if SIGN_IN in ports else ""
        keep_logs_of_last_run(directory.logs)
        self._pair = Pair(options.kafka, options.mongo, {**options.ports, **ports}, directory, options.minimum_free)
        self._pair.require_programs()
        clock = None if options.clock is None else options.clock.absolute()
        surroundings = Surroundings(
            self._pair.bootstrap,
            self._pair.url,
            directory.keys,
            directory.logs,
            directory.guard,
            clock,
            sign_in=sign_in,
        )
        self._sign_in = sign_in
        self._build = BuildBeside(directory.logs, directory.guard)
        self._city = City.of(commands, ports, surroundings)
        self._state: RunningCity | None = None
        self._demo: DemoChild | None = None
        self._low_on_space = False

    async def start(self) -> None:
        """Start servers, topics, services and the demo, in this order; return when all are ready."""
        began = time.monotonic()
        say = self._display.say
        say(beginning(len(self._city.services), self._pair.names, self._directory))
        for change in self._ports.changed:
            say(change)
        if self._pair.names:
            await self._show_while(f"starting {' and '.join(self._pair.names)}", self._pair.start(say))
            say(f"  {' and '.join(self._pair.names)} answer after {time.monotonic() - began:.1f} s")
        else:
            await self._pair.start(say)
        self._city.start()
        self._state = self._running_city()
        publish(self._state)
        await self._city.wait_ready(say, looked=lambda: self._show_start(began))
        self._display.progress("")
        welcome = Welcome(self._state, self._options.demo is not None)
        self._display.footer(welcome.footer())
        say("\n".join(welcome.lines(time.monotonic() - began)))
        self._build.begin(self._pair.store, say)
        if self._options.demo is not None:
            self._demo = DemoChild(self._options.demo, self._directory, self._display)

    async def _show_while(self, what: str, work: Awaitable[None]) -> None:
        """Do `work`, and show each second for how long it has been going on."""
        began, doing = time.monotonic(), asyncio.ensure_future(work)
        try:
            while not doing.done():
                self._display.progress(f"{what}, {time.monotonic() - began:.0f} s ...")
                await asyncio.wait([doing], timeout=LOOK_EVERY_S)
        finally:
            self._display.progress("")
            if not doing.done():
                doing.cancel()
                await asyncio.wait([doing])
        await doing

    def _show_start(self, began: float) -> None:
        ready = [process for process in self._city.processes if process.state is State.READY]
        count = f"{len(ready)} of {len(self._city.processes)} are ready"
        self._display.progress(f"starting the services: {count}, {time.monotonic() - began:.0f} s ...")
        if self._display.is_terminal:
            self._display.show(self._rows())

    async def watch(self) -> None:
        """Display the city and restart dead processes, for ever."""
        while True:
            await self._city.look()
            if self._city.keep(self._display.say):
                self._directory.keep_logs()
                await self._pair.forget_the_dead()
            await self._pair.keep(self._display.say)
            self._follow_demo()
            self._build.follow(self._display.say)
            self._watch_space()
            self._display.show(self._rows())
            await asyncio.sleep(LOOK_EVERY_S)

    async def end(self, interrupts: Interrupts) -> None:
        """End the demo, let services finish their work unless in a hurry, end them, then the servers."""
        self._display.freeze()
        self._build.end()
        if self._state is None:  # if the start failed, the caller reports the reason
            await self._city.end(SERVICES_S)
            await self._pair.end()
            if interrupts.end.is_set():
                self._display.say(ending(self._directory))
            return
        began = time.monotonic()
        self._display.say("Ending: work in progress is finished first; Ctrl-C again ends at once ...")
        if self._demo is not None and (demo := self._demo.child) is not None:
            demo.ask_to_end()
            await ended_within(demo, DEMO_S)
        if any(service.was_ready for service in self._city.services.values()):
            await unless(interrupts.hurry, self._drain())
        forced = await self._city.end(SERVICES_S)
        forced += await self._pair.end(max(SERVERS_S, END_S - (time.monotonic() - began)))
        withdraw(self._state)
        for name in forced:
            self._display.say(f"{name} did not end in time and was killed")
        self._display.say(ending(self._directory))

    async def _drain(self) -> None:
        if not await self._city.drain(DRAIN_S):
            left = [s.name for s in self._city.services.values() if s.reading is not None and not s.reading.quiet]
            then = "" if self._directory.temporary else "; the next start goes on with it"
            names = ", ".join(left) or "a service does not answer"
            self._display.say(f"Not everything was handled within {DRAIN_S:.0f} s: {names}{then}")

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
            sign_in=self._sign_in,
            store=self._pair.store.title if self._pair.store else "",
        )

    def _rows(self) -> list[Row]:
        now = self._clock.now().timestamp()
        rows = [Row.of(service.name, in_words(service), service.reading, now) for service in self._city.processes]
        return rows + [Row(name, state) for name, state in self._pair.states()]

    def _follow_demo(self) -> None:
        if self._demo is not None:
            self._demo.follow()
            if self._demo.failed:
                self._directory.keep_logs()

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
    known = (*commands, SIGN_IN, "kafka", "mongo")
    if unknown := [name for name in options.ports if name not in known]:
        raise BadOption(f"--port {unknown[0]}=N names no service: choose from {', '.join(known)}")
    return {name: commands[name] for name in commands if name in options.services}


def _processes(options: Options, commands: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of what the launcher gives a port; the brokers of Apache Kafka choose their own."""
    servers = [name for name, named in (("kafka", options.kafka), ("mongo", options.mongo)) if named is None]
    return [*commands, *([SIGN_IN] if options.has_sign_in else []), *servers]
