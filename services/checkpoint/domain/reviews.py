"""What an officer may find of an alert, or of somebody who was let through all the same (R2.9, R2.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

REVIEW_WITHIN = timedelta(hours=24)


class AlertOutcome(StrEnum):
    """What came of an alert."""

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    HANDLED = "handled"


class OverrideOutcome(StrEnum):
    """Whether a gate was right to let somebody through all the same."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


def is_overdue(at: datetime, now: datetime) -> bool:
    """Whether what waits for its review since `at` has waited longer than a day."""
    return now - at > REVIEW_WITHIN


def is_said(reviews: Sequence[Mapping[str, Any]], officer: str, outcome: str, note: str) -> bool:
    """Whether the last review says the same by the same officer: sent again, it is no new one."""
    last = reviews[-1] if reviews else {}
    return (last.get("officer"), last.get("outcome"), last.get("note")) == (officer, outcome, note)
