"""The store is killed amid bulk writes and transactions: none is half stored, every acknowledged one is stored."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta

import httpx

from deploy.audit.books import Books
from deploy.audit.everything import everything
from deploy.demo.people import Person, id_number, write_roster
from shared.base import normal_form
from shared.base.ids import new_id
from shared.events.registration import Colour
from shared.health_code import CodeSigner, HealthCode, new_code_id
from tests.faults.arrivals import COMPOUND, Arrivals
from tests.faults.books import check_scans
from tests.faults.codes import code_signer
from tests.faults.gates import AREA, open_gates
from tests.faults.transactions import check_whole
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

SERVICES = ("registration", "isolation", "checkpoint")
RATE, ARRIVALS = 40.0, 1.5
SETTLED_S = 180.0
EXPIRED = 40  # so many codes a gate are past: each raises an alert, in a transaction
ROSTER, FIRST_NUMBER = 40, 100_000
AGAIN_S = 90.0
BORN = date(1960, 1, 1)


async def run(world: World, outcome: Outcome) -> None:
    """Gates, arrivals and rosters go on while the store is killed and started again, without a restart of a service."""
    await asyncio.gather(world.start("registration"), world.start("isolation"))
    await asyncio.gather(
        world.start("checkpoint", "recorder", role="worker"), world.start("checkpoint", "gate", role="api")
    )
    gates = await open_gates(world, 4, [world.services["gate"].port], api="gate")
    signer = code_signer(world)
    for device in gates.devices:
        device.codes = [*device.codes, *(_expired(signer) for _ in range(EXPIRED))]
    kills = 3 if world.quick else 15
    arrivals = await Arrivals.of(world, 300)
    rosters = Rosters(world)
    gates.begin(RATE, batches=(1, 20))
    arrivals.begin(ARRIVALS)
    until = asyncio.Event()
    importing = asyncio.create_task(rosters.play(until))
    hit = 0
    for _ in range(kills):
        await asyncio.sleep(world.chance.uniform(0.5, 3.0))
        await rosters.in_hand.wait()
        await asyncio.sleep(world.chance.uniform(0.0, 0.1))
        hit += rosters.in_hand.is_set()
        await _kill(world, outcome)
    until.set()
    await importing
    await asyncio.gather(gates.end(SETTLED_S), arrivals.end(SETTLED_S))
    await world.wait_until_quiet(SETTLED_S)
    outcome.details |= {"kills": kills, "amid an import": hit, "imported": len(rosters.imported)}
    await check_scans(world, gates.book, outcome)
    await arrivals.check("gate", outcome)
    await world.wait_until_quiet(SETTLED_S)  # the check scans at the gate too
    await rosters.check(outcome)
    await check_whole(world, outcome)
    await _audit(world, outcome)
    outcome.expect(hit > 0, "nothing was under way when the store was killed")


async def _kill(world: World, outcome: Outcome) -> None:
    world.mongo.kill()
    killed = time.monotonic()
    await asyncio.sleep(world.chance.uniform(0.0, 2.0))
    await asyncio.to_thread(world.mongo.start)
    await world.ready(within_s=AGAIN_S)
    outcome.recovered_after(time.monotonic() - killed)


async def _audit(world: World, outcome: Outcome) -> None:
    """Reconcile the three services as an operator would."""
    books = Books(world.database("registration").client, {name: name for name in SERVICES}, world.kafka.bootstrap, ())
    for finding in await everything(books):
        outcome.expect(finding.agrees, f"audit: {finding.what}: {', '.join(finding.differences[:3])}")


class Rosters:
    """A clerk who imports rosters of new residents, each until it is taken."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._file = world.directory / "new.xlsx"
        self.imported: list[str] = []  # doors
        self.in_hand = asyncio.Event()

    async def play(self, until: asyncio.Event) -> None:
        """Import one roster after the other until `until` is set."""
        number = 0
        async with self._world.http("registration", "community", area=AREA) as http:
            while not until.is_set():
                number += 1
                people = [_person(number, at) for at in range(ROSTER)]
                write_roster(self._file, people)
                self.in_hand.set()
                while (accepted := await self._accepted(http)) is None:
                    await asyncio.sleep(0.3)
                while not await self._carried_out(http, accepted, len(people)):
                    await asyncio.sleep(0.1)
                self.in_hand.clear()
                self.imported += map(_door, people)
                await asyncio.sleep(0.2)

    async def _accepted(self, http: httpx.AsyncClient) -> str | None:
        """Return the address of the import once it is accepted; the same file again is harmless."""
        try:
            files = {"file": (self._file.name, self._file.read_bytes())}
            answer = await http.post("/v1/imports/residents", files=files)
        except httpx.TransportError:
            return None
        assert answer.status_code in (202, 503), answer.text
        return answer.headers["location"] if answer.status_code == 202 else None

    async def _carried_out(self, http: httpx.AsyncClient, accepted: str, people: int) -> bool:
        """Whether all residents of the roster are registered, each once."""
        try:
            answer = await http.get(accepted)
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 503 or answer.json()["finished_at"] is None:
            return False
        report = answer.json()
        assert report["added"] + report["unchanged"] == people, report
        return True

    async def check(self, outcome: Outcome) -> None:
        """Check that every imported resident is registered."""
        rows = await self._world.database("registration")["residents"].find({}, {"area_path": 1}).to_list(None)
        absent = set(self.imported) - {row["area_path"] for row in rows}
        outcome.acknowledged += len(self.imported)
        outcome.stored += len(set(self.imported)) - len(absent)
        outcome.lost += len(absent)
        outcome.expect(not absent, f"{len(absent)} residents were imported and are absent, as {list(absent)[:1]}")
        outcome.expect(bool(self.imported), "no roster was imported")


def _person(roster: int, at: int) -> Person:
    number = FIRST_NUMBER + roster * ROSTER + at
    own = id_number(BORN + timedelta(days=number % 10_000), number)
    return Person(COMPOUND, f"{roster + 1}号楼", "1单元", f"{at + 101}", f"李{number}", own, "")


def _door(person: Person) -> str:
    """Return the door as the service stores it."""
    return "/".join([COMPOUND, *map(normal_form.door, (person.building, person.unit, person.room))])


def _expired(signer: CodeSigner) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    past = (now - timedelta(hours=9), now - timedelta(hours=3))
    return signer.sign(HealthCode(new_id(), Colour.GREEN, *past, new_code_id()))


TRIAL = Trial(11, "the store is killed during bulk writes and transactions", run, brokers=1)
