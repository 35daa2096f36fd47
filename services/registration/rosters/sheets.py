"""What a file becomes before its heading is looked for: sheets of numbered rows."""

from typing import NamedTuple

from services.registration.rosters.cells import Cell

MAX_ROWS = 5_000
MAX_LINES = 1_048_576  # the last row that a spreadsheet has
MAX_COLUMNS = 256
MOST_ROWS = MAX_ROWS + 500  # with titles, blank templates and totals


class Unreadable(Exception):
    """What is wrong with a file as a whole: a stable `code`, a sentence that says what to do, and where it is wrong."""

    def __init__(self, code: str, detail: str, **details: int) -> None:
        super().__init__(detail)
        self.code = code
        self.details = details


class Sheet(NamedTuple):
    """A sheet: its rows that hold something, each with its number, and whether more of them follow.

    `merged_known`: merged cells are filled down already; else the file does not say which were merged.
    """

    name: str
    rows: list[tuple[int, list[Cell]]]
    merged_known: bool = False
    cut: bool = False
    hidden: bool = False
