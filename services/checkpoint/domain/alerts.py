"""Which passages raise an alert, about whom, and which alerts are the same one (R2.9)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import combinations

from services.checkpoint.domain.presence import Row, Seen, showed
from services.checkpoint.domain.reasons import Reason
from shared.base.area import within
from shared.events.checkpoint import AlertRule, CredentialKind, Verdict

# House policy: nobody is at two compounds so soon after each other, so one of the two showed a copy.
NEAR = timedelta(minutes=5)
# House policy: whoever is refused so often within so long needs somebody to look after them, or tries gate after gate.
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
}

# Each feverish stranger or driver, and each vehicle from a risk region, has to be looked for.
_EACH = (AlertRule.FEVER, AlertRule.WATCHED)


def alert_rules(reasons: Iterable[str], kind: str) -> list[AlertRule]:
    """Return the rules by which the reasons of a decision raise alerts; a reason of a newer version raises none.

    A vehicle has the reasons of all on board, each of whom raises an alert of their own.
    """
    found = {ALERTS[Reason(r)] for r in reasons if r in ALERTS}
    return sorted(found.intersection(_EACH) if kind == CredentialKind.PLATE else found)


def alert_subject(rule: AlertRule, resident_id: str | None, scan_id: str, gate_id: str) -> str:
    """Return whom or what an alert is about: the resident; else the gate, or the scan where each is an alert."""
    if resident_id is not None:
        return resident_id
    return f"scan:{scan_id}" if rule in _EACH else f"gate:{gate_id}"


def episode(rule: AlertRule, subject: str, at: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """Return what makes alerts the same one: rule, subject and the city's day (R2.9)."""
    return rule.value, subject, at.astimezone(zone).date().isoformat()


def may_be_copied(known: Seen, rows: Sequence[Row]) -> bool:
    """Whether new passages of a resident, by time, may be near others at another gate: then the store is asked.

    It need not be while they are at the gate of the passage before them: that one was looked into when it came.
    """
    at, gate_id = known.shown_at, known.gate_id
    for row in filter(showed, rows):
        if at is not None and (row["at"] < at or (row["at"] - at <= NEAR and row["gate_id"] != gate_id)):
            return True
        at, gate_id = row["at"], row["gate_id"]
    return False


def copied(rows: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """Yield each two passages of one resident at gates of different compounds within 5 minutes, the earlier first."""
    for one, other in combinations(sorted(filter(showed, rows), key=lambda row: row["at"]), 2):
        paths = one["area_path"], other["area_path"]
        apart = not within(*paths) and not within(*reversed(paths))
        if apart and other["at"] - one["at"] <= NEAR:
            yield one, other


def denials(rows: Iterable[Row]) -> list[Row]:
    """Return the passages that were denied."""
    return [row for row in rows if row["verdict"] == Verdict.DENY]


def may_be_repeated(known: Seen, rows: Sequence[Row]) -> bool:
    """Whether new passages of a resident, by time, may hold a third denial within an hour: then the store is asked."""
    at = known.denied_at
    for row in denials(rows):
        if at is not None and row["at"] - at <= DENIED_WITHIN:
            return True
        at = row["at"]
    return False


def repeated(rows: Iterable[Row]) -> list[Row]:
    """Return the passages of one resident that are at least the third denial within an hour."""
    denied = sorted(denials(rows), key=lambda row: row["at"])
    pairs = zip(denied, denied[DENIALS - 1 :], strict=False)
    return [last for first, last in pairs if last["at"] - first["at"] <= DENIED_WITHIN]
