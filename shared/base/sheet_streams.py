"""Sheets that are written row by row, however many rows there are: .csv that a spreadsheet reads as UTF-8, and .xlsx.

Each cell is a text, so that no spreadsheet rounds a number, and no text becomes a formula.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import IO, Protocol
from xml.sax.saxutils import escape

from shared.base.cells import cell

BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet reads the Chinese as something else
ROWS_A_SHEET = 1_048_576
_COMPRESSION = 1
_CUT = 32_767  # characters that a cell of a workbook holds
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="49" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fillId="2" applyNumberFormat="1" applyFill="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Form(StrEnum):
    """How a sheet is written."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Rows = Iterable[Sequence[str]]


class Marked(str):
    """A text whose cell is marked by a colour, where the sheet has colours."""

    __slots__ = ()


class SheetStream(Protocol):
    """A sheet that is written in pieces."""

    def write(self, rows: Rows) -> bytes:
        """Write rows and return what of the file is ready."""
        ...

    def end(self) -> bytes:
        """Return the rest of the file."""
        ...


def sheet_stream(form: Form, title: str, heading: Sequence[str]) -> SheetStream:
    """Return a sheet of a form; its first row is the heading."""
    return CsvStream(heading) if form is Form.CSV else XlsxStream(title, heading)


class CsvStream:
    """A .csv in pieces."""

    def __init__(self, heading: Sequence[str]) -> None:
        self._first = BYTE_ORDER_MARK + _lines([heading])

    def write(self, rows: Rows) -> bytes:
        """Write rows and return them."""
        first, self._first = self._first, ""
        return (first + _lines(rows)).encode(errors="replace")

    def end(self) -> bytes:
        """Return what is left: the heading of a sheet without rows."""
        return self.write(())


def _lines(rows: Rows) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([cell(text) for text in row] for row in rows)
    return out.getvalue()


class XlsxStream:
    """A workbook in pieces; where one sheet is full, another follows."""

    def __init__(self, title: str, heading: Sequence[str]) -> None:
        self._title, self._heading = title, list(heading)
        self._ready = _Pieces()
        self._packed = zipfile.ZipFile(self._ready, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        self._sheets = 0
        self._sheet: IO[bytes] | None = None
        self._left = 0

    def write(self, rows: Rows) -> bytes:
        """Write rows and return what of the file is ready."""
        waiting = [_row(row) for row in rows]
        while waiting:
            if not self._left:
                self._begin_sheet()
            assert self._sheet is not None
            some, waiting = waiting[: self._left], waiting[self._left :]
            self._sheet.write("".join(some).encode())
            self._left -= len(some)
        return self._ready.take()

    def end(self) -> bytes:
        """Return the rest of the file."""
        if not self._sheets:
            self._begin_sheet()
        self._end_sheet()
        for name, content in _parts(self._title, self._sheets):
            self._packed.writestr(name, _HEAD + content)
        self._packed.close()
        return self._ready.take()

    def _begin_sheet(self) -> None:
        self._end_sheet()
        self._sheets += 1
        self._sheet = self._packed.open(f"xl/worksheets/sheet{self._sheets}.xml", "w", force_zip64=True)
        self._sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{_row(self._heading)}'.encode())
        self._left = ROWS_A_SHEET - 1

    def _end_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()
            self._sheet = None


class _Pieces(io.RawIOBase):
    """What a zip file has written and no reader has taken; it cannot be gone back in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # a zip file writes bytes alone
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


def _row(cells: Sequence[str]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(text: str) -> str:
    style = 2 if isinstance(text, Marked) else 1
    if not text:
        return f'<c s="{style}"/>' if style > 1 else "<c/>"
    plain = escape(_UNWRITABLE.sub("", str(cell(text)))[:_CUT])
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{plain}</t></is></c>'


def _parts(title: str, sheets: int) -> Iterable[tuple[str, str]]:
    """Return the parts of a workbook that name its sheets."""
    numbers = range(1, sheets + 1)
    names = [escape(title if sheets == 1 else f"{title} {n}", {'"': "&quot;"}) for n in numbers]
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers] + [("styles", "styles.xml")]
    yield "xl/_rels/workbook.xml.rels", _relations(targets)
    yield "xl/styles.xml", _STYLES
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    kinds = [
        ("workbook", "sheet.main"),
        *((f"worksheets/sheet{n}", "worksheet") for n in numbers),
        ("styles", "styles"),
    ]
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{_KINDS}.{kind}+xml"/>' for part, kind in kinds
    )
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    yield "[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'
