"""Workbooks: .xlsx through openpyxl, everything else through calamine.

calamine reads .xls, .xlsb, .ods, Strict OOXML and workbooks whose styles openpyxl refuses. It does not state how a
number is shown, it gives an error as an empty cell, and a cell far away makes it allocate the whole area; so ordinary
.xlsx files, which clerks send most, are read by openpyxl, row by row and whatever the file states about its own size.
"""

import io
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from services.registration.rosters.cells import Cell, Kind
from services.registration.rosters.sheets import MAX_COLUMNS, MAX_LINES, MOST_ROWS, Sheet, Unreadable

# Five thousand rows are some 5 MB of XML; what unpacks to more was made to do harm or carries pictures.
MAX_UNPACKED_BYTES = 64 << 20
MAX_PART_BYTES = 16 << 20
MAX_STRINGS_BYTES = 6 << 20  # they are read whole, for however few cells
MAX_MERGED = 20_000
_TEXTS = (".xml", ".bin")
_STRINGS = ("sharedStrings.xml", "sharedStrings.bin")
NOT_A_WORKBOOK = "The file is no workbook that can be read: save it as .xlsx or .csv"
_STRICT = b"purl.oclc.org/ooxml"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ZEROS = re.compile(r"0+")

Ranges = Iterable[tuple[tuple[int, int], tuple[int, int]]]
Numbered = Iterable[tuple[int, list[Cell]]]


def sheets(content: bytes) -> list[Sheet]:
    """Return the sheets of a workbook. Raises `Unreadable`."""
    if content[:2] == b"PK":
        _refuse_bomb(content)
        if not _is_strict(content):
            try:
                return list(_by_openpyxl(content))
            except Unreadable:
                raise
            except Exception:  # whatever openpyxl dislikes in an archive, calamine may read it
                read = _by_calamine(content)
                if any(sheet.rows for sheet in read):
                    return read
                raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK) from None
    return _by_calamine(content)


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sizes = [entry.file_size for entry in packed.infolist()]
            if sum(sizes) > MAX_UNPACKED_BYTES or any(map(_is_too_large, packed.infolist())):
                detail = "The workbook unpacks to too much: remove pictures and split it by grid"
                raise Unreadable("import.too_large", detail)
            if packed.testzip() is not None:
                raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError):
        raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK) from None


def _is_too_large(part: zipfile.ZipInfo) -> bool:
    most = MAX_STRINGS_BYTES if part.filename.endswith(_STRINGS) else MAX_PART_BYTES
    return part.filename.endswith(_TEXTS) and part.file_size > most


def _is_strict(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "xl/workbook.xml" in packed.namelist() and _STRICT in packed.read("xl/workbook.xml")


def import_openpyxl() -> None:
    """Import openpyxl without numpy: it takes numpy's types where it can, and a third of the time for it."""
    sys.modules.setdefault("numpy", cast(Any, None))  # Any: a private part of openpyxl
    import openpyxl  # noqa: F401


def _by_openpyxl(content: bytes) -> Iterator[Sheet]:
    import_openpyxl()
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # WPS writes the dimension A1 whatever the sheet holds
            rows = ((n, list(map(_of_openpyxl, row))) for n, row in enumerate(sheet.iter_rows(), start=1))
            kept, cut = _keep_filled(rows)
            # Any: a private part of openpyxl
            merged = _merged(packed.read(cast(Any, sheet)._worksheet_path))  # openpyxl has no public name for it
            yield Sheet(sheet.title, _fill_down(kept, merged), True, cut, sheet.sheet_state != "visible")


def _of_openpyxl(cell: Any) -> Cell:  # Any: a private part of openpyxl
    if cell.value is None:
        return Cell("")
    if cell.data_type == "e":
        return Cell(str(cell.value), Kind.ERROR)
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        if _ZEROS.fullmatch(cell.number_format) and float(cell.value).is_integer():
            return Cell(f"{int(cell.value):0{len(cell.number_format)}d}", Kind.PADDED)
        return Cell(_number(cell.value), Kind.PLAIN if cell.number_format == "General" else Kind.NUMBER)
    return _of_value(cell.value)


def _by_calamine(content: bytes) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for about in book.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            first = sheet.start[0] + 1 if sheet.start else 1
            rows = ((n, list(map(_of_value, row))) for n, row in enumerate(sheet.iter_rows(), start=first))
            kept, cut = _keep_filled(rows)
            merged = sheet.merged_cell_ranges
            hidden = about.visible is not SheetVisibleEnum.Visible
            sheets.append(Sheet(about.name, _fill_down(kept, merged or ()), bool(merged), cut, hidden))
        return sheets
    except PasswordError:
        detail = "The workbook has a password: save it without one and send it again"
        raise Unreadable("import.not_a_workbook", detail) from None
    except CalamineError:
        raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK) from None


def _of_value(value: object) -> Cell:
    if isinstance(value, bool):
        return Cell(str(value).upper(), Kind.TRUTH)
    if isinstance(value, int | float):
        return Cell(_number(value), Kind.NUMBER)
    if isinstance(value, date | datetime | time | timedelta):
        return Cell(str(value), Kind.DATE)
    return Cell(str(value).strip())


def _number(value: float) -> str:
    """Return a number as it is shown: spreadsheets keep room 1201 as 1201.0."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def _keep_filled(rows: Numbered) -> tuple[list[tuple[int, list[Cell]]], bool]:
    """Return the rows that hold something, and whether there are more of them than a roster may have."""
    kept: list[tuple[int, list[Cell]]] = []
    for number, cells in rows:
        if len(kept) > MOST_ROWS or number > MAX_LINES:
            return kept, True
        if any(cell.text for cell in cells):
            kept.append((number, cells[:MAX_COLUMNS]))
    return kept, False


def _merged(sheet: bytes) -> Ranges:
    """Return the ranges of merged cells, which stand behind the data of a sheet."""
    for left, top, right, bottom in _MERGED.findall(sheet, max(0, sheet.rfind(b"</sheetData>"))):
        yield (int(top) - 1, _column(left)), (int(bottom) - 1, _column(right))


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - ord("A") + 1
    return at - 1


def _fill_down(rows: list[tuple[int, list[Cell]]], merged: Ranges) -> list[tuple[int, list[Cell]]]:
    """Give each row of a merged range what stands in the range's first cell."""
    by_number = dict(rows)
    last = max(by_number, default=0)
    for count, ((top, left), (bottom, _)) in enumerate(merged):
        if count == MAX_MERGED:
            detail = f"The sheet has more than {MAX_MERGED} merged areas: split the merged cells, or split it by grid"
            raise Unreadable("import.too_costly", detail)
        first = by_number.get(top + 1, [])
        if left >= len(first) or not first[left].text or left >= MAX_COLUMNS:
            continue
        for number in range(top + 2, min(bottom + 1, last) + 1):
            cells = by_number.get(number)
            if cells is not None:
                cells.extend([Cell("")] * (left + 1 - len(cells)))
                cells[left] = first[left]
    return rows
