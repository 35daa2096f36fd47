"""Reads a roster: the file becomes rows of cells in a process of its own, within limits of time and memory."""

import atexit
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from services.registration.domain.imports import SkippedRows
from services.registration.rosters.answers import SheetTop, rows_of, tops
from services.registration.rosters.apart import ReaderHost
from services.registration.rosters.by_hand import ByHand, heading_by_hand
from services.registration.rosters.cells import EMPTY, Cell, Column, Kind
from services.registration.rosters.columns import CORRECTS, Columns, Heading, find_heading, is_heading
from services.registration.rosters.rows import Roster, Row
from shared.base.errors import Invalid

SHIFTED = "the row has more cells than the heading: put a cell that holds the mark between cells into quotes"
TOTALS = ("合计", "总计", "小计", "共计", "total")
SIGNED = ("填报", "填表", "制表", "审核", "负责人", "备注", "注", "说明")
MOST_SKIPPED = 20_000  # runs of rows that are no data: an import states each
_HOST = ReaderHost()
atexit.register(_HOST.close)


def read(content: bytes, columns: Columns, by_hand: ByHand | None = None) -> Roster:
    """Return the roster in a file. Raises `Invalid` with what is wrong with the file as a whole."""
    return open_file(content).roster(columns, by_hand)


def open_file(content: bytes) -> "Opened":
    """Return what a reader process makes of a file. Raises `Invalid` for a file that cannot be read."""
    if not content.strip():
        raise _empty()
    answer = _HOST.read(content)
    if answer is None:
        raise _too_costly()
    return Opened(answer, tops(answer))


class Opened(NamedTuple):
    """A file that was read: the reader's answer, and the top of each of its sheets."""

    answer: bytes
    sheets: Sequence[SheetTop]

    @property
    def corrects(self) -> str:
        """The import whose rows the file corrects, as the heading of an error sheet names it; else an empty text."""
        cells = (cell.text for sheet in self.sheets for _, row in sheet.first for cell in row)
        return next((match[1] for match in map(CORRECTS.search, cells) if match), "")

    def roster(self, columns: Columns, by_hand: ByHand | None = None) -> Roster:
        """Return the roster, with its columns as a clerk has mapped them, or by their titles. Raises `Invalid`."""
        sheet, heading = self.find(columns, by_hand)
        rows = RosterRows(self.answer, sheet, heading, columns)
        if next(iter(rows), None) is None:
            raise Invalid("import.empty", "The file has no rows under its heading: fill it in and send it again")
        unread = [other.name for other in self.sheets if other is not sheet and other.first]
        return Roster(rows, frozenset(heading.names.values()), list(heading.unknown), unread)

    def find(self, columns: Columns, by_hand: ByHand | None = None) -> tuple[SheetTop, Heading]:
        """Return the sheet that holds the roster, and its heading. Raises `Invalid`."""
        headings = [self._heading(sheet, columns, by_hand) for sheet in self.sheets]
        rosters = [(sheet, at) for sheet, at in zip(self.sheets, headings, strict=True) if isinstance(at, Heading)]
        chosen = [(sheet, at) for sheet, at in rosters if not sheet.hidden] or rosters
        if not chosen and by_hand:
            raise _no_mapped_heading(by_hand)
        if not chosen:
            raise _no_heading(self.sheets, headings, columns)
        if len(chosen) > 1:
            names = "、".join(sheet.name for sheet, _ in chosen)
            text = f"The sheets {names} hold a roster each: save each as a file of its own, or delete what is not meant"
            raise Invalid("import.several_rosters", text, sheets=names)
        return chosen[0]

    @staticmethod
    def _heading(sheet: SheetTop, columns: Columns, by_hand: ByHand | None) -> Heading | Sequence[str]:
        if not by_hand:
            return find_heading(sheet.first, columns)
        return heading_by_hand(sheet.first, columns, by_hand) or ()


class RosterRows:
    """The rows of a roster, read out of the reader's answer each time.

    How many there are, and which rows are no data, is known once they were read to the end; asking reads them.
    """

    def __init__(self, answer: bytes, sheet: SheetTop, heading: Heading, columns: Columns) -> None:
        self._answer, self._sheet, self._heading, self._columns = answer, sheet, heading, columns
        self._doors = {name for name in heading.names.values() if columns[name].texts is Column.DOOR}
        self._whole: tuple[int, list[SkippedRows]] | None = None

    @property
    def skipped(self) -> list[SkippedRows]:
        """Return the rows that are no data."""
        return self._read_to_end()[1]

    def __len__(self) -> int:
        """Return how many rows are data."""
        return self._read_to_end()[0]

    def __iter__(self) -> Iterator[Row]:
        """Read the rows in their order."""
        skipped: list[SkippedRows] = []
        count = 0
        for row in self._read(skipped):
            count += 1
            yield row
        self._whole = count, skipped

    def _read_to_end(self) -> tuple[int, list[SkippedRows]]:
        if self._whole is None:
            for _ in self:
                pass
        assert self._whole is not None
        return self._whole

    def _read(self, skipped: list[SkippedRows]) -> Iterator[Row]:
        heading, merged_known = self._heading, self._sheet.merged_known
        filled: set[str] = set()
        for number, cells in rows_of(self._answer, self._sheet.number, heading.below):
            known = {name: cells[at] for at, name in heading.names.items() if at < len(cells) and cells[at].text}
            if why := _no_data(cells, known, heading, self._columns):
                _skip(skipped, number, why)
                continue
            empty = frozenset() if merged_known else frozenset(self._doors & filled - known.keys())
            filled |= self._doors & known.keys()
            yield Row(number, known, empty, SHIFTED if _is_shifted(cells, heading) else "")


def _is_shifted(cells: Sequence[Cell], heading: Heading) -> bool:
    """Whether a row of a text file has more cells than the heading: a mark between cells stands within one of them."""
    return any(cell.kind is Kind.UNTYPED for cell in cells[heading.width :])


def _skip(skipped: list[SkippedRows], number: int, why: str) -> None:
    if skipped and skipped[-1].last == number - 1 and skipped[-1].reason == why:
        skipped[-1] = skipped[-1]._replace(last=number)
    else:
        if len(skipped) == MOST_SKIPPED:
            text = f"Rows without data stand at more than {MOST_SKIPPED} positions of the file: split it by grid"
            raise Invalid("import.too_costly", text)
        skipped.append(SkippedRows(number, number, why))


def _no_data(cells: Sequence[Cell], known: dict[str, Cell], heading: Heading, columns: Columns) -> str:
    """Return why a row is no data, or an empty text."""
    texts = [cell.text for cell in cells if cell.text]
    required = [name for name, column in columns.items() if column.required]
    if any(known.get(name, EMPTY).text for name in ("id_number", "code")):
        return "a repeated heading" if is_heading(cells, heading, columns) else ""
    if any("".join(text.split()).lower().startswith(TOTALS) for text in texts[:2]):
        return "a total"
    if texts[0].startswith(SIGNED) and len(known) <= 1:
        return "a remark"
    return "nothing in the known columns" if not known and required else ""


# Any: what a sheet states, by name
def _no_heading(sheets: Sequence[SheetTop], headings: Sequence[Any], columns: Columns) -> Invalid:
    missing = min((at for sheet, at in zip(sheets, headings, strict=True) if sheet.first), key=len, default=None)
    if missing is None:
        return _empty()
    known = "、".join(column.titles[0] for column in columns.values())
    lacking = "、".join(missing)
    text = f"The heading lacks the columns {lacking}; the known ones are {known}"
    advice = "put them above the rows, within the first 15 rows"
    return Invalid("import.columns_missing", f"{text}: {advice}", missing=lacking, known=known)


def _no_mapped_heading(by_hand: ByHand) -> Invalid:
    titles = "、".join(by_hand)
    text = f"No row of the file has the titles {titles}: map the columns of this file anew"
    return Invalid("import.mapping_misses", text, titles=titles)


def _empty() -> Invalid:
    return Invalid("import.empty", "The file is empty: choose the roster and send it again")


def _too_costly() -> Invalid:
    text = "The file takes too much time or memory to be read: copy its rows into a new sheet, or save it as .csv"
    return Invalid("import.too_costly", text)
