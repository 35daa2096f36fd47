"""Bodies about imports of rosters."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.registration.domain.imports import Kind, State
from services.registration.schemas import View


class RowProblemItem(View):
    """What is wrong in which row, as the spreadsheet numbers it; it never repeats what the cell holds."""

    row: int
    column: str
    problem: str


class SkippedRowsItem(View):
    """Rows from the first to the last that are no data, and why: a total, a remark, a repeated heading."""

    first: int
    last: int
    reason: str


class PreviewView(View):
    """What a roster would do: of `rows` rows `sound` go in; nothing is stored. `sample` has its first rows.

    `corrects` is the import of whose error sheet the file is, `same_as` that of the very same file.
    """

    kind: Kind
    rows: int
    sound: int
    headings: list[str]
    sample: list[list[str]]
    problems: list[RowProblemItem]
    skipped: list[SkippedRowsItem]
    unknown_columns: list[str]
    unread_sheets: list[str]
    corrects: str | None
    same_as: str | None


class ImportItem(View):
    """An import: of `rows` rows `handled` have an outcome so far; `rejected` rows changed nothing."""

    import_id: str
    kind: Kind
    state: State
    file: str | None
    rows: int
    handled: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    failure: Annotated[str | None, Field(description="Why the rest was given up; what was stored stays")]
    accepted_at: datetime
    finished_at: datetime | None


class ImportView(ImportItem):
    """An import with what is wrong in which row, as far as it is known; `unknown_columns` and
    `unread_sheets` were not read, `skipped` rows are no data.

    `corrects` is the import of whose error sheet the file is, `corrected_by` are those of its own sheet, `same_as`
    is an earlier one of the very same file. `has_error_sheet`: its bad rows are there to be corrected."""

    problems: list[RowProblemItem]
    skipped: list[SkippedRowsItem]
    unknown_columns: list[str]
    unread_sheets: list[str]
    corrects: str | None
    corrected_by: list[str]
    same_as: str | None
    has_error_sheet: bool
