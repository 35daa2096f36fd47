"""What a file becomes before its heading is looked for: sheets of numbered rows, which are read one after the other."""

from collections.abc import Iterable
from typing import NamedTuple

from services.registration.rosters.cells import Cell

MAX_LINES = 1_048_576  # the last row that a spreadsheet has
MAX_COLUMNS = 256
NOT_A_WORKBOOK = "The file is no workbook that can be read: save it as .xlsx or .csv"

Numbered = Iterable[tuple[int, list[Cell]]]


class Unreadable(Exception):
    """What is wrong with a file as a whole: a stable `code`, a sentence that says what to do, and where it is wrong."""

    def __init__(self, code: str, detail: str, **details: int) -> None:
        super().__init__(detail)
        self.code = code
        self.details = details


class Sheet(NamedTuple):
    """A sheet and its rows that hold something, each with its number. The rows are read once, in their order.

    `merged_known`: merged cells are filled down already; else the file does not say which were merged.
    """

    name: str
    rows: Numbered
    merged_known: bool = False
    hidden: bool = False


def refuse_behind_last_line(number: int) -> None:
    """Raise `Unreadable` for a row behind the last one that a spreadsheet has."""
    if number > MAX_LINES:
        detail = f"The file has more than {MAX_LINES} rows: split it by grid"
        raise Unreadable("import.too_many_rows", detail, most=MAX_LINES)
