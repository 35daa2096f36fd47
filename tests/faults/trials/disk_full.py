"""The disk under the store is full: the launcher reports it, gates continue, services recover once there is room."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.kept import KeptServer
from deploy.launcher.servers.pair import is_broken
from shared.envelope.letters import topic_of
from shared.store.mongo import PyMongoError
from tests.faults.arrivals import Arrivals
from tests.faults.books import check_scans, records_of
from tests.faults.disks import SmallDisk
from tests.faults.gates import Gates, open_gates
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.waiting import eventually

DISK_MB, NEEDED_MB = 96, 24
BALLAST_BYTES, MOST_BALLAST = 64 << 10, 2_000
RATE, ARRIVALS_RATE, PEOPLE = 40.0, 2.0, 400
STORING = ("registration", "isolation", "recorder")
FULL_S, QUICK_FULL_S = 45.0, 6.0
NOTICED_S, AGAIN_S, SETTLED_S = 60.0, 120.0, 180.0


async def run(world: World, outcome: Outcome) -> None:
    """The store on a small disk of its own, watched as the launcher watches it; the disk is filled under load."""
    world.mongo.kill()
    with SmallDisk(world.directory / "disk", DISK_MB) as disk:
        where = (disk.path / "mongo", world.logs, world.mongo.port)
        world.mongo = EmbeddedMongo(*where, minimum_free=NEEDED_MB << 20)
        await asyncio.to_thread(world.mongo.start)
        keeping = asyncio.create_task((watch := Watch(world)).run())
        try:
            await _play(world, disk, watch, outcome)
        finally:
            keeping.cancel()
            world.mongo.kill()


async def _play(world: World, disk: SmallDisk, watch: "Watch", outcome: Outcome) -> None:
    await asyncio.gather(
        world.start("registration"),
        world.start("isolation"),
        world.start("checkpoint", "recorder", role="worker"),
        world.start("checkpoint", "gate", role="api"),
    )
    gates = await open_gates(world, 4, [world.services["gate"].port], api="gate")
    arrivals = await Arrivals.of(world, PEOPLE)
    gates.begin(RATE, batches=(1, 10))
    arrivals.begin(ARRIVALS_RATE)
    await asyncio.sleep(3)
    outcome.details["bytes that were free"] = disk.fill()
    await _use_up_the_rest(world)
    await _while_full(world, gates, watch, outcome)
    disk.clear()
    cleared = time.monotonic()
    await world.ready(within_s=AGAIN_S)
    outcome.recovered_after(time.monotonic() - cleared)
    await asyncio.gather(gates.end(SETTLED_S), arrivals.end(SETTLED_S))
    await world.wait_until_quiet(SETTLED_S)
    await check_scans(world, gates.book, outcome)
    await arrivals.check("gate", outcome)
    for service in ("registration", "isolation", "checkpoint"):
        dead = await records_of(world, topic_of(service))
        outcome.expect(not dead, f"{service} made {len(dead)} dead letters of a full disk")
    outcome.details["arrivals that had no answer"] = arrivals.hangs


async def _use_up_the_rest(world: World) -> None:
    """Write until the store fails: it has some MB in hand, which ordinary work would use up too."""
    for _ in range(MOST_BALLAST):
        try:
            await world.database("ballast")["rows"].insert_one({"bytes": bytes(BALLAST_BYTES)})
        except PyMongoError:
            return
    raise AssertionError("the store goes on writing though its disk is full")


async def _while_full(world: World, gates: Gates, watch: "Watch", outcome: Outcome) -> None:
    async def noticed() -> bool:
        looked = await world.look()
        answering = {name: reading for name in STORING if (reading := looked[name])}
        assert not any(reading.ready for reading in answering.values()), f"still ready: {answering}"
        return len(answering) == len(STORING)

    began = time.monotonic()
    await _holds(noticed, "readiness stays on while the store has no room", outcome)
    outcome.details["noticed after, s"] = round(time.monotonic() - began, 1)
    await _refused_clearly(world, outcome)
    full_until = began + (QUICK_FULL_S if world.quick else FULL_S)
    since = time.monotonic()
    while time.monotonic() < max(full_until, since + 3):
        await asyncio.sleep(1)
    looked = await world.look()
    outcome.expect(bool(looked["gate"] and looked["gate"].ready), "the gate is not ready, and it needs no store")
    outcome.expect(gates.book.durable_at[-1] > since, "no scan was durable while the disk was full")
    ended = [name for name, service in world.services.items() if not service.running]
    outcome.expect(not ended, f"these ended: {', '.join(ended)}")
    outcome.details["the launcher printed"] = watch.lines
    outcome.expect(
        any(" MB left" in line or "is full" in line for line in watch.lines), "the launcher did not report the disk"
    )


async def _holds(check: Callable[[], Awaitable[bool]], wrong: str, outcome: Outcome) -> None:
    try:
        await eventually(check, NOTICED_S, 0.5)
    except AssertionError as error:
        outcome.wrong.append(f"{wrong} ({error})")


async def _refused_clearly(world: World, outcome: Outcome) -> None:
    """Ask for what needs the store: the answer names it, and says to try again."""
    async with world.http("registration", "community", area="/jinhe") as http:
        answer = await http.get("/v1/counts")
    content = answer.json()
    outcome.details["answer"] = {
        "status": answer.status_code,
        "code": content.get("code"),
        "detail": content.get("detail"),
    }
    clear = (answer.status_code, content.get("code")) == (503, "store.unavailable") and "Retry-After" in answer.headers
    outcome.expect(clear, f"the answer is no clear one: {outcome.details['answer']}")


class Watch:
    """What the launcher does for the store once a second, and its output."""

    def __init__(self, world: World) -> None:
        mongo = world.mongo
        self.lines: list[str] = []
        self._kept = KeptServer(mongo, broken=lambda: is_broken(mongo.url))

    async def run(self) -> None:
        """Keep the store until cancelled."""
        while True:
            await self._kept.keep(self.lines.append)
            await asyncio.sleep(1)


TRIAL = Trial(18, "the disk under the store is full", run, brokers=1, quick=False)
