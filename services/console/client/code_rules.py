"""What registration answers about rules of the health code."""

from datetime import date, datetime

from pydantic import BaseModel


class Line(BaseModel):
    """What one kind of evidence gives, and for how many days."""

    kind: str
    colour: str
    days: int | None


class CodeRules(BaseModel):
    """Rules from a moment on; those that always held have no `since`."""

    rules_id: str
    since: datetime | None
    title: str
    source: str
    rules: list[Line]
    state: str
    holds: bool
    proposed_by: str
    proposed_at: datetime | None
    decided_by: str | None
    reason: str


class Example(BaseModel):
    """Rules that a city once had, and sentences of what they mean."""

    name: str
    since: date
    title: str
    source: str
    rules: list[Line]
    cases: list[str]
