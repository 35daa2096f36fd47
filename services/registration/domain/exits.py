"""Exit permissions (外出许可): asked for, approved by another person, refused, revoked, expired (R1.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.registration.domain.exit_policies import ExitNeed, ExitPolicy
from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration import Colour
from shared.events.registration_exits import ExitReach, ExitState
from shared.events.registration_zones import PassClass

STILL_NOW = timedelta(minutes=5)  # a form that was filled in for so long still means now
OPEN = frozenset({ExitState.REQUESTED, ExitState.APPROVED})
MOST_TRAVELLERS, MOST_GATES = 10, 20
# Why the system itself revoked a permission: a traveller is green no more, which says nothing of the cause.
COLOUR_CHANGED = "colour_changed"


class ExitReason(StrEnum):
    """What a person leaves for."""

    MEDICAL = "medical"
    WORK = "work"
    STUDY = "study"
    SUPPLIES = "supplies"
    FAMILY = "family"
    OTHER = "other"


# A class holds several reasons: who leaves for a doctor is not known by it.
_CLASSES = {
    ExitReason.MEDICAL: PassClass.ESSENTIAL,
    ExitReason.WORK: PassClass.ESSENTIAL,
    ExitReason.STUDY: PassClass.NEEDED,
    ExitReason.SUPPLIES: PassClass.NEEDED,
}


@dataclass(frozen=True)
class Traveller:
    """A person who leaves, and when the test was taken whose negative result was seen."""

    resident_id: str
    tested_at: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """What is asked for; the first of the `travellers` is the person, the others are of the household."""

    exit_id: str
    reach: ExitReach
    travellers: tuple[Traveller, ...]
    reason: ExitReason
    since: datetime
    until: datetime
    destination: str = field(default="", metadata=SEALED)
    note: str = field(default="", metadata=SEALED)
    plate: str = field(default="", metadata=SEALED)
    exits: int = 0
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExitPermission(Asked):
    """A permission to leave; `decided_by` approved or refused it, `ended_by` revoked or took it back."""

    resident_id: str
    people: tuple[str, ...]
    household_id: str
    area_path: str
    plate_hash: str | None
    asked_by: str
    asked_at: datetime
    policy_since: str
    policy_source: str
    state: ExitState = ExitState.REQUESTED
    decided_by: str | None = None
    decided_at: datetime | None = None
    refusal: str = field(default="", metadata=SEALED)
    ended_by: str | None = None
    ended_at: datetime | None = None
    ended_for: str = field(default="", metadata=SEALED)

    @property
    def asked(self) -> Asked:
        """What was asked for."""
        return Asked(*(getattr(self, one.name) for one in fields(Asked)))

    @property
    def serves(self) -> PassClass:
        """How needful it is, without giving the reason away."""
        return _CLASSES.get(self.reason, PassClass.OTHER)


class Health(NamedTuple):
    """What a permission depends on of a traveller."""

    colour: Colour
    isolated: bool


class Unmet(NamedTuple):
    """What a traveller lacks for the approval."""

    resident_id: str
    need: ExitNeed


def check(asked: Asked, policy: ExitPolicy, now: datetime) -> None:
    """Raise `Invalid` where the days or the number of exits go beyond the policy."""
    ahead, longest = timedelta(days=policy.ahead_days), timedelta(days=policy.longest_days)
    if not now - STILL_NOW <= asked.since <= now + ahead:
        text = f"'since' lies in the past or more than {policy.ahead_days} days ahead: correct it"
        raise Invalid("registration.exit_begin", text, days=policy.ahead_days)
    if asked.until <= max(asked.since, now):
        raise Invalid("registration.exit_over", "'until' has passed, or lies before the beginning: correct it")
    if asked.until > asked.since + longest:
        text = f"A permission to leave lasts {policy.longest_days} days at most: choose an earlier 'until'"
        raise Invalid("registration.exit_too_long", text, days=policy.longest_days)
    if policy.most_exits and not 0 < asked.exits <= policy.most_exits:
        text = f"State from 1 to {policy.most_exits} exits"
        raise Invalid("registration.exit_count", text, most=policy.most_exits)


def unmet(asked: Asked, policy: ExitPolicy, health: Mapping[str, Health], now: datetime) -> list[Unmet]:
    """Return what each traveller lacks; a person of whom nothing is known is green."""
    departs, old = max(asked.since, now), timedelta(hours=policy.test_hours)
    lacking = []
    for one in asked.travellers:
        known = health.get(one.resident_id, Health(Colour.GREEN, False))
        lacks = {
            ExitNeed.GREEN_CODE: known.colour is not Colour.GREEN,
            ExitNeed.NO_ISOLATION: known.isolated,
            ExitNeed.RECENT_TEST: one.tested_at is None or one.tested_at > now or departs - one.tested_at > old,
        }
        lacking += [Unmet(one.resident_id, need) for need in policy.needs if lacks[need]]
    return lacking


def approve(one: ExitPermission, by: str, lacking: Sequence[Unmet], now: datetime) -> ExitPermission:
    """Approve it. Raises `Conflict` where it was decided, is over, lacks something, or the same person asked for it."""
    _require_requested(one)
    if now >= one.until:
        raise Conflict("registration.exit_past", "The days of this request have passed: ask for a new one")
    if same_person(by, one.asked_by):
        raise Conflict("registration.own_exit", "Who asked for a permission does not approve it: ask a colleague")
    return grant(one, by, lacking, now)


def grant(one: ExitPermission, by: str, lacking: Sequence[Unmet], now: datetime) -> ExitPermission:
    """Approve it by who asked for it, where the policy takes one person. Raises `Conflict` where it lacks something."""
    if lacking:
        needs = ", ".join(dict.fromkeys(need.value for _, need in lacking))
        text = f"The request lacks {needs} by the policy in force: it is approved once that is there, or refused"
        raise Conflict("registration.exit_unmet", text, needs=needs)
    return replace(one, state=ExitState.APPROVED, decided_by=by, decided_at=now)


def refuse(one: ExitPermission, by: str, reason: str, now: datetime) -> ExitPermission:
    """Refuse it with a reason in words. Raises `Conflict` where it was decided before."""
    _require_requested(one)
    return replace(one, state=ExitState.REFUSED, decided_by=by, decided_at=now, refusal=reason)


def withdraw(one: ExitPermission, by: str, now: datetime) -> ExitPermission:
    """Take it back. Raises `Conflict` where it has ended."""
    _require_open(one)
    return replace(one, state=ExitState.WITHDRAWN, ended_by=by, ended_at=now)


def revoke(one: ExitPermission, by: str, reason: str, now: datetime) -> ExitPermission:
    """Let an approved one count no longer. Raises `Conflict` for any other."""
    if one.state is not ExitState.APPROVED:
        text = f"The permission is {one.state}: only an approved one is revoked"
        raise Conflict("registration.exit_not_approved", text, state=str(one.state))
    return replace(one, state=ExitState.REVOKED, ended_by=by, ended_at=now, ended_for=reason)


def expire(one: ExitPermission, now: datetime) -> ExitPermission:
    """Let it end with its time."""
    return replace(one, state=ExitState.EXPIRED, ended_at=now)


def _require_requested(one: ExitPermission) -> None:
    if one.state is not ExitState.REQUESTED:
        text = f"The request is {one.state} already: ask for a new one"
        raise Conflict("registration.exit_decided", text, state=str(one.state))


def _require_open(one: ExitPermission) -> None:
    if one.state not in OPEN:
        text = f"The permission is {one.state} already: nothing is left to take back"
        raise Conflict("registration.exit_ended", text, state=str(one.state))
