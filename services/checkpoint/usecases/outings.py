"""The exits of households where they are counted (N2): recorded, published for every gate, forgotten.

The gates decide from memory. Two that let out a member of one household at the same moment, and devices that were cut
off, exceed what is allowed: that raises an alert.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.checkpoint.domain import zones
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.presence import went_through
from services.checkpoint.domain.zones import LONGEST_QUOTA, Zoned
from services.checkpoint.store.outings import Kept
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.alerts import Broken
from services.checkpoint.usecases.zoning import at_door
from shared.events.checkpoint import AlertRule, Direction
from shared.events.checkpoint_outings import Outing, OutingsChanged
from shared.store.recurring import Recurring
from shared.store.unit_of_work import retry_conflicts

FORGOTTEN_AT_ONCE = 200


class _Exit(NamedTuple):
    """A passage out of a household whose exits are counted."""

    home: str
    zone: Zoned
    passage: StoredPassage


async def record(deps: Deps, crossings: Iterable[StoredPassage]) -> list[Broken]:
    """Store and publish who went out of which household; a repeat changes nothing. Return what exceeds a quota."""
    exits: defaultdict[str, list[_Exit]] = defaultdict(list)
    for passage in crossings:
        if passage.direction == Direction.OUT and passage.resident_id and went_through(passage):
            home = deps.known.credentials.home(passage.resident_id)
            zone = at_door(deps.known, passage.checkpoint_id, passage.area_path, home, passage.at) if home else None
            if home and zone and zone.counts_exits:
                exits[home].append(_Exit(home, zone, passage))
    return await _store(deps, exits) if exits else []


@retry_conflicts
async def _store(deps: Deps, exits: dict[str, list[_Exit]]) -> list[Broken]:
    broken: list[Broken] = []
    async with deps.unit_of_work() as work:
        known = await deps.store.outings.each(list(exits), work)
        for home, went in exits.items():
            before = known[home].outings if home in known else ()
            outings = zones.add(before, [_outing(one.passage) for one in went], deps.clock.now())
            broken += _exceeding(deps, outings, went)
            if outings and outings != before:
                kept = Kept(home, went[0].passage.area_path, outings[-1].at, outings)
                await deps.store.outings.put(kept, work)
                work.emit(OutingsChanged.of(kept))
    return broken


def _outing(passage: StoredPassage) -> Outing:
    return Outing(
        resident_id=passage.resident_id or "",
        scan_id=passage.scan_id,
        gate_id=passage.gate_id,
        at=passage.at,
        exempt=bool(passage.permit_id or passage.override),
    )


def _exceeding(deps: Deps, outings: Sequence[Outing], went: Iterable[_Exit]) -> list[Broken]:
    """Return the passages before which the exits of the household were used up already."""
    exceeding = []
    for one in went:
        outing = _outing(one.passage)
        leaving = zones.Exit(outing.resident_id, outing.scan_id, outing.at)
        counted = zones.counting(outings, one.zone, leaving, deps.zone)
        if not outing.exempt and len(counted) >= one.zone.persons:
            exceeding.append(Broken(AlertRule.QUOTA, one.passage))
    return exceeding


@retry_conflicts
async def _forget(deps: Deps) -> None:
    """Forget the outings that no quota counts any more; gates read that there are none."""
    async with deps.unit_of_work() as work:
        before: datetime = deps.clock.now() - LONGEST_QUOTA
        for kept in await deps.store.outings.past(before, FORGOTTEN_AT_ONCE, work):
            await deps.store.outings.remove(kept.home_path, work)
            work.emit(OutingsChanged(home_path=kept.home_path, area_path=kept.area_path))


FORGETTING = Recurring[Deps]("outings.forget", timedelta(minutes=5), _forget)
