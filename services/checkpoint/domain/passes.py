"""Passes to leave the city or the province: which one holds at a gate, or why none does (R1.8)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.checkpoint.domain.reasons import Reason
from shared.base.area import within
from shared.events.checkpoint_passes import PassUse
from shared.events.registration_exits import ExitEvent, ExitReach, ExitState

# So long after its end a gate still says that a pass has expired, instead of that there is none.
REMEMBERED = timedelta(days=7)
FARTHEST_LAST = (ExitReach.COMPOUND, ExitReach.CITY, ExitReach.PROVINCE)


class Leaving(NamedTuple):
    """A person who leaves at a gate that leads out so far; another scan within `repeat_within` is the same crossing.

    `plate_hash` is of the vehicle that the person sits in.
    """

    resident_id: str
    reach: ExitReach
    checkpoint_id: str | None
    scan_id: str
    at: datetime
    plate_hash: str | None = None
    repeat_within: timedelta = timedelta()


class Judged(NamedTuple):
    """The pass that lets a person out, or why none does."""

    exit_id: str | None
    reason: Reason | None


def judge(passes: Iterable[tuple[ExitEvent, Sequence[PassUse]]], leaving: Leaving) -> Judged:
    """Return the pass that lets a person out; where none does, the reason of the newest. Each has what used it."""
    reason = Reason.PASS_MISSING
    for one, uses in sorted(passes, key=lambda known: known[0].until, reverse=True):
        against = _against(one, uses, leaving)
        if against is None:
            return Judged(one.exit_id, None)
        reason = against if reason is Reason.PASS_MISSING else reason
    return Judged(None, reason)


def lets_out(one: ExitEvent, checkpoint_id: str | None, path: str, at: datetime) -> bool:
    """Whether it also lets a traveller out of a closed compound or zone: the own one, or any if it reaches beyond."""
    if one.state is not ExitState.APPROVED or not one.since <= at < one.until:
        return False
    own = within(one.area_path, path) or _rank(one.reach) > 0
    return own or (checkpoint_id is not None and checkpoint_id in one.gates)


def used(one: ExitEvent, uses: Iterable[PassUse], leaving: Leaving) -> int:
    """Return how often the traveller left so far at gates that lead out as far; the same crossing counts once."""
    counted = 0
    for use in uses:
        same = use.scan_id == leaving.scan_id or abs(leaving.at - use.at) <= leaving.repeat_within
        if use.resident_id == leaving.resident_id and use.reach == leaving.reach and not same:
            counted += 1
    return counted


def _against(one: ExitEvent, uses: Sequence[PassUse], leaving: Leaving) -> Reason | None:
    """Return why a pass does not let a person out; the first cause that its holder can do something about last."""
    causes = (
        (Reason.PASS_REVOKED, one.state in (ExitState.REVOKED, ExitState.WITHDRAWN)),
        (Reason.PASS_MISSING, one.state not in (ExitState.APPROVED, ExitState.EXPIRED)),
        (Reason.PASS_EXPIRED, one.state is ExitState.EXPIRED or leaving.at >= one.until),
        (Reason.PASS_EARLY, leaving.at < one.since),
        (Reason.PASS_ELSEWHERE, _rank(one.reach) < _rank(leaving.reach)),
        (Reason.PASS_ELSEWHERE, bool(one.gates) and leaving.checkpoint_id not in one.gates),
        (Reason.PASS_WRONG_PLATE, _other_plate(one, leaving)),
        (Reason.PASS_USED_UP, 0 < one.exits <= used(one, uses, leaving)),
    )
    return next((cause for cause, applies in causes if applies), None)


def _other_plate(one: ExitEvent, leaving: Leaving) -> bool:
    """Whether a vehicle is another than the one that the pass names; a person on foot or by train has none."""
    return None not in (one.plate_hash, leaving.plate_hash) and one.plate_hash != leaving.plate_hash


def _rank(reach: ExitReach) -> int:
    """Return how far it reaches; one of a later version counts as the nearest."""
    return FARTHEST_LAST.index(reach) if reach in FARTHEST_LAST else 0


def add(uses: Sequence[PassUse], new: Iterable[PassUse]) -> tuple[PassUse, ...]:
    """Return the uses with new ones, by time, each scan once."""
    by_scan = {one.scan_id: one for one in (*new, *uses)}
    return tuple(sorted(by_scan.values(), key=lambda one: (one.at, one.scan_id)))
