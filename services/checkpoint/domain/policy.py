"""What holds at a checkpoint, and from when on (R2.1): pure rules over policies that their officers dated."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

from shared.base import normal_form
from shared.base.errors import Conflict, Invalid
from shared.base.temperature import lies_within
from shared.events.checkpoint import Policy

THRESHOLD_RANGE_C = (36.0, 39.0)
MAX_WATCHED = 50
# Scans that lie further apart are two crossings at any gate; a person needs longer than these to be elsewhere.
LIMITS = {
    "repeat_within_s": 60,
    "unknown_per_minute": 10_000,
    "second_compound_minutes": 60,
    "quota_persons": 10,
    "quota_days": 14,
}
MAX_POLICIES = 100
# An officer who writes "from now on" needs a few minutes to send it.
STILL_NOW = timedelta(minutes=5)
MAX_AHEAD = timedelta(days=365)
# A scan that was kept offline is judged by what held when it was made, so long afterwards.
JUDGED_BACK = timedelta(days=30)
USUAL = Policy(since=datetime.min.replace(tzinfo=UTC))

P = TypeVar("P", bound=Policy)

_LOCAL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PLATE_START = re.compile(r"[\u4e00-\u9fff][A-Z0-9]{0,7}")


def in_curfew(at: datetime, curfew: tuple[str, str] | None, zone: tzinfo) -> bool:
    """Whether the instant lies within the curfew, in the city's time: from its beginning on, up to its end.

    From 22:00 to 05:00 it is curfew at 22:00 and at 04:59:59, and no more at 05:00.
    """
    if curfew is None:
        return False
    begins, ends = curfew
    local = at.astimezone(zone).strftime("%H:%M")  # texts of one length sort as the times that they are
    return begins <= local < ends if begins <= ends else local >= begins or local < ends


def watched(plate: str, policy: Policy) -> bool:
    """Whether the plate begins as one of those that the policy watches for (R2.6)."""
    return bool(policy.watched_plates) and normal_form.plate(plate).startswith(policy.watched_plates)


def check(policy: Policy) -> None:
    """Raise `Invalid` for a policy that cannot be meant."""
    low, high = THRESHOLD_RANGE_C
    if not lies_within(policy.fever_over_c, THRESHOLD_RANGE_C):
        text = f"'fever_over_c' lies between {low} and {high} degrees Celsius: correct it"
        raise Invalid("checkpoint.policy_threshold", text, low=low, high=high)
    if policy.curfew and not (all(map(_LOCAL_TIME.fullmatch, policy.curfew)) and len(set(policy.curfew)) == 2):
        text = 'A curfew is two different local times, as ["22:00", "05:00"]: correct it, or leave it out'
        raise Invalid("checkpoint.policy_curfew", text)
    if len(policy.watched_plates) > MAX_WATCHED or not all(map(_PLATE_START.fullmatch, policy.watched_plates)):
        text = f"'watched_plates' are up to {MAX_WATCHED} beginnings of plates, as 鄂A: correct them"
        raise Invalid("checkpoint.policy_plates", text, most=MAX_WATCHED)
    for name, most in LIMITS.items():
        if not 0 <= getattr(policy, name) <= most:
            text = f"'{name}' lies between 0 and {most}: correct it"
            raise Invalid("checkpoint.policy_limit", text, name=name, most=most)


def check_begin(since: datetime, now: datetime) -> None:
    """Raise when a policy cannot be stated to hold from `since` on: what has held is never rewritten."""
    if since < now - STILL_NOW:
        text = "'since' has passed, and what held then stays as it was: state what holds from now on"
        raise Conflict("checkpoint.policy_past", text)
    if since > now + MAX_AHEAD:
        text = f"'since' lies more than {MAX_AHEAD.days} days ahead: check the year"
        raise Invalid("checkpoint.policy_far", text, days=MAX_AHEAD.days)


def check_change(since: datetime, now: datetime) -> None:
    """Raise `Conflict` when the policy that begins at `since` holds already or has held: it is not changed any more."""
    if since <= now:
        text = "This policy holds already, and scans were judged by it: state another one with a later 'since'"
        raise Conflict("checkpoint.policy_holds", text)


def needed(policies: Sequence[P], now: datetime) -> tuple[P, ...]:
    """Return, in order, the policies that gates must know: by which scans are judged now, later, or offline and late.

    Raises `Conflict` when they are too many.
    """
    oldest = holding(policies, now - JUDGED_BACK).since
    kept = sorted((policy for policy in policies if policy.since >= oldest), key=lambda policy: policy.since)
    if len(kept) > MAX_POLICIES:
        text = f"A checkpoint has at most {MAX_POLICIES} policies at a time: delete some that have not begun"
        raise Conflict("checkpoint.policy_count", text, most=MAX_POLICIES)
    return tuple(kept)


def holding(policies: Iterable[Policy], at: datetime) -> Policy:
    """Return what holds at that time: the policy that began last, else the usual rules."""
    return in_force(policies, at) or USUAL


def in_force(policies: Iterable[P], at: datetime) -> P | None:
    """Return the policy that began last at that time; None where the usual rules hold."""
    return max((policy for policy in policies if policy.since <= at), key=lambda policy: policy.since, default=None)


def planned(policies: Iterable[P], at: datetime) -> list[P]:
    """Return the policies that begin after that time, in order."""
    return sorted((policy for policy in policies if policy.since > at), key=lambda policy: policy.since)
