"""A day at two gates that are offline: who came by when and how. It happens to several sets of people alike."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from services.checkpoint.domain.alerts import NEAR
from shared.base.ids import new_id
from shared.events.registration import Colour, StandingChanged
from shared.health_code import CodeSigner, HealthCode, new_code_id
from tests.faults.gates import AREA, Scan

GATES = (1, 2)
OVER_S, LATEST_S = 86_400, 900  # a day long, and none so new that it is judged by what holds now
FEVER_C, WELL_C = 38.2, 36.5
HOUR = timedelta(hours=1)


class Came(NamedTuple):
    """A person at a gate."""

    person: int
    gate: int
    at: datetime
    direction: str
    shows: str  # own, expired, forged, or card
    temperature_c: float
    mask: bool
    override: str | None


@dataclass
class Day:
    """What happened, in order; `standings` says who is no longer green, as what, and since when."""

    people: int
    came: list[Came] = field(default_factory=list)
    standings: dict[int, tuple[Colour, bool, datetime]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: int, visits: int, chance: random.Random) -> "Day":
        """Return a day on which each comes by so many times, now and then at two gates within minutes."""
        now = datetime.now(UTC).replace(microsecond=0)
        day = cls(people)
        for person in range(people):
            if person % 3 == 0:
                colour, isolated = chance.choice([(Colour.RED, True), (Colour.RED, False), (Colour.YELLOW, False)])
                day.standings[person] = (colour, isolated, now - timedelta(seconds=chance.randrange(OVER_S)))
            for _ in range(visits):
                at = now - timedelta(seconds=chance.randrange(LATEST_S, OVER_S), milliseconds=chance.randrange(1000))
                day.came += _visit(person, at, chance)
        day.came.sort(key=lambda came: (came.at, came.person, came.gate))
        return day


def _visit(person: int, at: datetime, chance: random.Random) -> Iterator[Came]:
    gate = chance.choice(GATES)
    shows = chance.choices(("own", "expired", "forged", "card"), (88, 4, 4, 4))[0]
    yield _came(person, gate, at, shows, chance)
    if chance.random() < 0.15:  # the code is at the other gate too: so soon after, just so, or at the same instant
        apart = chance.choice((timedelta(), NEAR - timedelta(milliseconds=1), NEAR, NEAR + timedelta(milliseconds=1)))
        yield _came(person, 3 - gate, at + apart, shows, chance)
    if chance.random() < 0.1:  # refused again and again
        for minutes in (7, 19):
            yield _came(person, gate, at + timedelta(minutes=minutes), shows, chance, FEVER_C)


def _came(person: int, gate: int, at: datetime, shows: str, chance: random.Random, fever: float = WELL_C) -> Came:
    warm = FEVER_C if chance.random() < 0.05 else fever
    override = "medical_emergency" if chance.random() < 0.03 else None
    return Came(person, gate, at, chance.choice(("in", "out")), shows, warm, chance.random() > 0.05, override)


class Side:
    """The day as it happened to people of their own at two gates of their own."""

    def __init__(self, name: str, day: Day, signer: CodeSigner) -> None:
        self.name, self.day = name, day
        self.residents = [new_id() for _ in range(day.people)]
        self.person = {resident: number for number, resident in enumerate(self.residents)}
        self.visit: dict[str, int] = {}  # which one of the day's a scan is, by its id
        self.scans = [self._scan(number, came, signer) for number, came in enumerate(day.came)]

    def gate(self, number: int) -> str:
        """Return a gate's id."""
        return f"{self.name}-{number}"

    def path(self, number: int) -> str:
        """Return where a gate is."""
        return f"{AREA}/{self.name}{number}"

    def standings(self) -> list[StandingChanged]:
        """Return what registration says of them."""
        return [
            StandingChanged(
                resident_id=self.residents[person],
                area_path=self.path(1),
                colour=colour,
                isolated=isolated,
                rule="test",
                evidence=new_id(),
                since=since,
            )
            for person, (colour, isolated, since) in self.day.standings.items()
        ]

    def _scan(self, number: int, came: Came, signer: CodeSigner) -> Scan:
        scan_id = new_id()
        self.visit[scan_id] = number
        more: dict[str, Any] = {"override": came.override} if came.override else {}
        seen = {"direction": came.direction, "temperature_c": came.temperature_c, "mask": came.mask}
        where = {"gate_id": self.gate(came.gate), "seq": number, "at": came.at.isoformat(), "mode": "offline"}
        return {"scan_id": scan_id, **where, **seen, "credential": self._credential(came, signer), **more}

    def _credential(self, came: Came, signer: CodeSigner) -> Mapping[str, str]:
        if came.shows == "card":
            return {"kind": "card", "value": f"card-{came.person}"}
        issued = (came.at - (9 * HOUR if came.shows == "expired" else HOUR)).replace(microsecond=0)
        resident = self.residents[came.person]
        code = signer.sign(HealthCode(resident, Colour.GREEN, issued, issued + 6 * HOUR, new_code_id()))
        return {"kind": "code", "value": code[:-8] + "AAAAAAAA" if came.shows == "forged" else code}

    def plain(self, text: str | None) -> str | None:
        """Return the subject of an alert, or a location, in words that are the same on every side."""
        if text is None:
            return None
        if text in self.person:
            return f"person {self.person[text]}"
        kind, _, identity = text.partition(":")
        return f"visit {self.visit[identity]}" if kind == "scan" else text.replace(self.name, "")


def in_order(scans: Sequence[Scan]) -> Iterator[list[Scan]]:
    """Yield the scans in their order, together as long as they are of one gate."""
    together: list[Scan] = []
    for scan in scans:
        if together and together[-1]["gate_id"] != scan["gate_id"]:
            yield together
            together = []
        together.append(scan)
    if together:
        yield together


def shuffled_and_doubled(scans: Sequence[Scan], chance: random.Random) -> Iterator[list[Scan]]:
    """Yield every scan twice, in any order, in batches of any size."""
    for gate_id in sorted({scan["gate_id"] for scan in scans}):
        mixed = [scan for scan in scans if scan["gate_id"] == gate_id] * 2
        chance.shuffle(mixed)
        while mixed:
            size = chance.randint(1, 60)
            yield mixed[:size]
            del mixed[:size]
