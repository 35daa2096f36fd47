"""The flow at a gate, by minute (R2.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Minute:
    """A minute at a gate: how many people went in and out, and how many scans were decided how.

    `reasons` counts, by reason, the scans that were not allowed; a scan with two reasons counts for both.
    """

    gate_id: str
    at: datetime
    came_in: int
    went_out: int
    allow: int
    deny: int
    recheck: int
    reasons: Mapping[str, int] = field(default_factory=dict)
