"""The rows of a roster, and how a use case reads their cells."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeVar

from services.registration.domain.imports import RowProblem, SkippedRows
from services.registration.rosters.cells import EMPTY, Cell, text_of
from services.registration.rosters.columns import Columns

T = TypeVar("T")


class Row(NamedTuple):
    """A row of a roster: its number as the spreadsheet shows it, and its cells by column.

    `problem` is what is wrong with the row as a whole. `maybe_merged` are the columns in which the cell is empty below
    a filled one, in a file that does not state which cells were merged.
    """

    number: int
    cells: Mapping[str, Cell]
    maybe_merged: frozenset[str] = frozenset()
    problem: str = ""


class Rows(Protocol):
    """The rows of a file: they are read anew each time, and are never all in memory."""

    def __iter__(self) -> Iterator[Row]:
        """Read the rows in their order."""
        ...

    def __len__(self) -> int:
        """Return how many rows there are."""
        ...

    @property
    def skipped(self) -> list[SkippedRows]:
        """The rows that are no data."""
        ...


class Roster(NamedTuple):
    """The rows of a file, and the headings and sheets that were not read."""

    rows: Rows
    columns: frozenset[str]
    unknown_columns: list[str]
    unread_sheets: list[str]

    @property
    def skipped(self) -> list[SkippedRows]:
        """The rows that are no data."""
        return self.rows.skipped


class RowReader:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(self, row: Row, columns: Columns, problems: list[RowProblem]) -> None:
        self._row = row
        self._columns = columns
        self._problems = problems
        self.sound = True
        if row.problem:
            self.refuse(next(iter(columns)), row.problem)

    def read(self, column: str, check: Callable[[str], T]) -> T | None:
        """Return what `check` makes of the cell, or None and a problem where it raises `ValueError`.

        So does a cell that the spreadsheet has changed.
        """
        try:
            return check(text_of(self._row.cells.get(column, EMPTY), self._columns[column].texts))
        except ValueError as error:
            self.refuse(column, str(error))
            return None

    def refuse(self, column: str, problem: str) -> None:
        """Record what is wrong with a cell: the row does not go in."""
        self._problems.append(RowProblem(self._row.number, self._columns[column].titles[0], problem))
        self.sound = False
