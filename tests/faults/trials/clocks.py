"""Clocks jump while things fall due, replicas disagree on the time, and all of them are down when something is due.

What jumps is the clock that services go by (the clock file): a machine's own clock cannot be moved here. Leases run on
the machine's, so a jump neither ends nor prolongs one.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import httpx

from deploy.launcher.probe import TIMEOUT_S
from services.isolation.usecases.plans import MEASUREMENT_DUE
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.envelope.event import decode
from shared.events.isolation import MEASUREMENTS, Ladder, MeasurementMissed
from tests.faults.arrivals import COMPOUND, Arrivals
from tests.faults.books import effects_twice, id_of, records_of, repeated
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.clock import advance
from tests.support.http import http_client
from tests.support.waiting import eventually

REPLICAS = ("isolation-a", "isolation-b")
AHEAD = timedelta(minutes=10)  # by so much the second replica's clock is wrong
A_BIT = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DOWN = timedelta(minutes=90)  # the afternoon's reports are not due yet then
LATENESS = "lastmetre_due_work_lateness_seconds"
DONE_S = 120.0
Missed = tuple[str, str, str, str]  # case, day, half day, step


async def run(world: World, outcome: Outcome) -> None:
    """Missed reports climb the ladder while clocks jump: each step is published once, late by the lost time."""
    clocks = Clocks(world)
    await world.start("registration")
    first, second = REPLICAS
    await asyncio.gather(
        world.start("isolation", first),
        world.start("isolation", second, clock_file=clocks.other),
        world.start("checkpoint", "gate", role="api"),
    )
    arrivals = await Arrivals.of(world, 15 if world.quick else 60)
    people = len(arrivals.waiting)
    arrivals.begin(5.0)
    await eventually(lambda: len(arrivals.declared) == people, DONE_S)
    await arrivals.end()
    await world.wait_until_quiet(DONE_S)
    ladder = Steps(world, await _first_due(world))
    await _jump_at(world, clocks, ladder, people)
    await _die_at(world, clocks, ladder, people)
    await _all_down_at(world, clocks, ladder, people, outcome)
    await _code_from_ahead(world, clocks, next(iter(arrivals.declared)), outcome)
    await world.ready()
    await asyncio.sleep(3)  # whatever is done twice has its time
    await world.wait_until_quiet(DONE_S)
    outcome.details["jumps, s"] = clocks.jumps
    await _check(world, ladder, people, outcome)


class Clocks:
    """The clock of all services, and that of the replica that is wrong."""

    def __init__(self, world: World) -> None:
        self.other = world.directory / "other-clock"
        self._world = world
        self.jumps: list[float] = []
        advance(self.other, seconds=AHEAD.total_seconds())

    def jump(self, by: timedelta) -> None:
        """Let both jump."""
        self.jumps.append(round(by.total_seconds()))
        self._world.advance(seconds=by.total_seconds())
        advance(self.other, seconds=by.total_seconds())

    def set(self, at: datetime) -> None:
        """Let the common clock show that time."""
        self.jump(at - self._world.clock.now())


class Steps:
    """The published steps, read from the bus."""

    def __init__(self, world: World, first_due: datetime) -> None:
        self._world = world
        self.first_due = first_due
        self.wanted = 0
        self.records: list[Any] = []

    async def published(self) -> Counter[Missed]:
        """Return how often each step was published, by the ids of the events."""
        self.records = await records_of(self._world, MEASUREMENTS)
        events = {id_of(record): decode(record.headers, record.value) for record in self.records}
        missed = [event for event in events.values() if isinstance(event, MeasurementMissed)]
        return Counter((e.case_id, e.day.isoformat(), e.half_day.value, e.step.value) for e in missed)

    async def reach(self, count: int) -> None:
        """Wait until that many further steps are done."""
        self.wanted += count

        async def there() -> bool:
            done = await self._closed()
            assert done >= self.wanted, f"{done} of {self.wanted} steps are done"
            return True

        await eventually(there, DONE_S, 0.3)

    async def wait_for_begin(self, more: int = 1) -> None:
        """Wait until some of the next are done, and many are not."""
        await eventually(lambda: self._past(self.wanted + more), DONE_S, 0.01)

    async def _past(self, count: int) -> bool:
        return await self._closed() >= count

    async def _closed(self) -> int:
        done = {"kind": MEASUREMENT_DUE, "state": "done"}
        return await self._world.database("isolation")["deadlines"].count_documents(done)


async def _jump_at(world: World, clocks: Clocks, ladder: Steps, people: int) -> None:
    """The wrong clock has come to it first; both jump an hour ahead and back while it is under way."""
    clocks.set(ladder.first_due - A_BIT)
    await ladder.wait_for_begin()
    for by in (HOUR, -HOUR, HOUR, -HOUR):
        clocks.jump(by)
        await asyncio.sleep(world.chance.uniform(0.0, 0.3))
    await ladder.reach(people)


async def _die_at(world: World, clocks: Clocks, ladder: Steps, people: int) -> None:
    """The next step: it is due, is due no longer, and is due again; one replica is killed with steps in its hands."""
    clocks.set(ladder.first_due + 2 * HOUR - HOUR / 2)
    clocks.jump(HOUR)
    await ladder.wait_for_begin()
    world.services[REPLICAS[0]].kill()
    clocks.jump(-HOUR)
    await asyncio.sleep(world.chance.uniform(0.0, 0.5))
    clocks.jump(HOUR)
    await world.again(REPLICAS[0], ready=False)
    await ladder.reach(people)


async def _all_down_at(world: World, clocks: Clocks, ladder: Steps, people: int, outcome: Outcome) -> None:
    """The last step falls due while no replica runs: the next start does it, and its metric has the lateness."""
    due = ladder.first_due + 4 * HOUR
    clocks.set(due - A_BIT - AHEAD)
    for name in REPLICAS:
        world.services[name].kill()
    clocks.set(due + DOWN)
    await world.again(REPLICAS[0], ready=False)
    await ladder.reach(people)
    late_by = await _latenesses(world, REPLICAS[0])
    outcome.details["late by, s"] = [round(one) for one in late_by]
    least, most = (DOWN - A_BIT).total_seconds(), (DOWN + timedelta(minutes=25)).total_seconds()
    outcome.expect(least <= late_by[0] <= most, f"the metric says {late_by[0]:.0f} s late, and {DOWN} were lost")
    outcome.expect(late_by[1] >= people, f"{late_by[1]:.0f} of {people} late steps were seen by the metric")
    clocks.jump(-HOUR)  # what is done stays done
    await world.again(REPLICAS[1], ready=False)
    clocks.set(ladder.first_due + 6 * HOUR + A_BIT)  # the afternoon's report, with both of them
    await ladder.reach(people)


async def _latenesses(world: World, name: str) -> tuple[float, float]:
    """Return the mean of the lateness that a process has seen, in seconds, and of how many things."""
    async with http_client(timeout_s=TIMEOUT_S) as http:
        lines = (await http.get(f"{world.services[name].metrics_url}/metrics")).text.splitlines()
    sums = {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith(LATENESS)}
    count = sums[f"{LATENESS}_count"]
    return sums[f"{LATENESS}_sum"] / max(1.0, count), count


async def _code_from_ahead(world: World, clocks: Clocks, resident: str, outcome: Outcome) -> None:
    """A code issued by a clock that was ahead is no forgery after it was put back, and every token stays good."""
    clocks.jump(HOUR)
    async with world.http("registration", "city", area="/") as http:
        answer = await http.get(f"/v1/residents/{resident}/code")
        clocks.jump(-HOUR)
        again = await http.get(f"/v1/residents/{resident}/code")
    outcome.expect(answer.is_success and again.is_success, f"a token was refused: {answer.text} {again.text}")
    gate_id = "gate-1"
    about = {"area": COMPOUND, "gate": gate_id, "subject": f"device-{gate_id}"}
    async with world.http("gate", "device", **about) as http:
        answers = [
            (await http.post("/v1/scans", json=_scan(world, gate_id, one))).json() for one in _codes(answer, again)
        ]
    outcome.details["codes of other times"] = [one.get("reasons", one) for one in answers]
    refused = [one for one in answers if "verdict" not in one or {"code_forged", "code_expired"} & set(one["reasons"])]
    outcome.expect(not refused, f"a code of a clock that was put back was refused: {refused}")


def _codes(*answers: httpx.Response) -> Iterable[str]:
    return [answer.json()["code"] for answer in answers]


def _scan(world: World, gate_id: str, code: str) -> dict[str, Any]:
    now = world.clock.now().isoformat()
    details = {"direction": "in", "credential": {"kind": "code", "value": code}}
    return {"scan_id": new_id(), "gate_id": gate_id, "seq": 1, "at": now} | details


async def _check(world: World, ladder: Steps, people: int, outcome: Outcome) -> None:
    published = await ladder.published()
    rows = await world.database("isolation")["deadlines"].find({"kind": MEASUREMENT_DUE}).to_list(None)
    now = world.clock.now()
    due = [row for row in rows if row["due_at"] <= now and row["state"] != "cancelled"]
    wanted = {(r["subject"], r["payload"]["day"], r["payload"]["half_day"], r["payload"]["step"]) for r in due}
    undone = [row["_id"] for row in due if row["state"] != "done"]
    never, twice = wanted - published.keys(), sum(published.values()) - len(published)
    outcome.acknowledged, outcome.stored, outcome.lost = len(wanted), len(published), len(never)
    outcome.duplicate_effects = max(twice, effects_twice(ladder.records))
    outcome.duplicate_deliveries = repeated(map(id_of, ladder.records))
    steps = Counter(step for *_, step in published)
    outcome.details |= {"steps": dict(steps), "claimed more than once": sum(row["attempts"] > 1 for row in due)}
    outcome.expect(not never and not undone, f"{len(never)} steps were never published, {len(undone)} are not done")
    outcome.expect(outcome.duplicate_effects == 0, f"{outcome.duplicate_effects} steps were published twice")
    outcome.expect(published.keys() <= wanted, "a step was published that was not due")
    outcome.expect(all(steps[step.value] >= people for step in Ladder), f"not every step came about: {dict(steps)}")
    apart = SystemClock(world.directory / "other-clock").now() - now
    outcome.expect(apart > AHEAD / 2, f"the replicas' clocks were only {apart} apart")


async def _first_due(world: World) -> datetime:
    deadline = await world.database("isolation")["deadlines"].find_one({"kind": MEASUREMENT_DUE}, sort=[("due_at", 1)])
    assert deadline is not None, "no report is due"
    due: datetime = deadline["due_at"]
    return due


TRIAL = Trial(17, "clocks jump, and all replicas are down when something is due", run, brokers=1, quick=False)
