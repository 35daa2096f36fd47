"""The list of exceptions is frozen, then far behind: answers have its age, and an old list makes no resident green."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.checkpoint.domain.decision import LIST_GOOD_FOR
from shared.base.ids import new_id
from shared.events.registration import STANDINGS, Colour, StandingChanged
from shared.health_code import CodeSigner
from tests.faults.books import check_scans
from tests.faults.codes import code_of, code_signer
from tests.faults.gates import AREA, Device, Gates, open_gates
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.waiting import eventually

API, NEXT, OWNER = "gate-a", "gate-b", "registration"
REPLICA = f"replica {STANDINGS}"
AGE = f'lastmetre_replica_age_seconds{{topic="{STANDINGS}"}}'
# The owner speaks every ten seconds, and a machine that is busy may be late with it.
USUALLY_S = 60.0
A_WHILE = timedelta(minutes=30)
AGAIN_S = 60.0
PAPER = timedelta(days=30)
RED = 200
NO_LIST = ("recheck", ["standings_unavailable"])


@dataclass
class Street:
    """A gate and three people: one with a code on paper, one with a fresh code, one who is red."""

    world: World
    gates: Gates
    signer: CodeSigner
    paper: str
    red: str

    async def answer_to(self, code: str, device: Device | None = None) -> dict[str, Any]:
        """Return the answer to a scan of a code, on the way out, now."""
        at = self.world.clock.now().isoformat()
        device = device or self.gates.devices[0]
        return await device.show(at=at, direction="out", credential={"kind": "code", "value": code})

    async def judged(self, code: str) -> tuple[str, list[str]]:
        """Return the verdict on a code with its reasons."""
        answer = await self.answer_to(code)
        return answer["verdict"], answer["reasons"]

    def fresh(self, resident_id: str = "", colour: Colour = Colour.GREEN) -> str:
        """Return a code that was made now."""
        return code_of(self.signer, resident_id or new_id(), colour, self.world.clock.now())

    async def age_s(self) -> float:
        """Return how old the list is by the answers."""
        as_of = (await self.answer_to(self.fresh()))["standing_as_of"]
        return (self.world.clock.now() - datetime.fromisoformat(as_of)).total_seconds()

    async def metric_age_s(self) -> float:
        """Return how old it is by the metric."""
        async with self.world.http(API) as http:
            lines = (await http.get(f"{self.world.services[API].metrics_url}/metrics")).text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(AGE))


async def run(world: World, outcome: Outcome) -> None:
    """Registration is frozen under a list that grows older; then it says more than can be read at once."""
    await asyncio.gather(
        world.start(OWNER),
        world.start("checkpoint", API, role="api"),
        world.start("checkpoint", "recorder", role="worker"),
    )
    street = await _street(world)
    await _frozen(street, outcome)
    changed = await _behind(street, outcome)
    await _begun_behind(street, changed, outcome)
    await street.gates.end()
    await world.ready()
    await world.wait_until_quiet()
    await check_scans(world, street.gates.book, outcome)


async def _street(world: World) -> Street:
    gates = await open_gates(world, 1, [world.services[API].port], api=API)
    signer, red = code_signer(world), new_id()
    await world.say(_changed(world, red))
    paper = code_of(signer, new_id(), printed_for=PAPER)
    street = Street(world, gates, signer, paper, red)

    async def is_known() -> bool:
        return (await street.judged(street.fresh(red)))[0] == "deny"

    await eventually(is_known, AGAIN_S, 0.2)
    return street


async def _frozen(street: Street, outcome: Outcome) -> None:
    """The owner publishes nothing for a day: verdicts change when the list is too old, and not before."""
    world = street.world
    outcome.expect(await street.age_s() < USUALLY_S, "the list was old before anything happened")
    world.pause(OWNER)
    world.advance(seconds=A_WHILE.total_seconds())
    ages = await street.age_s(), await street.metric_age_s()
    outcome.details["age after 30 minutes, s: answer, metric"] = [round(age) for age in ages]
    outcome.expect(
        min(ages) >= A_WHILE.total_seconds(), f"the list was frozen for {A_WHILE}, and its reported age is {ages} s"
    )
    outcome.expect(await street.judged(street.paper) == ("allow", []), "a list of half an hour makes no resident green")
    left = LIST_GOOD_FOR.total_seconds() - await street.age_s()
    world.advance(seconds=left - USUALLY_S)
    outcome.expect(await street.judged(street.paper) == ("allow", []), "the list counts for less than its time")
    world.advance(seconds=2 * USUALLY_S)
    outcome.details["verdict by the old list"] = (judged := await street.judged(street.paper))
    outcome.expect(judged == NO_LIST, f"a list that is too old still says who is green: {judged}")
    outcome.expect(await street.judged(street.fresh()) == ("allow", []), "a fresh code counts for nothing")
    outcome.expect((await street.judged(street.fresh(street.red)))[0] == "deny", "whom the old list names is let out")
    ready = (await world.look())[API]
    outcome.expect(ready is not None and ready.ready, f"a gate's process with an old list serves no more: {ready}")
    began = time.monotonic()
    world.resume(OWNER)

    async def renewed() -> bool:
        return await street.judged(street.paper) == ("allow", []) and await street.age_s() < USUALLY_S

    await eventually(renewed, AGAIN_S, 0.2)
    outcome.recovered_after(time.monotonic() - began)


async def _behind(street: Street, outcome: Outcome) -> list[str]:
    """A gate's process has much to read at once: while it does not know, it does not say that it does."""
    world = street.world
    red, others = [new_id() for _ in range(RED)], 20_000 if world.quick else 40_000
    changes = [_changed(world, resident) for resident in red]
    changes += [_changed(world, new_id(), Colour.YELLOW) for _ in range(others)]
    world.chance.shuffle(changes)
    world.pause(API)
    for at in range(0, len(changes), 5_000):
        await world.say(*changes[at : at + 5_000])
    published_at = world.clock.now()
    began = time.monotonic()
    world.resume(API)
    looks = 0

    async def caught_up() -> bool:
        nonlocal looks
        looks += 1
        answers = [await street.answer_to(street.fresh(resident)) for resident in world.chance.sample(red, 5)]
        newest = min(datetime.fromisoformat(one["standing_as_of"]) for one in answers) >= published_at
        passed = sum(one["verdict"] != "deny" for one in answers)
        outcome.expect(not (newest and passed), f"{passed} of 5 red pass by a list that says it is newer than they are")
        return newest

    await eventually(caught_up, AGAIN_S, 0.1)
    outcome.recovered_after(time.monotonic() - began)
    outcome.details |= {"changes to read": len(changes), "looks while behind": looks}
    return red


async def _begun_behind(street: Street, red: Sequence[str], outcome: Outcome) -> None:
    """A process that begins has all of it to read: it is not ready before, says what it lacks, and is careful."""
    world = street.world
    await world.start("checkpoint", NEXT, ready=False, role="api")
    (device,) = (await open_gates(world, 1, [world.services[NEXT].port], 1, API, street.gates.book, "next")).devices
    began, lacked, early = time.monotonic(), 0, 0
    while True:
        assert time.monotonic() - began < 2 * AGAIN_S, f"{NEXT} is not ready. {world.services[NEXT].last_words()}"
        reading = (await world.look())[NEXT]
        if reading is None:
            await asyncio.sleep(0.05)
            continue
        answers = [await street.answer_to(street.fresh(resident), device) for resident in world.chance.sample(red, 3)]
        passed = [one for one in answers if one["verdict"] == "allow"]
        outcome.expect(not passed, f"{len(passed)} of 3 red pass at a process that is ready: {reading.ready}")
        if reading.ready:
            break
        lacked += REPLICA in reading.missing
        early += answers[0]["standing_as_of"] is None
    outcome.details |= {"looks before ready": lacked, "answers before ready": early}
    outcome.expect(lacked > 0, "readiness never said that the list is not read yet")
    outcome.expect(all(one["verdict"] == "deny" for one in answers), "it was ready, and did not know who is red")
    await device.send_rest()


def _changed(world: World, resident_id: str, colour: Colour = Colour.RED) -> StandingChanged:
    return StandingChanged(
        resident_id=resident_id,
        area_path=AREA,
        colour=colour,
        isolated=False,
        rule="risk_region",
        evidence="",
        since=world.clock.now(),
        until=None,
    )


TRIAL = Trial(12, "the list of exceptions is frozen, then far behind", run, brokers=1, quick=False)
