"""The bus and the store of a city: embedded servers, or the servers of `--kafka` and `--mongo`."""

import asyncio
from collections.abc import Iterator, Mapping

from deploy.launcher.city import Say
from deploy.launcher.directory import Directory
from deploy.launcher.errors import StoreUnreachable
from deploy.launcher.servers.bus import bus_for, forget_others
from deploy.launcher.servers.embedded import EmbeddedKafka, EmbeddedMongo, prepare_all
from deploy.launcher.servers.kept import KeptServer
from deploy.launcher.servers.store_server import StoreServer
from deploy.launcher.servers.tables import DATABASE, FIRST
from deploy.launcher.servers.topics import create_missing
from shared.store.mongo import OperationFailure, PyMongoError, answering_within, connect

SERVERS_S = 2.5
LOOK_S = 2.0
INTERNAL_ERROR = 1


class Pair:
    """One bus and one store."""

    def __init__(
        self,
        kafka: str | None,
        mongo: str | None,
        ports: Mapping[str, int],
        directory: Directory,
        minimum_free: int,
    ) -> None:
        self._named_kafka, self._directory = kafka, directory
        self._bus = bus_for(kafka, directory, ports.get("kafka"))
        self.bootstrap = self._bus.bootstrap
        self._kept = [KeptServer(server, self._make_topics) for server in self._bus.servers]
        self._store: EmbeddedMongo | None = None
        self.url = mongo or ""
        if mongo is None:
            port = ports.get("mongo")
            store = EmbeddedMongo(directory.mongo, directory.logs, port, directory.guard, minimum_free=minimum_free)
            self._store, self.url = store, store.url
            self._kept.append(KeptServer(store, broken=lambda: is_broken(self.url)))

    @property
    def store(self) -> StoreServer | None:
        """The program that serves the embedded store; None for the server of `--mongo`."""
        return None if self._store is None else self._store.program

    def require_programs(self) -> None:
        """Look for the programs of the embedded broker and store. Raises `MissingBinary`, `BadOption`."""
        for kept in self._kept:
            if isinstance(kept.server, EmbeddedKafka | EmbeddedMongo):
                kept.server.command()

    @property
    def names(self) -> list[str]:
        """The names of the embedded servers."""
        return [kept.server.name for kept in self._kept]

    async def start(self, say: Say) -> None:
        """Start the embedded servers, wait until both answer, create missing topics. Raises `LauncherError`.

        If the fast store server does not start, the Python server serves.
        """
        try:
            await self._start()
        except StoreUnreachable:
            tried = self.store
            if self._store is None or tried is None or not self._store.fall_back():
                raise
            say(f"{tried.title} does not start (log {self._store.log}): {self._store.program.title} serves instead")
            await self.end()
            await self._start()
        forget_others(self._named_kafka, self._directory)

    async def _start(self) -> None:
        servers = [kept.server for kept in self._kept]
        if servers:
            preparing = asyncio.ensure_future(asyncio.to_thread(prepare_all, servers))
            try:
                await asyncio.shield(preparing)
            except asyncio.CancelledError:
                await asyncio.wait([preparing])  # a thread cannot be stopped, and the directory may be removed
                raise
        for server in servers:
            server.spawn()
        for kept in self._kept:
            await kept.accepting()
        await asyncio.gather(self._make_topics(), _answers(self.url))

    async def _make_topics(self) -> None:
        await create_missing(self.bootstrap, self._bus.replication, within_s=self._bus.answers_s)

    async def keep(self, say: Say) -> None:
        """Restart an embedded server that died; a bus that is empty after that gets its topics again."""
        for kept in self._kept:
            await kept.keep(say)

    async def forget_the_dead(self) -> None:
        """Release the locks of killed services in the embedded store, which would hold them for a minute.

        The server of `--mongo` has its own limit for the life of a transaction.
        """
        if self._store is not None:
            await end_transactions(self.url)

    async def end(self, within_s: float = SERVERS_S) -> list[str]:
        """End the embedded servers, all at once. Return the names of those that were killed."""
        servers = [kept.server for kept in self._kept]
        ended = await asyncio.gather(*(asyncio.to_thread(server.stop, within_s) for server in servers))
        return [server.name for server, by_itself in zip(servers, ended, strict=True) if not by_itself]

    def states(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the state of each embedded server, in the table's words."""
        for kept in self._kept:
            yield kept.server.name, kept.state


async def end_transactions(url: str) -> None:
    """Abort every open transaction in an embedded store; living processes retry theirs."""
    client = connect(url)
    try:
        await client.admin.command({"killAllSessions": []})
    except PyMongoError:
        pass  # an unavailable store has no transactions
    finally:
        client.close()


async def is_broken(url: str) -> bool:
    """Whether an embedded store runs and cannot read any more, as after a full disk, until it is restarted.

    A store that is slow or does not answer is not broken.
    """
    client = connect(url)
    try:
        with answering_within(LOOK_S):
            await client[DATABASE][FIRST].find_one({})
    except OperationFailure as error:
        return error.code == INTERNAL_ERROR
    except PyMongoError:
        pass
    finally:
        client.close()
    return False


async def _answers(url: str) -> None:
    try:
        client = connect(url)
        await client.admin.command("ping")
        client.close()
    except PyMongoError as error:
        reason = str(error).partition(",")[0]
        raise StoreUnreachable(f"No MongoDB server answers at {_without_password(url)} ({reason})") from None


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
