"""Reads a roster: the file becomes rows of cells in a process of its own, within limits of time and memory."""

import atexit
import json
from collections.abc import Sequence
from typing import Any

from services.registration.domain.imports import SkippedRows
from services.registration.rosters.apart import ReaderHost
from services.registration.rosters.cells import EMPTY, Cell, Column, Kind
from services.registration.rosters.columns import Columns, Heading, find_heading, is_heading
from services.registration.rosters.rows import Roster, Row
from services.registration.rosters.sheets import MAX_ROWS, Sheet
from shared.base.errors import Invalid

SHIFTED = "the row has more cells than the heading: put a cell that holds the mark between cells into quotes"
TOTALS = ("合计", "总计", "小计", "共计", "total")
SIGNED = ("填报", "填表", "制表", "审核", "负责人", "备注", "注", "说明")
_HOST = ReaderHost()
atexit.register(_HOST.close)


def read(content: bytes, columns: Columns) -> Roster:
    """Return the roster in a file. Raises `Invalid` with what is wrong with the file as a whole."""
    if not content.strip():
        raise _empty()
    sheets = _sheets(content)
    headings = [find_heading([(n, cells) for n, cells in sheet.rows], columns) for sheet in sheets]
    rosters = [(sheet, at) for sheet, at in zip(sheets, headings, strict=True) if isinstance(at, Heading)]
    chosen = [(sheet, at) for sheet, at in rosters if not sheet.hidden] or rosters
    if not chosen:
        raise _no_heading(sheets, headings, columns)
    if len(chosen) > 1:
        names = "、".join(sheet.name for sheet, _ in chosen)
        text = f"The sheets {names} hold a roster each: save each as a file of its own, or delete what is not meant"
        raise Invalid("import.several_rosters", text, sheets=names)
    sheet, heading = chosen[0]
    roster = _roster(sheet, heading, columns)
    if len(roster.rows) > MAX_ROWS or sheet.cut:
        text = f"The file has more than {MAX_ROWS} rows: split it by grid"
        raise Invalid("import.too_many_rows", text, most=MAX_ROWS)
    if not roster.rows:
        raise Invalid("import.empty", "The file has no rows under its heading: fill it in and send it again")
    return roster._replace(unread_sheets=[other.name for other in sheets if other is not sheet and other.rows])


def _sheets(content: bytes) -> list[Sheet]:
    """Return the sheets of a file. Raises `Invalid`."""
    read_apart = _HOST.read(content)
    if read_apart is None:
        raise _too_costly()
    answer = json.loads(read_apart)
    if "sheets" not in answer:
        raise Invalid(answer["code"], answer["detail"], **answer["details"])
    return [_sheet(**sheet) for sheet in answer["sheets"]]


def _sheet(rows: list[tuple[int, list[tuple[str, str]]]], **about: Any) -> Sheet:  # Any: what a sheet states, by name
    return Sheet(rows=[(n, [Cell(text, Kind(kind)) for text, kind in cells]) for n, cells in rows], **about)


def _roster(sheet: Sheet, heading: Heading, columns: Columns) -> Roster:
    rows: list[Row] = []
    skipped: list[SkippedRows] = []
    filled: set[str] = set()
    for number, cells in sheet.rows[heading.below :]:
        known = {name: cells[at] for at, name in heading.names.items() if at < len(cells) and cells[at].text}
        if why := _no_data(cells, known, heading, columns):
            _skip(skipped, number, why)
            continue
        doors = {name for name in heading.names.values() if columns[name].texts is Column.DOOR}
        empty = frozenset() if sheet.merged_known else frozenset(doors & filled - known.keys())
        filled |= doors & known.keys()
        rows.append(Row(number, known, empty, SHIFTED if _is_shifted(cells, heading) else ""))
    return Roster(rows, skipped, frozenset(heading.names.values()), list(heading.unknown), [])


def _is_shifted(cells: Sequence[Cell], heading: Heading) -> bool:
    """Whether a row of a text file has more cells than the heading: a mark between cells stands within one of them."""
    return any(cell.kind is Kind.UNTYPED for cell in cells[heading.width :])


def _skip(skipped: list[SkippedRows], number: int, why: str) -> None:
    if skipped and skipped[-1].last == number - 1 and skipped[-1].reason == why:
        skipped[-1] = skipped[-1]._replace(last=number)
    else:
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
def _no_heading(sheets: Sequence[Sheet], headings: Sequence[Any], columns: Columns) -> Invalid:
    missing = min((at for sheet, at in zip(sheets, headings, strict=True) if sheet.rows), key=len, default=None)
    if missing is None:
        return _empty()
    known = "、".join(column.titles[0] for column in columns.values())
    lacking = "、".join(missing)
    text = f"The heading lacks the columns {lacking}; the known ones are {known}"
    advice = "put them above the rows, within the first 15 rows"
    return Invalid("import.columns_missing", f"{text}: {advice}", missing=lacking, known=known)


def _empty() -> Invalid:
    return Invalid("import.empty", "The file is empty: choose the roster and send it again")


def _too_costly() -> Invalid:
    text = "The file takes too much time or memory to be read: copy its rows into a new sheet, or save it as .csv"
    return Invalid("import.too_costly", text)
