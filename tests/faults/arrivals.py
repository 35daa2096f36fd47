"""Arrivals from a region of high risk, one after the other: what registration accepts must reach every service.

An arrival goes registration's outbox, isolation's consumer and outbox, registration's consumer and outbox, and ends in
the memory of every gate: whatever relays and consumers lose shows there.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx

from deploy.demo.people import Person, id_number, write_roster
from shared.base.ids import new_id
from shared.events.isolation import CASES
from shared.events.registration import STANDINGS
from tests.faults.books import effects_twice, id_of, records_of, repeated
from tests.faults.codes import code_of, code_signer
from tests.faults.gates import AREA
from tests.faults.office import PATIENCE_S
from tests.faults.trial import Outcome
from tests.faults.world import World
from tests.support.imports import report_of
from tests.support.waiting import eventually

ZONE = ZoneInfo("Asia/Shanghai")
LEVELS = ("city", "district", "street", "community", "compound")
COMPOUND = f"{AREA}/home"
REGION = "hubei/wuhan"
_BORN = date(1950, 1, 1)


@dataclass
class Arrivals:
    """Residents who declare that they come home, and which of them registration has taken (201)."""

    world: World
    waiting: list[str]
    declared: dict[str, str] = field(default_factory=dict)  # resident to journey
    statuses: Counter[int] = field(default_factory=Counter)
    hangs: int = 0
    waits_s: list[tuple[float, float]] = field(default_factory=list)  # when asked (monotonic), how long it took
    _until: asyncio.Event = field(default_factory=asyncio.Event)
    _playing: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def of(cls, world: World, people: int) -> Self:
        """Define a compound below the gates' area, register its people at registration, and return them."""
        async with world.http("registration", "city", area="/") as http:
            above = ""
            for level, code in zip(LEVELS, COMPOUND.strip("/").split("/"), strict=True):
                place = {"level": level, "code": code, "name": code, "parent": above or None}
                (await http.post("/v1/places", json=place)).raise_for_status()
                above = f"{above}/{code}"
            today = world.clock.now().astimezone(ZONE).date()
            regions = {"regions": {REGION: "high"}}
            (await http.put(f"/v1/risk-regions/{today - timedelta(days=1)}", json=regions)).raise_for_status()
            roster = world.directory / "roster.xlsx"
            write_roster(roster, [_person(number) for number in range(people)])
            await report_of(http, roster.name, roster.read_bytes())
            page = (await http.get("/v1/residents", params={"within": COMPOUND, "limit": 1000})).json()
        return cls(world, [row["resident_id"] for row in page["items"]])

    def begin(self, rate: float) -> None:
        """Let them declare, `rate` a second, until `end`."""
        self._until.clear()
        self._playing = [asyncio.create_task(self._play(rate, random.Random(self.world.chance.random())))]

    async def end(self, within_s: float = 60.0) -> None:
        """Begin no further declaration; return once all begun ones are accepted."""
        self._until.set()
        async with asyncio.timeout(within_s):
            await asyncio.gather(*self._playing)

    async def _play(self, rate: float, chance: random.Random) -> None:
        async with self.world.http("registration", "community", area=AREA) as http, asyncio.TaskGroup() as group:
            while self.waiting and not self._until.is_set():
                group.create_task(self._declare(http, self.waiting.pop(), new_id()))
                await asyncio.sleep(chance.expovariate(rate))

    async def _declare(self, http: httpx.AsyncClient, resident_id: str, journey_id: str) -> None:
        """Declare until it is taken; the same again is harmless."""
        today = self.world.clock.now().astimezone(ZONE).date()
        journey = {
            "journey_id": journey_id,
            "resident_id": resident_id,
            "origin_region": REGION,
            "departs_on": str(today - timedelta(days=1)),
            "arrives_on": str(today),
        }
        while not await self._post_journey(http, journey):
            await asyncio.sleep(0.5)
        self.declared[resident_id] = journey_id

    async def _post_journey(self, http: httpx.AsyncClient, journey: Mapping[str, str]) -> bool:
        began = time.monotonic()
        try:
            answer = await http.post("/v1/journeys", json=journey, timeout=PATIENCE_S)
        except httpx.TimeoutException:
            self.hangs += 1
            return False
        except httpx.TransportError:
            return False
        finally:
            self.waits_s.append((began, time.monotonic() - began))
        self.statuses[answer.status_code] += 1
        assert answer.status_code in (201, 503), answer.text
        return answer.status_code == 201

    async def check(self, api: str, outcome: Outcome) -> None:
        """Compare what was taken with what isolation, registration and the gate process `api` know of it."""
        cases = Counter(row["resident_id"] for row in await self.world.database("isolation")["cases"].find().to_list())
        absent = self.declared.keys() - cases.keys()
        published = [record for topic in (CASES, STANDINGS) for record in await records_of(self.world, topic)]
        twice = repeated(cases.elements()) + effects_twice(published)
        outcome.acknowledged += len(self.declared)
        outcome.stored += len(cases)
        outcome.lost += len(absent)
        outcome.duplicate_effects += twice
        outcome.duplicate_deliveries += repeated(id_of(record) for record in published)
        outcome.details |= {"arrivals": len(self.declared), "answers to arrivals": dict(self.statuses)}
        outcome.expect(not absent, f"{len(absent)} arrivals were taken and have no case")
        outcome.expect(twice == 0, f"{twice} effects of arrivals came about twice")
        outcome.expect(bool(self.declared), "no resident arrived")
        try:
            await eventually(lambda: self._known_at(api), 30, 0.5)
        except AssertionError as error:
            outcome.wrong.append(str(error))

    async def _known_at(self, api: str) -> bool:
        """Whether the gate process stops all who arrived. Raises `AssertionError` with the number that it admits."""
        signer, gate_id = code_signer(self.world), "gate-of-arrivals"
        async with self.world.http(api, "city", area="/") as http:
            body = {"gate_id": gate_id, "name": gate_id, "area_path": COMPOUND}
            (await http.put("/v1/gates", json=body)).raise_for_status()
            scans = [self._exit(gate_id, code_of(signer, resident)) for resident in self.declared]
            answer = await http.post("/v1/scans/batch", content=json.dumps(scans))
        answers: list[dict[str, Any]] = answer.json()
        passing = [one for one in answers if "isolated_no_exit" not in one.get("reasons", ())]
        assert not passing, f"{len(passing)} who arrived are not isolated at a gate, the first {passing[:1]}"
        return True

    def _exit(self, gate_id: str, code: str) -> dict[str, Any]:
        return {
            "scan_id": new_id(),
            "gate_id": gate_id,
            "seq": 1,
            "at": self.world.clock.now().isoformat(),
            "direction": "out",
            "credential": {"kind": "code", "value": code},
        }

    def longest_wait_s(self, since: float = 0.0) -> float:
        """Return the longest wait for an answer, of the requests since then."""
        return max((wait for at, wait in self.waits_s if at >= since), default=0.0)


def _person(number: int) -> Person:
    number_of_theirs = id_number(_BORN + timedelta(days=number), number)
    return Person(COMPOUND, "1号楼", "1单元", f"{number + 101}", f"王{number}", number_of_theirs, "")
