"""What registration answers about triage desks."""

from datetime import datetime

from pydantic import BaseModel


class Desk(BaseModel):
    """A desk and who is on duty there."""

    desk_id: str
    area_path: str
    name: str
    staff: list[str]
    closed: bool


class Day(BaseModel):
    """A desk's day in figures."""

    registered: int
    new_files: int
    examined: int
    journeys: int
    high_risk: int
    fevers: int
    with_symptoms: int
    cards: int


class Triage(BaseModel):
    """What was recorded of a person at a desk, and what is to be done next."""

    triage_id: str
    desk_id: str
    area_path: str
    outcome: str
    resident_id: str | None
    journey_id: str | None
    risk: str | None
    temperature_c: float | None
    symptoms: list[str]
    fever: bool
    fever_source: str
    card_given: str
    card: str
    next_steps: list[str]
    reported_by: str
    at: datetime
