"""What zones of epidemic control mean at a gate: who may go which way, and the exits of a household (N1, N2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol

import msgspec
from pydantic import BaseModel, ConfigDict

from services.checkpoint.domain.reasons import Reason
from shared.events.checkpoint import CredentialKind, Direction, Policy
from shared.events.checkpoint_outings import Outing
from shared.events.registration_zones import ZoneEntries, ZoneExits, ZoneKind, ZoneRules

STRICTEST_FIRST = tuple(ZoneKind)
# A device that is cut off counts so far back; no quota is for more days.
LONGEST_QUOTA = timedelta(days=14)


class GateZone(BaseModel):
    """A zone that concerns a gate, as devices have it; `is_part`: it holds a part of what the gate guards alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ZoneKind
    since: datetime
    until: datetime | None = None
    is_part: bool = False
    rules: tuple[ZoneRules, ...] = ()


class Dated(Protocol):
    """A zone with its rules by date."""

    @property
    def kind(self) -> ZoneKind:
        """What kind of zone it is."""
        ...

    @property
    def since(self) -> datetime:
        """When it began."""
        ...

    @property
    def until(self) -> datetime | None:
        """When it was lifted; None while it was not."""
        ...

    @property
    def rules(self) -> tuple[ZoneRules, ...]:
        """What holds in it, each from its beginning."""
        ...


class Zoned(msgspec.Struct, frozen=True):
    """What holds for a person at a gate by the strictest zone there.

    `lives`: whether the person lives in the zone, None where that is not known. `used_up`: the household's exits are.
    `in_part`: a part of what the gate guards is stricter, and the device cannot know who lives there.
    """

    exits: ZoneExits = ZoneExits.FREE
    entries: ZoneEntries = ZoneEntries.FREE
    passes: frozenset[str] | None = None
    persons: int = 0
    days: int = 0
    reveals_outings: bool = False
    lives: bool | None = None
    used_up: bool = False
    in_part: bool = False

    @property
    def counts_exits(self) -> bool:
        """Whether a household leaves by quota here."""
        return self.exits == ZoneExits.QUOTA and self.persons > 0


def holds(zone: Dated, at: datetime) -> bool:
    """Whether the zone holds at that time."""
    return zone.since <= at and (zone.until is None or at < zone.until)


def strictness(zone: Dated) -> int:
    """Return by what zones are compared, the strictest first; one of a kind of a later version is the strictest."""
    return STRICTEST_FIRST.index(zone.kind) if zone.kind in STRICTEST_FIRST else -1


def strictest(zones: Iterable[Dated], at: datetime) -> Dated | None:
    """Return the strictest of the zones that hold at that time."""
    return min((one for one in zones if holds(one, at)), key=strictness, default=None)


def zoned(zone: Dated | None, policy: Policy | None, at: datetime) -> Zoned | None:
    """Return what holds by a zone and by the gate's own quota; None where there is neither."""
    own = _by_zone(zone, at) if zone else None
    if own and own.exits == ZoneExits.FREE and own.entries == ZoneEntries.FREE:
        own = None
    if policy is None or not policy.quota_persons or (own and own.exits != ZoneExits.FREE):
        return own
    quota = {"exits": ZoneExits.QUOTA, "persons": policy.quota_persons, "days": policy.quota_days}
    return msgspec.structs.replace(own or Zoned(), **quota, reveals_outings=policy.reveals_outings)


def of_device(gate_zones: Sequence[GateZone], policy: Policy | None, at: datetime) -> Zoned | None:
    """Return what holds at a device that is cut off; of a stricter zone of a part it cannot know who lives there."""
    around = strictest((one for one in gate_zones if not one.is_part), at)
    part = strictest((one for one in gate_zones if one.is_part), at)
    zone = zoned(around, policy, at)
    if part is None or (around is not None and strictness(around) <= strictness(part)):
        return zone
    return msgspec.structs.replace(zone or Zoned(), in_part=True)


def _by_zone(zone: Dated, at: datetime) -> Zoned:
    begun = [one for one in zone.rules if one.since <= at] or list(zone.rules[:1])
    if not begun:
        return Zoned(exits=ZoneExits.NONE, entries=ZoneEntries.CHECKED, passes=frozenset())
    rules = max(begun, key=lambda one: one.since)
    return Zoned(
        rules.exits,
        rules.entries,
        frozenset(rules.passes),
        rules.quota_persons,
        rules.quota_days,
        rules.reveals_outings,
    )


def judge(zone: Zoned, kind: CredentialKind, resident: bool, direction: Direction) -> Reason | None:
    """Return what keeps a person without a permit that counts from going this way. Of a vehicle, those on board decide.

    What a later version knows and this one does not is taken for the strictest.
    """
    if kind is CredentialKind.PLATE:
        return None
    reason = _judge_exit(zone, kind) if direction is Direction.OUT else _judge_entry(zone, resident)
    return reason or (Reason.ZONE_PART if zone.in_part else None)


def asks_for_permit(zone: Zoned, proof_kind: CredentialKind, resident: bool, direction: Direction) -> bool:
    """Whether a permit would make a difference: it lets through, and an exit by it counts against no quota."""
    counts = zone.counts_exits and direction is Direction.OUT
    return counts or judge(zone, proof_kind, resident, direction) is not None


def _judge_exit(zone: Zoned, kind: CredentialKind) -> Reason | None:
    if zone.exits not in (ZoneExits.FREE, ZoneExits.QUOTA):
        return Reason.ZONE_NO_EXIT
    # A visitor goes home.
    if zone.exits == ZoneExits.QUOTA and zone.used_up and kind is not CredentialKind.VISITOR:
        return Reason.HOUSEHOLD_QUOTA
    return None


def _judge_entry(zone: Zoned, resident: bool) -> Reason | None:
    if zone.entries == ZoneEntries.FREE:
        return None
    if not resident or zone.lives is False:
        return Reason.ZONE_NO_ENTRY
    return None if zone.entries == ZoneEntries.RESIDENTS else Reason.ZONE_RETURN


class Exit(NamedTuple):
    """A resident on the way out; another scan within `repeat_within` is of the same crossing."""

    resident_id: str
    scan_id: str
    at: datetime
    repeat_within: timedelta = timedelta()


def counting(outings: Iterable[Outing], zone: Zoned, leaving: Exit, city: tzinfo) -> list[Outing]:
    """Return which outings count against the exits of the household then, by days of the city.

    The same scan, sent again, is no second outing, nor is another one of the same crossing.
    """
    first = leaving.at.astimezone(city).date() - timedelta(days=max(zone.days, 1) - 1)
    return [
        one
        for one in outings
        if not one.exempt
        and one.at <= leaving.at
        and one.at.astimezone(city).date() >= first
        and one.scan_id != leaving.scan_id
        and (one.resident_id != leaving.resident_id or leaving.at - one.at > leaving.repeat_within)
    ]


def add(outings: Sequence[Outing], new: Iterable[Outing], now: datetime) -> tuple[Outing, ...]:
    """Return the outings with new ones, by time, each scan once, without those that no quota counts any more."""
    by_scan = {one.scan_id: one for one in (*new, *outings)}
    kept = (one for one in by_scan.values() if now - one.at <= LONGEST_QUOTA)
    return tuple(sorted(kept, key=lambda one: (one.at, one.scan_id)))
