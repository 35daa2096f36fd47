"""Sheets that people download: what a list shows as .csv, and empty rosters to fill in."""

import csv
import io
from collections.abc import Iterable, Sequence

from shared.base.cells import cell

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARK = "\ufeff"  # without it a spreadsheet reads the Chinese as something else
# The columns of rosters by their names, as registration has them: what a mapping by hand may choose.
COLUMNS = {
    "residents": {
        **{"compound": "小区", "building": "楼栋", "unit": "单元", "room": "房号", "name": "姓名"},
        **{"id_number": "身份证号", "phone": "电话", "categories": "特殊人群", "card": "卡号"},
        **{"birth_date": "出生日期", "paper_kind": "证件类型", "passport": "护照号"},
        **{"hk_macau_permit": "港澳居民来往内地通行证", "taiwan_permit": "台湾居民来往大陆通行证"},
        **{"relation": "与户主关系", "registered_address": "户籍地址", "second_home": "第二住址"},
        **{
            "keeper": "包保人账号",
            "consent": "同意书版本",
            "consent_date": "同意日期",
            "consent_witness": "见证人账号",
        },
    },
    "places": {"level": "级别", "code": "编码", "name": "名称", "parent": "上级"},
    "staff": {
        **{"name": "姓名", "phone": "电话", "unit": "单位", "qualifications": "资质", "duties": "职责"},
        **{"area": "负责区域", "account": "账号"},
    },
}
# The rosters of employers are not mapped by hand.
_EMPLOYEES = (
    "姓名",
    "身份证号",
    "联系电话",
    "企业名称",
    "岗位",
    "车间",
    "班组",
    "班次",
    "现住址",
    "同住家属",
    "入职日期",
)
TEMPLATES = {kind: tuple(columns.values()) for kind, columns in COLUMNS.items()} | {"employees": _EMPLOYEES}
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
