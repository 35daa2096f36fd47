"""What registration answers about zones."""

from datetime import date, datetime

from pydantic import BaseModel


class Hit(BaseModel):
    """How many households live at places; `takes_two`: whether an order takes a second person, by kind of zone."""

    paths: list[str]
    households: int
    takes_two: dict[str, bool]


class Rules(BaseModel):
    """What holds in a zone from a time on."""

    since: datetime
    source: str
    exits: str
    entries: str
    quota_persons: int
    quota_days: int
    deliveries: str
    test_every_days: int
    lift_after_days: int


class Tick(BaseModel):
    """An item of the checklist, and who ticked it."""

    item: str
    by: str | None
    at: datetime | None
    note: str | None


class Step(BaseModel):
    """One act on the way to the lifting."""

    kind: str
    level: str
    by: str
    at: datetime
    note: str


class Zone(BaseModel):
    """A zone in a list."""

    zone_id: str
    kind: str
    state: str
    area_path: str
    paths: list[str]
    households: int
    since: datetime
    until: datetime | None
    review_on: date
    review_due: bool
    source: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    ordered_by: str | None
    ordered_at: datetime | None
    decision: str


class ZoneFile(Zone):
    """A zone with its rules, its checklist and the acts on the way to its lifting."""

    rules: list[Rules]
    checklist: list[Tick]
    steps: list[Step]
    chain: list[str]
    next_level: str | None
    soonest_lift: datetime
