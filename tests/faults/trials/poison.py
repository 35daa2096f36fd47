"""Poison: records that no consumer can decode or handle, among good records.

Each becomes one dead letter with its reason, and its neighbours of the same key are handled. After an upgrade the dead
letters are replayed: those that are good now have their effect, once; the hopeless ones are dead letters again.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Set
from datetime import timedelta
from itertools import count
from typing import Any

from deploy.launcher.processes.child import ROOT
from shared.base.ids import new_id
from shared.envelope.event import Wire, attributes_of, encode
from shared.events.checkpoint import AlertRaised, AlertRule, PassageRecorded
from shared.events.isolation import CASES, CaseBreached, CaseExtended, CaseOpened, CasePlanned
from shared.events.registration import JourneyDeclaredV1, Risk
from tests.faults.books import records_of
from tests.faults.feed import AREA, Feed, Position, check_recorded, letters_of, passages
from tests.faults.mutants import UNREADABLE_REGION
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

LARGE = 2 << 20
TOO_EARLY = 3
FIRST_ARRIVED = 13  # days ago
GRACE_S = 15.0
READERS = ("isolation", "checkpoint")
Reasons = dict[Position, str]


async def run(world: World, outcome: Outcome) -> None:
    """Isolation handles one event at a time, and is an older build at first; the recorder handles in bulk."""
    await world.start("registration", role="api")
    await asyncio.gather(
        world.start("isolation", role="worker", faults={"mutant": "older_build"}),
        world.start("checkpoint", "recorder", role="worker"),
    )
    async with Feed(world) as feed:
        make = passages(world, feverish=0)  # their alerts would be more that the older build does not know
        journey = _journeys(world)
        hopeless = await _poison(feed, journey) | await _poison(feed, make)
        mended = await _too_early(world, feed, journey)
    await world.wait_until_quiet()
    await _check_letters(world, hopeless | mended, hopeless.keys(), 0, outcome)
    await _upgrade(world, outcome)
    for replays in (1, 2):
        sent_back = await _replay(world)
        wanted = len(hopeless) + (len(mended) if replays == 1 else 0)
        outcome.expect(sent_back == wanted, f"replay {replays} sent {sent_back} dead letters back, not {wanted}")
        await _check_letters(world, hopeless | mended, hopeless.keys(), replays, outcome)
    await _check_cases(world, feed, outcome)
    await check_recorded(world, feed.of(PassageRecorded), outcome)
    outcome.details |= {"hopeless": len(hopeless), "mended by the upgrade": len(mended)}


def _wrong(wire: Wire) -> Mapping[str, tuple[str, Wire]]:
    """Return each way in which the record may be poison: why it is refused, and the record."""
    about = dict(wire.headers)
    next_version = about["ce_type"].rpartition(b".")[0] + b".v9"
    return {
        "bad JSON": ("invalid", wire._replace(value=b'{"half')),
        "wrong schema": ("invalid", wire._replace(value=b'{"resident_id": 7}')),
        "2 MB": ("invalid", wire._replace(value=b"x" * LARGE)),
        "unknown version": ("unknown_version", wire._replace(headers=[*(about | {"ce_type": next_version}).items()])),
        "unknown type": ("unknown_type", wire._replace(headers=[*(about | {"ce_type": b"city.Unheard.v1"}).items()])),
        "no event": ("not_an_event", wire._replace(headers=[])),
        "no text": ("not_an_event", wire._replace(headers=[("ce_id", b"\xff\xfe")])),
        "wrong key": ("wrong_key", wire._replace(key=b"somebody-else")),
    }


async def _poison(feed: Feed, make: Callable[[], Any]) -> Reasons:
    """Say poison of every kind, each with a neighbour of its key before and behind it; return why each is refused."""
    reasons: Reasons = {}
    for kind in _wrong(encode(feed.stamped(make()))):
        event = make()
        await feed.say(event)
        reason, wire = _wrong(encode(feed.stamped(event)))[kind]
        reasons[await feed.say_broken(wire)] = reason
        same = {"resident_id": event.resident_id, event.key_field: event.key}
        await feed.say(make().model_copy(update=same))
    await feed.say_large(make(), LARGE)
    return reasons


async def _too_early(world: World, feed: Feed, journey: Callable[[], JourneyDeclaredV1]) -> Reasons:
    """Say what only the next build can handle: journeys that this one fails at, and news that it does not know."""
    residents = list(dict.fromkeys(event.key for event in feed.of(JourneyDeclaredV1)))
    failing = [journey().model_copy(update={"origin_region": UNREADABLE_REGION}) for _ in range(TOO_EARLY)]
    unknown = [_breach(world, one) for one in residents[:TOO_EARLY]]
    expected = {event.id: "failed" for event in await feed.say(*failing)}
    expected |= {event.id: "unknown_version" for event in await feed.say(*unknown)}
    return {feed.positions[event_id]: reason for event_id, reason in expected.items()}


def _journeys(world: World) -> Callable[[], JourneyDeclaredV1]:
    """Return what makes journeys from regions of high risk, each arriving a day after the one before.

    The first arrived so long ago that those whose breaches are published are isolated at once.
    """
    days = count(-FIRST_ARRIVED)

    def make() -> JourneyDeclaredV1:
        arrives = world.clock.now().date() + timedelta(days=next(days))
        return JourneyDeclaredV1(
            journey_id=new_id(),
            resident_id=new_id(),
            household_id=new_id(),
            area_path=f"{AREA}/p01/1/1/101",
            origin_region="hubei/wuhan",
            risk=Risk.HIGH,
            departs_on=arrives - timedelta(days=1),
            arrives_on=arrives,
        )

    return make


def _breach(world: World, resident_id: str) -> AlertRaised:
    gate = {"gate_id": "gate-01", "area_path": f"{AREA}/p01"}
    now = world.clock.now()
    return AlertRaised(
        alert_id=new_id(), subject=resident_id, rule=AlertRule.BREACH, resident_id=resident_id, at=now, **gate
    )


async def _upgrade(world: World, outcome: Outcome) -> None:
    child = world.services["isolation"].child
    assert child is not None, "isolation was not started"
    outcome.expect(await asyncio.to_thread(child.end, GRACE_S), "isolation got SIGTERM, and did not end")
    await world.start("isolation", role="worker")


async def _replay(world: World) -> int:
    """Replay as an operator does; return how many dead letters were sent back."""
    lastmetre = (sys.executable, "-m", "deploy.cli.main")
    command = [*lastmetre, "dead-letters", "replay", "--all", "--kafka", world.kafka.bootstrap]
    chosen = [option for service in READERS for option in ("--service", service)]
    process = await asyncio.create_subprocess_exec(*command, *chosen, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, f"the replay ended with exit code {process.returncode}"
    await world.wait_until_quiet()
    return sum(int(line.split()[1]) for line in output.decode().splitlines())


async def _check_letters(
    world: World, reasons: Reasons, hopeless: Set[Position], replays: int, outcome: Outcome
) -> None:
    """See that each record has its one dead letter, and a hopeless one another after each replay; and nothing else."""
    letters = [letter for service in READERS for letter in await letters_of(world, service)]
    counts = Counter(Position(one.topic, one.partition, one.offset) for one in letters)
    wanted = {position: 1 + (replays if position in hopeless else 0) for position in reasons}
    otherwise = [
        (position, counts[position]) for position in counts | wanted if counts[position] != wanted.get(position, 0)
    ]
    reasons_by_place = {(one.topic, one.partition, one.offset): one.reason for one in letters}
    misnamed = [
        (position, reasons_by_place.get(position))
        for position, reason in reasons.items()
        if reasons_by_place.get(position, reason) != reason
    ]
    emptied = [one for one in letters if not one.record.value]
    outcome.expect(not otherwise, f"after {replays} replays these have other than their dead letters: {otherwise[:3]}")
    outcome.expect(not misnamed, f"these dead letters tell another reason: {misnamed[:3]}")
    outcome.expect(not emptied, f"{len(emptied)} dead letters have lost their value")
    outcome.lost = max(outcome.lost, len(wanted.keys() - counts.keys()))


async def _check_cases(world: World, feed: Feed, outcome: Outcome) -> None:
    """See that each journey planned, opened or prolonged a case, and each breach is on its case, once."""
    effects = {
        JourneyDeclaredV1: {CasePlanned.type, CaseOpened.type, CaseExtended.type},
        AlertRaised: {CaseBreached.type},
    }
    events = feed.of(*effects)
    records = [attributes_of(record.headers) for record in await records_of(world, CASES)]
    once = {about["ce_id"]: (about.get("ce_causationid", ""), about["ce_type"]) for about in records}
    answers = Counter(once.values())
    counts = {event.id: sum(answers[event.id, kind] for kind in effects[type(event)]) for event in events}
    absent, twice = [one for one, n in counts.items() if n == 0], [one for one, n in counts.items() if n > 1]
    outcome.acknowledged += len(events)
    outcome.stored += len(events) - len(absent)
    outcome.lost += len(absent)
    outcome.duplicate_effects += len(twice)
    outcome.expect(not absent, f"{len(absent)} of {len(events)} events had no effect on a case")
    outcome.expect(not twice, f"{len(twice)} events had their effect on a case more than once")
    breaches = [
        one for row in await world.database("isolation")["cases"].find().to_list(None) for one in row["breaches"]
    ]
    outcome.expect(len(breaches) == len(set(breaches)) == TOO_EARLY, f"{len(breaches)} breaches are on cases")


TRIAL = Trial(9, "broken messages among good events", run, quick=False)
