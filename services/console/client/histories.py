"""What registration answers about changes of files, about undoing them, and about rows that another office sent."""

from datetime import datetime

from pydantic import BaseModel


class FieldChange(BaseModel):
    """One field before and after a change, in words; null where it is another office's to read."""

    field: str
    title: str
    before: str | None
    after: str | None


class Change(BaseModel):
    """A change of a resident's file."""

    change_id: str
    resident_id: str
    act: str
    by: str
    at: datetime
    reason: str | None
    import_id: str | None
    row: int | None
    undoes: str | None
    changes: list[FieldChange]


class ImportUndo(BaseModel):
    """How far the undoing of an import is."""

    import_id: str
    state: str
    by: str
    reason: str
    asked_at: datetime
    rows: int
    handled: int
    restored: int
    withdrawn: int
    kept: int
    failure: str | None
    finished_at: datetime | None


class KeptRow(BaseModel):
    """A row of an import whose effect stays, and why."""

    row: int
    resident_id: str | None
    cause: str
    advice: str


class ExaminationItem(BaseModel):
    """A row about a person of the office's area, which an official of another area sent."""

    examination_id: str
    resident_id: str
    home_path: str
    area_path: str
    asked_by: str
    asked_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str


class Examination(ExaminationItem):
    """A row with what it states."""

    name: str
    door: str
    phone: str | None
    categories: list[str] | None
