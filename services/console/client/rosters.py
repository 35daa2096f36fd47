"""Rosters and their imports as registration answers them."""

from datetime import datetime

from pydantic import BaseModel


class RowProblem(BaseModel):
    """What is wrong in which row of a roster."""

    row: int
    column: str
    problem: str


class SkippedRows(BaseModel):
    """Rows of a roster that are no data."""

    first: int
    last: int
    reason: str


class Read(BaseModel):
    """What was read of a roster."""

    rows: int
    problems: list[RowProblem] = []
    skipped: list[SkippedRows] = []
    unknown_columns: list[str] = []
    unread_sheets: list[str] = []


class Preview(Read):
    """What a roster would do."""

    sound: int
    headings: list[str]
    sample: list[list[str]]
    corrects: str | None = None
    same_as: str | None = None

    @property
    def bad_rows(self) -> int:
        """How many rows would not go in."""
        return self.rows - self.sound


class ImportItem(BaseModel):
    """An import and how far it is."""

    import_id: str
    kind: str
    state: str
    file: str | None
    rows: int
    handled: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    failure: str | None
    accepted_at: datetime
    finished_at: datetime | None


class Import(ImportItem, Read):
    """An import with what is wrong in which row, and the imports that it corrects or that correct it."""

    corrects: str | None = None
    corrected_by: list[str] = []
    same_as: str | None = None
    has_error_sheet: bool = False
