"""Workbooks written part by part, as programs write them that no library of ours imitates."""

import io
import zipfile
from collections.abc import Iterable
from typing import NamedTuple
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
FORMATS = {1: "0000000000", 2: 'm"月"d"日"', 3: "d-mmm"}  # by the number of a cell's style; 0 is General
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Raw(NamedTuple):
    """The value of a cell as the file has it, its type (`n`, `b`, `e`, `str`) and the number of its style."""

    value: str
    type: str = "n"
    style: int = 0


def sheet(rows: Iterable[Iterable[str | Raw]], *, dimension: str = "", merged: Iterable[str] = ()) -> str:
    """Return the XML within a worksheet."""
    lines = "".join(_row(number, cells) for number, cells in enumerate(rows, start=1))
    ranges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    about = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f"{about}<sheetData>{lines}</sheetData>" + (f"<mergeCells>{ranges}</mergeCells>" if ranges else "")


def _row(number: int, cells: Iterable[str | Raw]) -> str:
    return f'<row r="{number}">{"".join(_cell(f"{LETTERS[at]}{number}", c) for at, c in enumerate(cells) if c)}</row>'


def _cell(ref: str, cell: str | Raw) -> str:
    if isinstance(cell, str):
        return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{ref}" t="{cell.type}" s="{cell.style}"><v>{cell.value}</v></c>'


def workbook(*sheets: str, strict: bool = False, hidden: int = 0, strings: str = "", styles: str = "") -> bytes:
    """Return an .xlsx file of these worksheets; the last `hidden` ones are hidden."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": _book(len(sheets), hidden),
        "xl/_rels/workbook.xml.rels": _relations(
            *(("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)),
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
        ),
        "xl/styles.xml": styles or _styles(),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    parts |= {
        f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{MAIN}">{content}</worksheet>'
        for n, content in enumerate(sheets, start=1)
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            for ours, theirs in STRICT.items() if strict else ():
                text = text.replace(ours, theirs)
            archive.writestr(name, text)
    return packed.getvalue()


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = {"workbook": "sheet.main", "styles": "styles", "sharedStrings": "sharedStrings"}
    names |= {f"worksheets/sheet{n}": "worksheet" for n in range(1, sheets + 1)}
    each = "".join(f'<Override PartName="/xl/{n}.xml" ContentType="{kind}.{k}+xml"/>' for n, k in names.items())
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    usual = (
        f'<Default Extension="rels" ContentType="{relations}"/><Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'<Types xmlns="{PACKAGE}/content-types">{usual}{each}</Types>'


def _relations(*targets: tuple[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def _book(sheets: int, hidden: int) -> str:
    each = "".join(
        f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}" state="{"hidden" if n > sheets - hidden else "visible"}"/>'
        for n in range(1, sheets + 1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{each}</sheets></workbook>'


def _styles() -> str:
    formats = "".join(
        f'<numFmt numFmtId="{163 + n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for n, code in FORMATS.items()
    )
    cells = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>' + "".join(
        f'<xf numFmtId="{163 + n}" fontId="0" fillId="0" borderId="0"/>' for n in FORMATS
    )
    plain = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>{plain}<cellXfs>{cells}</cellXfs></styleSheet>'


def ods(rows: list[list[str]]) -> bytes:
    """An OpenDocument spreadsheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row)
        + "</table:table-row>"
        for row in rows
    )
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in names)
    table = f'<table:table table:name="S">{cells}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return packed.getvalue()
