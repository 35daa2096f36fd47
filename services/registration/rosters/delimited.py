"""Text files: commas, semicolons or tabs between cells; UTF-8, UTF-16 with its mark, or GBK."""

import csv
import io
from collections.abc import Iterator

from services.registration.rosters.cells import Cell, Kind
from services.registration.rosters.sheets import MAX_COLUMNS, Sheet, Unreadable, refuse_behind_last_line

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DELIMITERS = ",\t;"
_BEGINS = {
    b"%PDF": "The file is a PDF: export the roster as .xlsx or .csv",
    b"<": "The file is a web page whatever its name says: open it in the spreadsheet and save it as .xlsx",
    b"{\\rtf": "The file is a letter: copy the table into a spreadsheet and save it as .xlsx",
}


def sheets(content: bytes) -> list[Sheet]:
    """Return the one sheet of a text file. Raises `Unreadable`."""
    for begin, detail in _BEGINS.items():
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(begin):
            raise Unreadable("import.not_text", detail)
    text = _decoded(content)
    if "\x00" in text:
        raise Unreadable("import.not_text", "The file is neither a workbook nor text: save it as .xlsx or .csv")
    return [Sheet("", _rows(text))]


def _decoded(content: bytes) -> str:
    marked = _MARKS.get(content[:2])
    for encoding in (marked,) if marked else ("utf-8-sig", "gb18030"):  # GB 18030 reads every GBK file
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    detail = "The file is neither UTF-8 nor GBK text: save it as .xlsx or UTF-8 .csv"
    raise Unreadable("import.unknown_encoding", detail)


def _rows(text: str) -> Iterator[tuple[int, list[Cell]]]:
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for number, cells in enumerate(reader, start=1):
            if any(_swallowed(cell, delimiter) for cell in cells):
                raise Unreadable("import.bad_csv", _unclosed(begins), line=begins)
            begins = reader.line_num + 1
            refuse_behind_last_line(number)
            if any(cell.strip() for cell in cells):
                _check_width(cells, number)
                yield number, [Cell(cell.strip(), Kind.UNTYPED) for cell in cells[:MAX_COLUMNS]]
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise Unreadable("import.bad_csv", _unclosed(begins), line=begins) from None
        detail = f"The .csv cannot be read at line {begins} ({error}): correct the line and save it again"
        raise Unreadable("import.bad_csv", detail, line=begins) from None


def _delimiter(text: str) -> str:
    """Return what stands between cells: the mark that the first lines hold most often."""
    first = text[:10_000].splitlines()[:15]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in first), default=0))


def _swallowed(cell: str, delimiter: str) -> bool:
    """Whether a cell holds whole rows: the quote that opens it was meant to be closed earlier."""
    lines = cell.splitlines()
    return len(lines) > 1 and any(line.count(delimiter) >= 2 for line in lines)


def _unclosed(line: int) -> str:
    return f"A quote in line {line} of the .csv is not closed where it should be: close or delete it and save it again"


def _check_width(cells: list[str], number: int) -> None:
    if any(cell.strip() for cell in cells[MAX_COLUMNS:]):
        detail = f"Row {number} has more than {MAX_COLUMNS} cells: delete the rest"
        raise Unreadable("import.too_wide", detail, row=number, most=MAX_COLUMNS)
