"""Which passages raise an alert, about whom, and which alerts are the same one (R2.9)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import combinations

from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.presence import Seen, followed, showed, went_through
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.reviews import Review
from shared.base.area import within
from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict

# House policy: no person is at two compounds so soon after each other, so one of the two showed a copy.
NEAR = timedelta(minutes=5)
# House policy: a person who is refused so often within so long needs care, or tries gate after gate.
DENIALS, DENIED_WITHIN = 3, timedelta(minutes=60)

ALERTS = {
    Reason.FEVER: AlertRule.FEVER,
    Reason.ISOLATED_NO_EXIT: AlertRule.BREACH,
    Reason.ISOLATED_ESCORT: AlertRule.COLOUR,
    Reason.CODE_RED: AlertRule.COLOUR,
    Reason.CODE_YELLOW: AlertRule.COLOUR,
    Reason.CODE_FORGED: AlertRule.FORGED,
    Reason.CODE_EXPIRED: AlertRule.EXPIRED,
    Reason.CODE_REVOKED: AlertRule.REVOKED,
    Reason.PLATE_WATCHED: AlertRule.WATCHED,
    Reason.TRIES_HELD: AlertRule.PROBING,
    Reason.PASS_OF_ANOTHER: AlertRule.MISUSE,
    Reason.PASS_EARLY: AlertRule.MISUSE,
    Reason.PASS_EXPIRED: AlertRule.MISUSE,
    Reason.PASS_USED_UP: AlertRule.MISUSE,
    Reason.PASS_REVOKED: AlertRule.MISUSE,
    Reason.PASS_WRONG_PLATE: AlertRule.MISUSE,
    Reason.PASS_ELSEWHERE: AlertRule.MISUSE,
}

# At a device that was cut off: it counted what it knew of a household, and did not know of others who went out.
OFFLINE_ALERTS = {Reason.HOUSEHOLD_QUOTA: AlertRule.QUOTA}

# Each feverish stranger or driver, and each vehicle from a risk region, has to be looked for.
_EACH = (AlertRule.FEVER, AlertRule.WATCHED)


@dataclass(frozen=True)
class Alert:
    """An alert (R2.9); `area_path` is the gate's, `home_path` the resident's. `open` until an officer reviews it."""

    alert_id: str
    subject: str
    rule: AlertRule
    gate_id: str
    area_path: str
    at: datetime
    resident_id: str | None = None
    scan_id: str | None = None
    device_id: str | None = None
    home_path: str | None = None
    temperature_c: float | None = None
    detail: str | None = None
    open: bool = True
    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which alerts a list holds: of a rule, at a gate, reviewed or not; what is not stated filters nothing."""

    reviewed: bool | None = None
    rule: AlertRule | None = None
    gate_id: str = ""


ANY = Wanted()


def alert_rules(reasons: Iterable[str], kind: str, mode: Mode = Mode.LIVE) -> list[AlertRule]:
    """Return the rules by which the reasons of a decision raise alerts; a reason of a newer version raises none.

    A vehicle has the reasons of all on board, each of whom raises an alert of their own.
    """
    rules = {ALERTS[Reason(r)] for r in reasons if r in ALERTS}
    if mode != Mode.LIVE:
        rules |= {OFFLINE_ALERTS[Reason(r)] for r in reasons if r in OFFLINE_ALERTS}
    return sorted(rules.intersection(_EACH) if kind == CredentialKind.PLATE else rules)


def alert_subject(rule: AlertRule, resident_id: str | None, scan_id: str, gate_id: str, device_id: str) -> str:
    """Return whom or what an alert is about: the device that tries numbers; the resident; else the gate or the scan."""
    if rule is AlertRule.PROBING:
        return f"device:{device_id}"
    if resident_id is not None:
        return resident_id
    return f"scan:{scan_id}" if rule in _EACH else f"gate:{gate_id}"


def episode(rule: AlertRule, subject: str, at: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """Return what makes alerts the same one: rule, subject and the city's day (R2.9)."""
    return rule.value, subject, at.astimezone(zone).date().isoformat()


def may_be_copied(known: Seen, passages: Sequence[StoredPassage]) -> bool:
    """Whether new passages of a resident, by time, may be near others at another gate: then the store is asked.

    It need not be while they are at the gate of the passage before them: that one was looked into when it came.
    """
    at, gate_id = known.shown_at, known.gate_id
    for passage in filter(showed, passages):
        if at is not None and (passage.at < at or (passage.at - at <= NEAR and passage.gate_id != gate_id)):
            return True
        at, gate_id = passage.at, passage.gate_id
    return False


def copied(passages: Iterable[StoredPassage]) -> Iterator[tuple[StoredPassage, StoredPassage]]:
    """Yield each two passages of one resident at gates of different compounds within 5 minutes, the earlier first."""
    for one, other in combinations(sorted(filter(showed, passages), key=lambda passage: passage.at), 2):
        paths = one.area_path, other.area_path
        apart = not within(*paths) and not within(*reversed(paths))
        if apart and other.at - one.at <= NEAR:
            yield one, other


def denials(passages: Iterable[StoredPassage]) -> list[StoredPassage]:
    """Return the passages that were denied."""
    return [passage for passage in passages if passage.verdict == Verdict.DENY]


def passbacks(known: Seen, passages: Sequence[StoredPassage]) -> list[StoredPassage]:
    """Return which new passages of a resident, by time, lead into a compound where the resident is inside already.

    Times on paper and passages older than the newest prove nothing: the exit may be what comes late.
    """
    twice = []
    for passage in passages:
        newer = known.moved_at is not None and passage.at > known.moved_at
        inside = newer and known.inside == passage.area_path and passage.direction == Direction.IN
        if inside and went_through(passage) and passage.mode != Mode.PAPER:
            twice.append(passage)
        known = followed(known, passage)
    return twice


def may_be_repeated(known: Seen, passages: Sequence[StoredPassage]) -> bool:
    """Whether new passages of a resident, by time, may hold a third denial within an hour: then the store is asked."""
    at = known.denied_at
    for passage in denials(passages):
        if at is not None and passage.at - at <= DENIED_WITHIN:
            return True
        at = passage.at
    return False


def repeated(passages: Iterable[StoredPassage]) -> list[StoredPassage]:
    """Return the passages of one resident that are at least the third denial within an hour; a repeat is none."""
    counted = (passage for passage in denials(passages) if passage.repeat_of is None)
    denied = sorted(counted, key=lambda passage: passage.at)
    pairs = zip(denied, denied[DENIALS - 1 :], strict=False)
    return [last for first, last in pairs if last.at - first.at <= DENIED_WITHIN]
