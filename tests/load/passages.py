"""Four weeks of a district's passages: 50 gates, 60,000 residents, two rush hours a day; the same every time.

A resident goes to work and comes back on some days: out at home, in at work, out at work, in at home.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from shared.store.mongo import Document

AREA = "/jinhe/hedong"
RESIDENTS, DAYS = 60_000, 28
HOMES, WORKPLACES = 40, 10
PASSAGES = 2_000_000
STEPS = ("home", "work", "work", "home")
MORNING_H, EVENING_H, SPREAD_H = 8.0, 18.0, 0.75
ON_THE_WAY = timedelta(minutes=25)
ONE_IN_DENIED, ONE_IN_STRANGER = 100, 50


class Place(NamedTuple):
    """A gate and where it stands."""

    gate_id: str
    path: str


HOME_GATES = [Place(f"gate-p{n:02}", f"{AREA}/chunhua/c{n % 8:02}/a1/g01/p{n:02}") for n in range(HOMES)]
WORK_GATES = [Place(f"gate-w{n:02}", f"{AREA}/chunhua/c{n % 8:02}/a2/g02/w{n:02}") for n in range(WORKPLACES)]


def resident(n: int) -> str:
    """Return the id of a resident by number."""
    return str(UUID(int=(0x018F << 112) | (7 << 76) | (2 << 62) | n))


def passages(until: datetime, count: int = PASSAGES) -> Iterator[Document]:
    """Yield passages as they are stored, day by day, up to `until`; each day's in the order of their times."""
    chance = random.Random(20)
    number = 0
    for day in range(DAYS):
        midnight = until - timedelta(days=DAYS - day)
        leaving = chance.sample(range(RESIDENTS), count // DAYS // len(STEPS))
        steps = [step for who in leaving for step in _trip(chance, midnight, who)]
        for at, step, who in sorted(steps):
            number += 1
            yield _row(chance, number, at, step, who)


def _trip(chance: random.Random, midnight: datetime, who: int) -> Iterator[tuple[datetime, int, int]]:
    leaves = midnight + timedelta(hours=chance.gauss(MORNING_H, SPREAD_H))
    returns = midnight + timedelta(hours=chance.gauss(EVENING_H, SPREAD_H))
    for step, at in enumerate((leaves, leaves + ON_THE_WAY, returns, returns + ON_THE_WAY)):
        yield at, step, who


def _row(chance: random.Random, number: int, at: datetime, step: int, who: int) -> Document:
    gate = HOME_GATES[who % HOMES] if STEPS[step] == "home" else WORK_GATES[who % 7 * 3 % WORKPLACES]
    stranger, denied = chance.randrange(ONE_IN_STRANGER) == 0, chance.randrange(ONE_IN_DENIED) == 0
    identity = str(UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number))
    return {
        "_id": identity,
        "subject": identity if stranger else resident(who),
        "gate_id": gate.gate_id,
        "area_path": gate.path,
        "device_id": f"device-{gate.gate_id}",
        "seq": number,
        "at": at,
        "received_at": at,
        "direction": "in" if step % 2 else "out",
        "credential_kind": "visitor" if stranger else "card",
        "resident_id": None if stranger else resident(who),
        "verdict": "deny" if denied else "allow",
        "reasons": ["fever"] if denied else [],
        "temperature_c": 38.1 if denied else 36.5,
        "mask": True,
        "mode": "live",
        "standing_as_of": at,
        "checkpoint_id": None,
        "clock_offset_s": None,
        "vehicle_scan_id": None,
        "permit_id": None,
        "override": None,
    }
