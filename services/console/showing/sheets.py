"""Sheets that people download: what a list shows as .csv, and empty rosters to fill in."""

import csv
import io
from collections.abc import Iterable, Sequence

from shared.base.cells import cell

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARK = "\ufeff"  # without it a spreadsheet reads the Chinese as something else
TEMPLATES = {
    "residents": ("小区", "楼栋", "单元", "房号", "姓名", "身份证号", "电话", "特殊人群", "卡号"),
    "places": ("级别", "编码", "名称", "上级"),
    "staff": ("姓名", "电话", "单位", "资质", "职责", "负责区域", "账号"),
}
_WIDTH = 18
_ROWS = 2_000  # so many rows are text already, so that no spreadsheet rounds an ID number


def csv_of(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as .csv that a spreadsheet reads as UTF-8; no text of it becomes a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([cell(title) for title in heading])
    writer.writerows([[cell("" if value is None else value) for value in row] for row in rows])
    return (MARK + out.getvalue()).encode()


def template_of(kind: str) -> bytes:
    """Return an empty roster to fill in, as .xlsx. Raises `KeyError` for a kind that there is none of."""
    from openpyxl import Workbook  # it takes long to load, and few requests need it
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.create_sheet(kind, 0)
    del book["Sheet"]
    sheet.append([cell(title) for title in TEMPLATES[kind]])
    for at in range(1, len(TEMPLATES[kind]) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTH
        for row in range(2, _ROWS):
            sheet.cell(row, at).number_format = "@"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_of(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as .xlsx; each cell is a text, so that no spreadsheet rounds a number or reads a formula."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (heading, *rows):
        sheet.append([cell("" if value is None else str(value)) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
