"""Devices replay a day that they were offline, shuffled and doubled, through two pods: as if it had come in order."""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx

from services.checkpoint.store.presence import Presence
from shared.envelope.event import decode
from shared.events.checkpoint import ALERTS, PASSAGES, AlertRaised, AlertRule
from tests.faults.books import id_of, records_of, repeated
from tests.faults.codes import code_signer
from tests.faults.day import GATES, Day, Scan, Side, in_order, shuffled_and_doubled
from tests.faults.gates import AREA
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

ZONE = ZoneInfo("Asia/Shanghai")
PROCESSES = ("gate-a", "gate-b")
AT_ONCE = 4
NDJSON = {"content-type": "application/x-ndjson"}
LIKELY = {
    AlertRule.FEVER,
    AlertRule.BREACH,
    AlertRule.COLOUR,
    AlertRule.FORGED,
    AlertRule.EXPIRED,
    AlertRule.COPIED,
    AlertRule.REPEATED,
}


async def run(world: World, outcome: Outcome) -> None:
    """One day for two sets of people: one side's devices send in order, the other's send anyhow."""
    people, visits = (40, 8) if world.quick else (120, 25)
    day, signer = Day.of(people, visits, world.chance), code_signer(world)
    straight, mixed = Side("ref", day, signer), Side("mix", day, signer)
    await world.start("registration")
    await world.say(*straight.standings(), *mixed.standings())
    workers = ("recorder-a", "recorder-b")
    await asyncio.gather(
        *(world.start("checkpoint", name, role="worker") for name in workers),
        *(world.start("checkpoint", name, role="api") for name in PROCESSES),
    )
    sender = _Sender(world)
    await sender.send(straight, in_order(straight.scans), 1)
    await sender.send(mixed, shuffled_and_doubled(mixed.scans, world.chance), AT_ONCE)
    await world.wait_until_quiet()
    await _compare(world, straight, mixed, outcome)
    acknowledged = set(sender.durable)
    outcome.acknowledged = len(acknowledged)
    rows = await world.database("checkpoint")["passages"].find({}, {"_id": 1}).to_list(None)
    stored = {row["_id"] for row in rows}
    outcome.stored, outcome.lost = len(stored), len(acknowledged - stored)
    outcome.details |= {"visits": len(day.came), "sent": sender.sent, "by process": dict(sender.by_process)}
    outcome.expect(acknowledged == stored, f"{len(acknowledged)} scans are durable, and {len(stored)} are stored")
    outcome.expect(all(sender.by_process[name] for name in PROCESSES), "one process did it all")


class _Sender:
    """Sends what devices hold until all of it is durable."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sent = 0
        self.durable: set[str] = set()
        self.by_process: Counter[str] = Counter()

    async def send(self, side: Side, batches: Iterable[Sequence[Scan]], at_once: int) -> None:
        """Send the batches in order, so many at a time, each to any process."""
        left = iter(list(batches))
        await asyncio.gather(
            *(self._work(side, left, random.Random(self._world.chance.random())) for _ in range(at_once))
        )

    async def _work(self, side: Side, left: Iterable[Sequence[Scan]], chance: random.Random) -> None:
        clients = {}
        for number, process in ((number, process) for number in GATES for process in PROCESSES):
            gate = side.gate(number)
            about = {"area": side.path(number), "gate": gate, "subject": f"device-{gate}"}
            clients[gate, process] = self._world.http(process, "device", **about)
        for batch in left:
            process = chance.choice(PROCESSES)
            self.by_process[process] += 1
            await self._post(clients[batch[0]["gate_id"], process], batch)
        await asyncio.gather(*(client.aclose() for client in clients.values()))

    async def _post(self, client: httpx.AsyncClient, batch: Sequence[Scan]) -> None:
        self.sent += len(batch)
        while batch:
            content = "\n".join(map(json.dumps, batch))
            answer = await client.post("/v1/scans/batch", content=content, headers=NDJSON)
            answer.raise_for_status()
            answers: list[dict[str, Any]] = answer.json()
            assert not any("error" in one for one in answers), answers
            self.durable |= {one["scan_id"] for one in answers if one["durable"]}
            batch = [scan for scan, one in zip(batch, answers, strict=True) if not one["durable"]]


async def _compare(world: World, straight: Side, mixed: Side, outcome: Outcome) -> None:
    """Compare all that came of one side with all that came of the other."""
    books = [await _books(world, side) for side in (straight, mixed)]
    for what, wanted in books[0].items():
        actual = books[1][what]
        missing, more = wanted - actual, actual - wanted
        sentence = (
            f"{what}: {missing.total()} are missing, {more.total()} are too many: {list(missing)[:2]} {list(more)[:2]}"
        )
        outcome.expect(wanted == actual, sentence)
        outcome.details[what] = wanted.total()
        outcome.duplicate_effects += more.total()
    raised = {rule for rule, *_ in books[0]["alerts"]}
    outcome.expect(raised >= LIKELY, f"no visit caused an alert by {', '.join(sorted(LIKELY - raised))}")
    events: defaultdict[str, set[str]] = defaultdict(set)
    records = await records_of(world, ALERTS)
    for record in records:
        event = decode(record.headers, record.value)
        if isinstance(event, AlertRaised):
            events[event.alert_id].add(event.id)
    twice = sum(len(ids) - 1 for ids in events.values())
    outcome.duplicate_effects += twice
    outcome.duplicate_deliveries += repeated(map(id_of, records + await records_of(world, PASSAGES)))
    outcome.expect(not twice, f"{twice} alerts were raised twice")
    alerts = books[0]["alerts"].total() + books[1]["alerts"].total()
    outcome.expect(len(events) == alerts, f"{alerts} alerts are stored, {len(events)} were published")


async def _books(world: World, side: Side) -> dict[str, Counter[Any]]:
    """Return everything that came of a side's day, called as it is called on every side."""
    checkpoint = world.database("checkpoint")
    here = {"gate_id": {"$in": [side.gate(number) for number in GATES]}}
    rows = await checkpoint["passages"].find(here).to_list(None)
    alerts = await checkpoint["alerts"].find(here).to_list(None)
    overrides = await checkpoint["overrides"].find(here).to_list(None)
    buckets = await Presence(checkpoint).of(side.residents)
    books: dict[str, Counter[Any]] = {
        "passages": Counter(_passage(side, row) for row in rows),
        # Which of several passages an alert names depends on which came first; whom it is about and when does not.
        "alerts": Counter((a["rule"], side.plain(a["subject"]), a["at"].astimezone(ZONE).date()) for a in alerts),
        "overrides": Counter((side.visit[row["scan_id"]], row["at"], row["reason"]) for row in overrides),
        "whereabouts": Counter(),
        "inside": Counter(),
        "flow": Counter(),
    }
    for resident in side.residents:
        if seen := buckets[resident].residents.get(resident):
            named = (side.plain(seen.inside), side.plain(seen.gate_id))
            books["whereabouts"][side.plain(resident), *named, seen.moved_at, seen.shown_at, seen.denied_at] += 1
    async with world.http("gate-a", "city", area="/") as http:
        for number in GATES:
            inside = (await http.get("/v1/presence", params={"within": side.path(number)})).json()["inside"]
            books["inside"][number, inside] += 1
            books["flow"] += await _flow(http, side.gate(number), number, side.day)
    return books


async def _flow(http: httpx.AsyncClient, gate_id: str, number: int, day: Day) -> Counter[Any]:
    since = day.came[0].at
    counts: Counter[Any] = Counter()
    for begin in (since, since + timedelta(days=1)):
        window = {"gate_id": gate_id, "since": begin.isoformat(), "until": (begin + timedelta(days=1)).isoformat()}
        answer = await http.get("/v1/flow", params=window)
        answer.raise_for_status()
        for minute in cast("list[dict[str, Any]]", answer.json()["items"]):
            del minute["gate_id"]
            counts[number, json.dumps(minute, sort_keys=True)] += 1
    return counts


def _passage(side: Side, row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("seq", "at", "direction", "credential_kind", "verdict", "temperature_c", "mask", "mode", "override")
    person = row["resident_id"] and side.plain(row["resident_id"])
    about = side.visit[row["_id"]], side.plain(row["gate_id"]), side.plain(row["area_path"].removeprefix(AREA)), person
    other_verdicts = tuple(sorted(row.get("also_told", ())))
    return (*about, tuple(row["reasons"]), other_verdicts, *(row.get(name) for name in names))


TRIAL = Trial(10, "devices replay an offline day, shuffled and doubled", run, brokers=1)
