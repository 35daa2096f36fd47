"""What checkpoint answers about checkpoints, their policies by date, and overrides at gates."""

from datetime import datetime

from pydantic import BaseModel

from shared.base.persons import same_person


class Rules(BaseModel):
    """What holds at a checkpoint; the usual values where no policy was stated."""

    fever_over_c: float = 37.3
    fever_at_limit: bool = False
    mask_required: bool = True
    exits: str = "free"
    curfew: tuple[str, str] | None = None
    visitors: str = "measured"
    admission: str = "anyone"
    watched_plates: list[str] = []
    repeat_within_s: int = 5
    anti_passback: bool = False
    unknown_per_minute: int = 30
    elsewhere: str = "unknown"
    second_compound_minutes: int = 5
    compared_for: list[str] = ["card", "id_number"]
    quota_persons: int = 0
    quota_days: int = 0
    reveals_outings: bool = False
    leads_out: str | None = None

    @property
    def rules(self) -> dict[str, object]:
        """The rules alone, as a new policy states them."""
        return {name: getattr(self, name) for name in Rules.model_fields}


class Policy(Rules):
    """Rules that were stated to hold from `since` on, by whom, when and why."""

    since: datetime
    stated_by: str
    stated_at: datetime
    reason: str


class Checkpoint(BaseModel):
    """A checkpoint."""

    checkpoint_id: str
    name: str
    kind: str
    area_path: str


class CheckpointRules(Checkpoint):
    """A checkpoint with what holds there at a time, and what begins later."""

    holds: Policy | None
    planned: list[Policy]


class TrailLine(BaseModel):
    """What was done to a checkpoint, by whom, when and why."""

    at: datetime
    by: str
    what: str
    reason: str
    since: datetime | None = None


class Review(BaseModel):
    """What an officer concluded."""

    officer: str
    outcome: str
    note: str
    at: datetime


class Override(BaseModel):
    """A scan that a gate let through against its verdict, and why."""

    override_id: str
    scan_id: str
    gate_id: str
    gate_name: str | None = None
    area_path: str
    device_id: str
    resident_id: str | None
    reason: str
    at: datetime
    state: str
    overdue: bool
    reviews: list[Review]

    @property
    def gate(self) -> str:
        """The name of the gate, else its id."""
        return self.gate_name or self.gate_id

    def is_of(self, subject: str) -> bool:
        """Whether this person let the other one through."""
        return same_person(subject, self.device_id)
