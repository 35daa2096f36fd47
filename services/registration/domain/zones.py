"""Zones on the place tree: ordered by two people, lifted by a checklist and a chain of approvals (N1). Pure rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.registration.domain.places import LEVELS
from services.registration.domain.zone_policies import ZonePolicy
from shared.base.area import within
from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration import PlaceLevel
from shared.events.registration_zones import ZoneKind, ZoneState

APPROVAL_WITHIN = timedelta(hours=24)
STILL_NOW = timedelta(minutes=5)
MAX_AHEAD = timedelta(days=30)
LONGEST_REVIEW = timedelta(days=60)


class StepKind(StrEnum):
    """What an official did about the lifting of a zone."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Tick:
    """An item of the checklist that is done: by whom, when, and a note."""

    item: str
    by: str
    at: datetime
    note: str = field(metadata=SEALED)


@dataclass(frozen=True)
class Step:
    """One act on the way to the lifting, by an official of a level."""

    kind: StepKind
    level: PlaceLevel
    by: str
    at: datetime
    note: str = field(metadata=SEALED)


@dataclass(frozen=True)
class Zone:
    """Places that are locked down, controlled or watched, from `since` on, before `until` once lifted.

    `households` counts those hit when it was proposed; `quota` takes the place of the policy's, as persons and days.
    `reason` is the proposer's own text, `decision` that of the second person. Nothing of a zone is ever removed.
    """

    zone_id: str
    kind: ZoneKind
    area_path: str
    paths: tuple[str, ...]
    households: int
    since: datetime
    review_on: date
    source: str
    reason: str = field(metadata=SEALED)
    proposed_by: str
    proposed_at: datetime
    state: ZoneState = ZoneState.PROPOSED
    ordered_by: str | None = None
    ordered_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)
    until: datetime | None = None
    quota: tuple[int, int] | None = None
    ticks: tuple[Tick, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be approved."""
        return self.proposed_at + APPROVAL_WITHIN

    @property
    def round(self) -> tuple[Step, ...]:
        """The steps of the lifting that is under way: those since it was asked for, none after a refusal."""
        asked = [n for n, step in enumerate(self.steps) if step.kind is StepKind.ASKED]
        current = self.steps[asked[-1] :] if asked else ()
        return () if any(step.kind is StepKind.REFUSED for step in current) else current


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths in order, without those that lie within another one."""
    unique = sorted(set(paths))
    return tuple(one for one in unique if not any(one != other and within(one, other) for other in unique))


def check(zone: Zone) -> None:
    """Raise `Invalid` for a zone that cannot be meant."""
    if not zone.proposed_at - STILL_NOW <= zone.since <= zone.proposed_at + MAX_AHEAD:
        text = f"A zone begins now or within {MAX_AHEAD.days} days: correct 'since'"
        raise Invalid("registration.zone_since", text, days=MAX_AHEAD.days)
    if not zone.since.date() <= zone.review_on <= (zone.since + LONGEST_REVIEW).date():
        text = f"The review lies within {LONGEST_REVIEW.days} days of the beginning: correct 'review_on'"
        raise Invalid("registration.zone_review", text, days=LONGEST_REVIEW.days)


def same(one: Zone, other: Zone) -> bool:
    """Whether two zones under one id state the same, whatever became of the first since."""
    return _stated(one) == _stated(other)


def _stated(zone: Zone) -> tuple[object, ...]:
    # Without `since`: an order that came later than that begins when it was given.
    return zone.kind, zone.paths, zone.review_on, zone.source, zone.reason, zone.proposed_by, zone.quota


def put_in_force(zone: Zone, now: datetime) -> Zone:
    """Order a zone that takes no second person."""
    return replace(zone, state=_first_state(zone, now), ordered_at=zone.proposed_at)


def approve(zone: Zone, by: str, now: datetime) -> Zone:
    """Order a proposed zone, as the second person. Raises `Conflict` to the proposer, and when it is too late.

    What should have begun by now begins now: no gate acted by it before.
    """
    if same_person(by, zone.proposed_by):
        raise Conflict("registration.own_zone", "The official who proposed a zone does not order it: ask a colleague")
    _require_open(zone, now)
    zone = replace(zone, since=max(zone.since, now), ordered_by=by, ordered_at=now)
    return replace(zone, state=_first_state(zone, now))


def reject(zone: Zone, by: str, decision: str, now: datetime) -> Zone:
    """Refuse a proposed zone, or withdraw one's own."""
    _require_open(zone, now)
    return replace(zone, state=ZoneState.REJECTED, ordered_by=by, ordered_at=now, decision=decision)


def expire(zone: Zone) -> Zone:
    """Let a proposed zone expire that was not decided in time."""
    return replace(zone, state=ZoneState.EXPIRED, ordered_at=zone.expires_at)


def begin(zone: Zone) -> Zone:
    """Return the zone as in force."""
    return replace(zone, state=ZoneState.IN_FORCE)


def _first_state(zone: Zone, now: datetime) -> ZoneState:
    return ZoneState.IN_FORCE if zone.since <= now else ZoneState.ORDERED


def _require_open(zone: Zone, now: datetime) -> None:
    if zone.state != ZoneState.PROPOSED or now >= zone.expires_at:
        state = zone.state if zone.state != ZoneState.PROPOSED else ZoneState.EXPIRED
        raise Conflict("registration.zone_decided", f"The zone is {state} already: propose another one", state=state)


def tick(zone: Zone, item: str, policy: ZonePolicy, by: str, note: str, now: datetime) -> Zone:
    """Tick an item of the checklist, or tick it again with another note; as long as the lifting is not asked for."""
    _require_state(zone, ZoneState.IN_FORCE)
    if item not in policy.checklist:
        text = f"The checklist has no item '{item}': it has {', '.join(policy.checklist)}"
        raise Invalid("registration.zone_item", text, items=", ".join(policy.checklist))
    others = tuple(one for one in zone.ticks if one.item != item)
    return replace(zone, ticks=(*others, Tick(item, by, now, note)))


def missing(zone: Zone, policy: ZonePolicy) -> tuple[str, ...]:
    """Return the items of the checklist that are not ticked."""
    done = {one.item for one in zone.ticks}
    return tuple(item for item in policy.checklist if item not in done)


def levels(policy: ZonePolicy, area_level: PlaceLevel) -> tuple[PlaceLevel, ...]:
    """Return the levels whose officials ask for and approve the lifting, in order.

    Of a zone that is larger than a street no street can ask: the levels that hold it do, the lowest of them twice where
    there is but one, so that it takes two people at any rate.
    """
    holding = tuple(one for one in policy.chain if LEVELS.index(one) <= LEVELS.index(area_level))
    return holding if len(holding) > 1 else (holding or (PlaceLevel.CITY,)) * 2


def ask_lift(zone: Zone, policy: ZonePolicy, chain: Sequence[PlaceLevel], step: Step) -> Zone:
    """Ask for the lifting. Raises `Conflict` before the checklist is done and the policy's days have passed."""
    _require_state(zone, ZoneState.IN_FORCE)
    _require_level(chain[0], step.level)
    soonest = zone.since + timedelta(days=policy.lift_after_days)
    if step.at < soonest:
        text = f"The zone is lifted {policy.lift_after_days} days after its beginning, from {soonest:%Y-%m-%d %H:%M} on"
        raise Conflict("registration.zone_too_soon", text, days=policy.lift_after_days)
    if lacks := missing(zone, policy):
        text = f"The checklist is not done: tick {', '.join(lacks)}"
        raise Conflict("registration.zone_unchecked", text, items=", ".join(lacks))
    return replace(zone, state=ZoneState.LIFT_ASKED, steps=(*zone.steps, step))


def agree(zone: Zone, chain: Sequence[PlaceLevel], step: Step) -> Zone:
    """Approve the lifting at the next level; the last one lifts the zone. One person takes one step of a round."""
    _require_state(zone, ZoneState.LIFT_ASKED)
    done = zone.round
    _require_level(chain[len(done)], step.level)
    if any(same_person(step.by, one.by) for one in done):
        text = "One person takes one step on the way to a lifting: ask a colleague"
        raise Conflict("registration.zone_same_person", text)
    zone = replace(zone, steps=(*zone.steps, step))
    last = len(zone.round) == len(chain)
    return replace(zone, state=ZoneState.LIFTED, until=step.at) if last else zone


def refuse(zone: Zone, chain: Sequence[PlaceLevel], step: Step) -> Zone:
    """Refuse the lifting, for a reason; the zone stays in force, and its checklist is ticked anew."""
    _require_state(zone, ZoneState.LIFT_ASKED)
    _require_level(chain[len(zone.round)], step.level)
    return replace(zone, state=ZoneState.IN_FORCE, steps=(*zone.steps, step), ticks=())


def next_level(zone: Zone, chain: Sequence[PlaceLevel]) -> PlaceLevel | None:
    """Return the level whose official acts next on the lifting; None where none does now."""
    if zone.state == ZoneState.IN_FORCE:
        return chain[0]
    return chain[len(zone.round)] if zone.state == ZoneState.LIFT_ASKED else None


def _require_level(wanted: PlaceLevel, level: PlaceLevel) -> None:
    if level is not wanted:
        text = f"This step is taken by an official of the {wanted}: you are one of a {level}"
        raise Conflict("registration.zone_level", text, level=wanted)


def _require_state(zone: Zone, wanted: ZoneState) -> None:
    if zone.state != wanted:
        text = f"The zone is {zone.state}, not {wanted}: reload it and look at where it stands"
        raise Conflict("registration.zone_state", text, state=zone.state)
