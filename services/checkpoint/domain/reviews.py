"""What an officer may conclude of an alert, or of a person whom a gate let through all the same (R2.9, R2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.base.private import SEALED

REVIEW_WITHIN = timedelta(hours=24)


class AlertOutcome(StrEnum):
    """What came of an alert."""

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    HANDLED = "handled"


class OverrideOutcome(StrEnum):
    """Whether a gate was right to let a person through all the same."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True)
class Review:
    """What an officer concluded, and when; `note` is the officer's own text."""

    officer: str
    outcome: str
    note: str = field(metadata=SEALED)
    at: datetime


@dataclass(frozen=True)
class Override:
    """A scan that a gate let through all the same, and why; `open` until an officer reviews it."""

    override_id: str
    scan_id: str
    reason: str
    subject: str
    gate_id: str
    area_path: str
    device_id: str
    resident_id: str | None
    at: datetime
    open: bool = True
    reviews: tuple[Review, ...] = ()


def is_overdue(override: Override, now: datetime) -> bool:
    """Whether an override waits for its review for longer than a day."""
    return override.open and now - override.at > REVIEW_WITHIN


def repeats(reviews: Sequence[Review], new: Review) -> bool:
    """Whether the last review is the same one by the same officer, sent again."""
    last = reviews[-1] if reviews else None
    return last is not None and (last.officer, last.outcome, last.note) == (new.officer, new.outcome, new.note)
