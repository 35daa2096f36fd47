"""What registration answers about permissions to leave (R1.8)."""

from datetime import datetime

from pydantic import BaseModel


class Traveller(BaseModel):
    """A person who leaves, and when the test was taken."""

    resident_id: str
    tested_at: datetime | None


class Unmet(BaseModel):
    """What a traveller lacks for the approval."""

    resident_id: str
    need: str


class ExitPermission(BaseModel):
    """A permission to leave: what was asked for, what it lacks, who decided, and how it ended."""

    exit_id: str
    reach: str
    state: str
    resident_id: str
    travellers: list[Traveller]
    area_path: str
    reason: str
    since: datetime
    until: datetime
    destination: str
    note: str
    plate: str
    exits: int
    gates: list[str]
    policy_since: str
    policy_source: str
    unmet: list[Unmet]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    refusal: str
    ended_by: str | None
    ended_at: datetime | None
    ended_for: str


class ExitPass(BaseModel):
    """A traveller's pass: the signed text of its QR code, and the masked name that stands on it."""

    exit_id: str
    reach: str
    since: datetime
    until: datetime
    exits: int
    gates: list[str]
    plate: str
    pass_text: str
    masked_name: str
