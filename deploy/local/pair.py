"""The bus and the store of a city: embedded ones that are kept running, or servers that somebody named."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from deploy.local.backoff import Backoff
from deploy.local.city import Say
from deploy.local.directory import Directory
from deploy.local.errors import LauncherError, ServerUnreachable
from deploy.local.servers import START_S, EmbeddedKafka, EmbeddedMongo, LocalServer
from deploy.local.service import how_it_ended
from deploy.local.topics import create_missing
from shared.mongo import PyMongoError, connect

KAFKA_STOP_S, MONGO_STOP_S = 0.7, 3.0
_POLL_S = 0.02


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
        guard, logs = directory.guard, directory.logs
        self._kafka = None if kafka else EmbeddedKafka(logs, ports.get("kafka"), guard)
        self._mongo = (
            None
            if mongo
            else EmbeddedMongo(directory.mongo, logs, ports.get("mongo"), guard, minimum_free=minimum_free)
        )
        self.bootstrap = kafka or (self._kafka.bootstrap if self._kafka else "")
        self.url = mongo or (self._mongo.url if self._mongo else "")
        self._backoffs = {server.name: Backoff() for server in self._embedded()}

    async def start(self) -> None:
        """Start what is embedded, see that both answer, make missing topics. Raises `LauncherError`."""
        for server in self._embedded():
            server.spawn()
        for server in self._embedded():
            await _accepting(server)
        await asyncio.gather(create_missing(self.bootstrap), _answers(self.url))

    async def keep(self, say: Say) -> None:
        """Start an embedded server again when it died; the bus comes back empty and gets its topics again."""
        for server in self._embedded():
            backoff, now = self._backoffs[server.name], time.monotonic()
            if server.running:
                backoff.well(now)
            elif not backoff.waiting:
                how = how_it_ended(server.child) if server.child else "did not start"
                say(f"{server.name} {how}: restarting in {backoff.died(now):.0f} s")
            elif backoff.remaining(now) == 0:
                await self._restart(server, backoff, say)

    async def forget_the_dead(self) -> None:
        """Free what a killed service had locked in the embedded store, which would keep it locked for a minute.

        A server that somebody named has a limit of its own for the life of a transaction.
        """
        if self._mongo is not None:
            await end_transactions(self.url)

    async def _restart(self, server: LocalServer, backoff: Backoff, say: Say) -> None:
        try:
            server.spawn()
            backoff.started()
            await _accepting(server)
            if server is self._kafka:
                await create_missing(self.bootstrap)
            say(f"{server.name} is started again")
        except LauncherError as error:
            server.kill()
            say(f"{error}; tried again in {backoff.died(time.monotonic()):.0f} s")

    async def end(self) -> list[str]:
        """End the embedded bus, then the embedded store. Return the names of those that needed force."""
        forced = []
        for server, grace_s in ((self._kafka, KAFKA_STOP_S), (self._mongo, MONGO_STOP_S)):
            if server is not None and not await asyncio.to_thread(server.stop, grace_s):
                forced.append(server.name)
        return forced

    def states(self) -> Iterator[tuple[str, str]]:
        """Return the name and the state of each embedded server, as the table says them."""
        for server in self._embedded():
            backoff = self._backoffs[server.name]
            waiting = f"restarting in {backoff.remaining(time.monotonic()):.0f} s"
            yield server.name, waiting if backoff.waiting else "ready" if server.running else "stopped"

    def _embedded(self) -> list[LocalServer]:
        return [server for server in (self._kafka, self._mongo) if server is not None]


async def end_transactions(url: str) -> None:
    """End every transaction under way in an embedded store; those of living processes are tried again by them."""
    client = connect(url)
    try:
        await client.admin.command({"killAllSessions": []})
    except PyMongoError:
        pass  # a store that is away has no transactions
    finally:
        client.close()


async def _accepting(server: LocalServer) -> None:
    deadline = time.monotonic() + START_S
    while not server.accepting():
        if time.monotonic() > deadline:
            raise server.failure()
        await asyncio.sleep(_POLL_S)


async def _answers(url: str) -> None:
    try:
        client = connect(url)
        await client.admin.command("ping")
        client.close()
    except PyMongoError as error:
        reason = str(error).partition(",")[0]
        raise ServerUnreachable(f"No MongoDB server answers at {_without_password(url)} ({reason})") from None


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
