"""Which passages raise an alert, about whom, and which alerts are the same one (R2.9)."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from services.checkpoint.domain.reasons import Reason
from shared.events.checkpoint import AlertRule

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


def alert_rules(reasons: Iterable[str]) -> list[AlertRule]:
    """Return the rules by which the reasons of a decision raise alerts; a reason of a newer version raises none."""
    return sorted({ALERTS[Reason(r)] for r in reasons if r in ALERTS})


def alert_subject(rule: AlertRule, resident_id: str | None, scan_id: str, gate_id: str) -> str:
    """Return whom or what an alert is about: the resident; else the gate, but each fever of a stranger on its own."""
    if resident_id is not None:
        return resident_id
    return f"scan:{scan_id}" if rule is AlertRule.FEVER else f"gate:{gate_id}"


def episode(rule: AlertRule, subject: str, at: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """Return what makes alerts the same one: rule, subject and the city's day (R2.9)."""
    return rule.value, subject, at.astimezone(zone).date().isoformat()
