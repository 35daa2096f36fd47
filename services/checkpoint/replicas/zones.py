"""Zones of epidemic control, by the places that they hold and by the places around these."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from services.checkpoint.domain.zones import Dated, GateZone, holds, strictest
from shared.base.area import ancestors, within
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.registration_zones import ZONES, ZoneEvent
from shared.replicas.moves import Moves
from shared.replicas.replica import Replica

JUDGED_BACK = timedelta(days=30)  # a scan that was kept offline is judged by what held when it was made


class Part(NamedTuple):
    """A zone that holds a path below a gate's."""

    path: str
    zone: ZoneEvent


class Zones:
    """The zones that hold, will hold, or held lately."""

    def __init__(self, clock: Clock, moves: Moves | None = None) -> None:
        self._moves = moves or Moves(clock)
        self._clock = clock
        self._newest: dict[str, ZoneEvent] = {}
        self._at: dict[str, tuple[ZoneEvent, ...]] = {}
        self._below: dict[str, tuple[Part, ...]] = {}
        self.replica = Replica(ZONES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, ZoneEvent):
            return
        known = self._newest.get(event.zone_id)
        if known is not None and known.id >= event.id:
            return
        self._newest[event.zone_id] = event
        self._arrange()

    def _arrange(self) -> None:
        """Arrange the zones by path; a city has few, and orders them seldom."""
        oldest = self._clock.now() - JUDGED_BACK
        at: defaultdict[str, list[ZoneEvent]] = defaultdict(list)
        below: defaultdict[str, list[Part]] = defaultdict(list)
        for zone in self._newest.values():
            if zone.until is not None and zone.until < oldest:
                continue
            for path in zone.paths:
                at[path].append(zone)
                for above in ("/", *ancestors(path)[1:]):
                    below[above].append(Part(path, zone))
        self._at = {path: tuple(zones) for path, zones in at.items()}
        self._below = {path: tuple(parts) for path, parts in below.items()}

    def around(self, path: str, at: datetime) -> Dated | None:
        """Return the strictest zone that holds the path at that time."""
        return strictest(self._around(path), at) if self._at else None

    def _around(self, path: str) -> Iterator[ZoneEvent]:
        for above in dict.fromkeys((*ancestors(path), *ancestors(self._moves.before(path)))):
            yield from self._at.get(above, ())

    def parts(self, path: str, at: datetime) -> tuple[Part, ...]:
        """Return the zones that hold a path below this one at that time."""
        below = self._parts(path)
        return tuple(part for part in below if holds(part.zone, at)) if below else ()

    def _parts(self, path: str) -> tuple[Part, ...]:
        """Return the zones that hold a path below this one; while places move, those of the old path too."""
        before = self._moves.before(path)
        old = () if before == path else self._below.get(before, ())
        moved = tuple(Part(self._moves.now(part.path), part.zone) for part in old)
        return (*self._below.get(path, ()), *moved) if moved else self._below.get(path, ())

    def of_gate(self, path: str) -> list[GateZone]:
        """Return the zones that concern a gate at the path, as its devices need them."""
        parts = {part.zone.zone_id: part.zone for part in self._parts(path)}
        around = {zone.zone_id: zone for zone in self._around(path)}
        return [
            *(_for_device(zone, is_part=False) for zone in around.values()),
            *(_for_device(zone, is_part=True) for key, zone in parts.items() if key not in around),
        ]


def _for_device(zone: ZoneEvent, is_part: bool) -> GateZone:
    return GateZone(kind=zone.kind, since=zone.since, until=zone.until, is_part=is_part, rules=zone.rules)


def lives_in(home: str, parts: tuple[Part, ...]) -> Iterator[ZoneEvent]:
    """Yield the zones among the parts in which the home lies."""
    return (part.zone for part in parts if within(home, part.path))
