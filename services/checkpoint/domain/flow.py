"""The flow at a gate, by minute (R2.7)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Minute:
    """A minute at a gate: how many people went in and out, and how many scans were decided how."""

    gate_id: str
    at: datetime
    came_in: int
    went_out: int
    allow: int
    deny: int
    recheck: int
