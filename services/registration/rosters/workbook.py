"""Workbooks: .xlsx through openpyxl, everything else through calamine.

calamine reads .xls, .xlsb, .ods, Strict OOXML and workbooks whose styles openpyxl refuses. It does not state how a
number is shown, it gives an error as an empty cell, and a cell far away makes it allocate the whole area; so ordinary
.xlsx files, which clerks send most, are read by openpyxl, row by row and whatever the file states about its own size.
"""

import io
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from services.registration.rosters.cells import Cell, Kind
from services.registration.rosters.sheets import (
    MAX_COLUMNS,
    NOT_A_WORKBOOK,
    Numbered,
    Sheet,
    Unreadable,
    refuse_behind_last_line,
)

# A hundred thousand rows of nine columns are some 70 MB of XML; what unpacks to more was made to do harm.
MAX_SHEETS_BYTES = 256 << 20  # they are read row by row
MAX_UNPACKED_BYTES = 64 << 20  # of all other parts
MAX_PART_BYTES = 16 << 20
MAX_STRINGS_BYTES = 32 << 20  # they are read whole, for however few cells
MAX_MERGED = 100_000
_MAX_BEHIND_ROWS = 16 << 20  # what a sheet states behind its rows, its merged cells for one
_TEXTS = (".xml", ".bin")
_STRINGS = ("sharedStrings.xml", "sharedStrings.bin")
_SHEETS = "xl/worksheets/"
_STRICT = b"purl.oclc.org/ooxml"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ROWS_END = b"</sheetData>"
_CHUNK = 1 << 20
_ZEROS = re.compile(r"0+")

Ranges = Iterable[tuple[tuple[int, int], tuple[int, int]]]


def readers(content: bytes) -> Sequence[Callable[[bytes], Iterable[Sheet]]]:
    """Return what reads the sheets of a workbook: the second where the first fails. Raises `Unreadable`."""
    if content[:2] == b"PK":
        _refuse_bomb(content)
        if not _is_strict(content):
            return _by_openpyxl, _by_calamine
    return (_by_calamine,)


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            sheets = sum(part.file_size for part in parts if part.filename.startswith(_SHEETS))
            others = sum(part.file_size for part in parts) - sheets
            if sheets > MAX_SHEETS_BYTES or others > MAX_UNPACKED_BYTES or any(map(_is_too_large, parts)):
                detail = "The workbook unpacks to too much: remove pictures and split it by grid"
                raise Unreadable("import.too_large", detail)
            if packed.testzip() is not None:
                raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError):
        raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK) from None


def _is_too_large(part: zipfile.ZipInfo) -> bool:
    if part.filename.startswith(_SHEETS) or not part.filename.endswith(_TEXTS):
        return False
    return part.file_size > (MAX_STRINGS_BYTES if part.filename.endswith(_STRINGS) else MAX_PART_BYTES)


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
            # Any: a private part of openpyxl, which has no public name for the path
            merged = list(_merged(packed, cast(Any, sheet)._worksheet_path))
            rows = ((n, list(map(_of_openpyxl, row))) for n, row in enumerate(sheet.iter_rows(), start=1))
            yield Sheet(sheet.title, _fill_down(_keep_filled(rows), merged), True, sheet.sheet_state != "visible")


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


def _by_calamine(content: bytes) -> Iterator[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for about in book.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            first = sheet.start[0] + 1 if sheet.start else 1
            rows = ((n, list(map(_of_value, row))) for n, row in enumerate(sheet.iter_rows(), start=first))
            merged = sheet.merged_cell_ranges or ()
            hidden = about.visible is not SheetVisibleEnum.Visible
            yield Sheet(about.name, _fill_down(_keep_filled(rows), merged), bool(merged), hidden)
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


def _keep_filled(rows: Numbered) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows that hold something."""
    for number, cells in rows:
        refuse_behind_last_line(number)
        if any(cell.text for cell in cells):
            yield number, cells[:MAX_COLUMNS]


def _merged(packed: zipfile.ZipFile, path: str) -> Ranges:
    """Return the ranges of merged cells, which stand behind the data of a sheet."""
    for left, top, right, bottom in _MERGED.findall(_behind_rows(packed, path)):
        yield (int(top) - 1, _column(left)), (int(bottom) - 1, _column(right))


def _behind_rows(packed: zipfile.ZipFile, path: str) -> bytes:
    """Return what a sheet states behind its rows. Raises `Unreadable` where that is too much."""
    with packed.open(path) as sheet:
        before = behind = b""
        while chunk := sheet.read(_CHUNK):
            if behind:
                behind += chunk
            else:
                both = before + chunk
                behind = both[at:] if (at := both.find(_ROWS_END)) >= 0 else b""
                before = chunk[-len(_ROWS_END) :]
            if len(behind) > _MAX_BEHIND_ROWS:
                raise _too_many_merged()
    return behind


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - ord("A") + 1
    return at - 1


def _fill_down(rows: Numbered, merged: Ranges) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows; each row of a merged range has what stands in the range's first cell."""
    begins: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for count, ((top, left), (bottom, _)) in enumerate(merged):
        if count == MAX_MERGED:
            raise _too_many_merged()
        if bottom > top and left < MAX_COLUMNS:
            begins[top + 1].append((left, bottom + 1))
    filled: list[tuple[int, int, Cell]] = []  # in which column, until which row, with what
    for number, cells in rows:
        filled = [one for one in filled if one[1] >= number] if filled else filled
        for left, _, cell in filled:
            cells.extend([Cell("")] * (left + 1 - len(cells)))
            cells[left] = cell
        for left, last in begins.get(number, ()):
            if left < len(cells) and cells[left].text:
                filled.append((left, last, cells[left]))
        yield number, cells


def _too_many_merged() -> Unreadable:
    detail = f"The sheet has more than {MAX_MERGED} merged areas: split the merged cells, or split it by grid"
    return Unreadable("import.too_costly", detail)
