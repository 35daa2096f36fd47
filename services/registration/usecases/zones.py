"""Zones: proposed, ordered, begun, and lifted by a checklist and a chain of approvals (N1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.registration.domain import zone_policies, zones
from services.registration.domain.zone_policies import ZonePolicy
from services.registration.domain.zones import Step, StepKind, Zone
from services.registration.usecases import Deps
from shared.base import area
from shared.base.area import within
from shared.base.errors import Conflict, Forbidden, Invalid, NotFound
from shared.base.normal_form import word
from shared.base.persons import same_person
from shared.events.registration import PlaceLevel
from shared.events.registration_zones import (
    ZoneBegan,
    ZoneChanged,
    ZoneEvent,
    ZoneKind,
    ZoneLifted,
    ZoneOrdered,
    ZoneRules,
    ZoneState,
)
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import TEXT as OWN_TEXT

EXPIRES, BEGINS = "zone.expires", "zone.begins"
_CITY = "/"


async def count_households(deps: Deps, caller: Principal, paths: Sequence[str]) -> int:
    """Return how many households are registered within the paths. Raises `NotFound` for one outside the area."""
    for path in paths:
        caller.require_area(path, f"the place {path}")
    return sum([(await deps.store.residents.counts(path)).households for path in zones.outermost(paths)])


@retry_conflicts
async def propose(deps: Deps, caller: Principal, stated: Zone) -> Zone:
    """Propose a zone; one that hits few households by its policy holds at once. A repeat gives the same answer."""
    zone = replace(stated, proposed_by=caller.subject, proposed_at=_now(deps))
    households = await count_households(deps, caller, zone.paths)
    async with deps.unit_of_work() as work:
        if known := await deps.store.zones.get(zone.zone_id, work):
            if not zones.same(known, zone):
                raise Conflict("registration.zone_taken", "That zone_id stands for another zone: make a new one")
            return known
        await _require_places(deps, zone, work)
        zone = replace(zone, area_path=area.common(zone.paths), households=households)
        zones.check(zone)
        if households >= policy_of(deps, zone).two_from:
            await deps.store.zones.put(zone, "proposed", work)
            await deps.deadlines.schedule(work, EXPIRES, zone.zone_id, zone.expires_at)
            return zone
        zone = zones.put_in_force(zone, _now(deps))
        await _order(deps, zone, work)
    return zone


async def _require_places(deps: Deps, zone: Zone, work: UnitOfWork) -> None:
    for path in zone.paths:
        if await deps.store.places.at(path, work) is None:
            raise NotFound("registration.no_such_place", f"There is no place {path}: look at its code")


async def _order(deps: Deps, zone: Zone, work: UnitOfWork) -> None:
    await deps.store.zones.put(zone, "ordered", work)
    if zone.state == ZoneState.ORDERED:
        await deps.deadlines.schedule(work, BEGINS, zone.zone_id, zone.since)
    _emit(deps, ZoneOrdered if zone.state == ZoneState.ORDERED else ZoneBegan, zone, work)


@retry_conflicts
async def approve(deps: Deps, caller: Principal, zone_id: str) -> Zone:
    """Order a proposed zone, as the second person; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        zone = await visible(deps, caller, zone_id, work)
        if same_person(zone.ordered_by, caller.subject) and zone.state in (ZoneState.ORDERED, ZoneState.IN_FORCE):
            return zone
        zone = zones.approve(zone, caller.subject, _now(deps))
        await deps.deadlines.cancel(work, zone_id, EXPIRES)
        await _order(deps, zone, work)
    return zone


@retry_conflicts
async def reject(deps: Deps, caller: Principal, zone_id: str, decision: str) -> Zone:
    """Refuse a proposed zone, or withdraw one's own; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        zone = await visible(deps, caller, zone_id, work)
        if zone.state == ZoneState.REJECTED and same_person(zone.ordered_by, caller.subject):
            return zone
        zone = zones.reject(zone, caller.subject, decision, _now(deps))
        await deps.deadlines.cancel(work, zone_id, EXPIRES)
        await deps.store.zones.put(zone, "rejected", work)
    return zone


@retry_conflicts
async def expire(deps: Deps, deadline: Deadline) -> None:
    """Let a zone expire that was not decided in time."""
    async with deps.unit_of_work(deadline) as work:
        zone = await deps.store.zones.get(deadline.subject, work)
        if zone and zone.state == ZoneState.PROPOSED:
            await deps.store.zones.put(zones.expire(zone), "expired", work)


@retry_conflicts
async def begin(deps: Deps, deadline: Deadline) -> None:
    """Publish that an ordered zone is in force; gates have acted by its time already."""
    async with deps.unit_of_work(deadline) as work:
        zone = await deps.store.zones.get(deadline.subject, work)
        if zone and zone.state == ZoneState.ORDERED:
            zone = zones.begin(zone)
            await deps.store.zones.put(zone, "begun", work)
            _emit(deps, ZoneBegan, zone, work)


@retry_conflicts
async def tick(deps: Deps, caller: Principal, zone_id: str, item: str, note: str) -> Zone:
    """Tick an item of the checklist; the same again changes nothing."""
    async with deps.unit_of_work() as work:
        zone = await visible(deps, caller, zone_id, work)
        if any((one.item, one.by, one.note) == (item, caller.subject, note) for one in zone.ticks):
            return zone
        zone = zones.tick(zone, item, policy_of(deps, zone), caller.subject, note, _now(deps))
        await deps.store.zones.put(zone, f"ticked.{item}", work)
    return zone


@retry_conflicts
async def take_step(deps: Deps, caller: Principal, zone_id: str, kind: StepKind, note: str) -> Zone:
    """Ask for the lifting, approve it at the caller's level, or refuse it; the last approval lifts the zone.

    The step that the caller took last, taken again, changes nothing. Raises `Conflict` to a caller who lives there.
    """
    async with deps.unit_of_work() as work:
        zone = await visible(deps, caller, zone_id, work)
        last = zone.steps[-1] if zone.steps else None
        if last and (last.kind, last.note) == (kind, note) and same_person(last.by, caller.subject):
            return zone
        await _require_stranger(deps, caller, zone)
        step = Step(kind, await _level(deps, caller, work), caller.subject, _now(deps), note)
        chain, policy = await chain_of(deps, zone, work), policy_of(deps, zone)
        if kind is StepKind.ASKED:
            zone = zones.ask_lift(zone, policy, chain, step)
        else:
            zone = (zones.agree if kind is StepKind.AGREED else zones.refuse)(zone, chain, step)
        await deps.store.zones.put(zone, f"lift.{kind.value}.{step.level.value}", work)
        _emit(deps, ZoneLifted if zone.state == ZoneState.LIFTED else ZoneChanged, zone, work)
    return zone


async def _level(deps: Deps, caller: Principal, work: UnitOfWork) -> PlaceLevel:
    """Return the level of the caller's own area. Raises `Forbidden` where that is no place of the tree."""
    if caller.area == _CITY:
        return PlaceLevel.CITY
    place = await deps.store.places.at(caller.area, work)
    if place is None:
        raise Forbidden("registration.zone_no_level", f"Your area {caller.area} is no place of the tree: define it")
    return place.level


async def _require_stranger(deps: Deps, caller: Principal, zone: Zone) -> None:
    ids = {one for one in (caller.subject, caller.resident_id) if one}
    homes = [one.area_path for one in await deps.store.residents.own(ids, word(caller.subject))]
    if any(within(home, path) for home in homes for path in zone.paths):
        raise Conflict("access.own_decision", OWN_TEXT)


async def chain_of(deps: Deps, zone: Zone, work: UnitOfWork | None = None) -> tuple[PlaceLevel, ...]:
    """Return the levels whose officials ask for and approve the lifting of the zone, in order."""
    place = await deps.store.places.at(zone.area_path, work)
    return zones.levels(policy_of(deps, zone), place.level if place else PlaceLevel.CITY)


async def visible(deps: Deps, caller: Principal, zone_id: str, work: UnitOfWork | None = None) -> Zone:
    """Return a zone that lies in the caller's area. Raises `NotFound` for others."""
    zone = await deps.store.zones.get(zone_id, work)
    if zone is None or not caller.sees(zone.area_path):
        raise NotFound("registration.no_such_zone", "The zone was not found in your area")
    return zone


def check_quota(kind: ZoneKind, quota: tuple[int, int] | None) -> None:
    """Raise `Invalid` for a quota where residents do not leave by one."""
    if quota and kind == ZoneKind.LOCKDOWN:
        raise Invalid("registration.zone_quota", "No resident leaves a lockdown area: leave the quota out")


def policy_of(deps: Deps, zone: Zone) -> ZonePolicy:
    """Return what holds in the zone now, or when it begins."""
    at = max(deps.clock.now(), zone.since)
    return zone_policies.policy_at(zone.kind, at.astimezone(deps.zone).date())


def soonest_lift(deps: Deps, zone: Zone) -> datetime:
    """Return when the lifting can be asked for at the soonest."""
    return zone.since + timedelta(days=policy_of(deps, zone).lift_after_days)


def rules_of(deps: Deps, zone: Zone) -> tuple[ZoneRules, ...]:
    """Return the rules that hold in the zone, each from its beginning."""
    day = zone.since.astimezone(deps.zone).date()
    return zone_policies.rules_from(zone.kind, day, deps.zone, zone.quota)


def _emit(deps: Deps, kind: type[ZoneEvent], zone: Zone, work: UnitOfWork) -> None:
    work.emit(kind.of(zone, rules=rules_of(deps, zone)))


def _now(deps: Deps) -> datetime:
    return deps.clock.now().replace(microsecond=0)
