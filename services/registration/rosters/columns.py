"""The columns of rosters, and the heading under which they stand."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.registration.rosters.cells import LONGEST, Cell, Column
from shared.base.errors import Invalid

HEADING_WITHIN_ROWS = 15  # a title and a line with unit, date and author often stand above it


class Titles(NamedTuple):
    """A column: its titles, the usual one first, and what its texts are for."""

    titles: tuple[str, ...]
    texts: Column = Column.WORDS
    required: bool = False


Columns = Mapping[str, Titles]
RESIDENT_COLUMNS: Columns = {
    "compound": Titles(("小区", "小区/村", "村", "小区名称", "所属小区", "compound"), required=True),
    "building": Titles(("楼栋", "楼", "楼号", "栋", "楼栋号", "幢", "building"), Column.DOOR),
    "unit": Titles(("单元", "单元号", "unit"), Column.DOOR),
    "room": Titles(("房号", "门牌号", "房间号", "室", "门牌", "室号", "room"), Column.DOOR, required=True),
    "name": Titles(("姓名", "居民姓名", "name"), required=True),
    "id_number": Titles(
        ("身份证号", "身份证号码", "证件号码", "证件号", "公民身份号码", "身份证", "id_number"),
        Column.ID_NUMBER,
        required=True,
    ),
    "phone": Titles(
        ("电话", "联系电话", "联系方式", "手机号", "手机号码", "联系手机", "手机", "电话号码", "phone"), Column.PHONE
    ),
    "categories": Titles(("特殊人群", "特殊群体", "特殊人群类别", "categories")),
    "card": Titles(("卡号", "就诊卡", "就诊卡号", "card"), Column.CARD),
}
PLACE_COLUMNS: Columns = {
    "level": Titles(("级别", "level"), required=True),
    "code": Titles(("编码", "code"), Column.DOOR, required=True),
    "name": Titles(("名称", "name"), required=True),
    "parent": Titles(("上级", "parent")),
}
STAFF_COLUMNS: Columns = {
    "name": Titles(("姓名", "工作人员", "工作人员姓名", "name"), required=True),
    "account": Titles(("账号", "登录账号", "account")),
    "phone": Titles(
        ("电话", "联系电话", "联系方式", "手机号", "手机号码", "手机", "电话号码", "phone"), Column.PHONE, required=True
    ),
    "unit": Titles(("单位", "工作单位", "所属单位", "派出单位", "employer", "unit")),
    "qualifications": Titles(("资质", "专业资质", "资格", "qualifications")),
    "duties": Titles(("职责", "岗位", "岗位职责", "工作职责", "duties")),
    "area": Titles(("负责区域", "辖区", "区域", "所属社区", "网格", "area")),
}
_DECORATION = re.compile(r"[\s*＊:：]+")
_REMARK = re.compile(r"[（(][^（()）]*[）)]$")

Table = Sequence[tuple[int, Sequence[Cell]]]


class Heading(NamedTuple):
    """Where the columns stand, the titles that are unknown, the index of the first row below, and its cells' count."""

    names: Mapping[int, str]
    unknown: Sequence[str]
    below: int
    width: int


def find_heading(table: Table, columns: Columns) -> Heading | Sequence[str]:
    """Return the heading among the first rows, or the titles that are missing in the row that comes nearest to one.

    It may stand in two rows, of which the lower one divides some columns. Raises `Invalid` where two columns mean the
    same.
    """
    nearest = [titles.titles[0] for titles in columns.values() if titles.required]
    first = table[:HEADING_WITHIN_ROWS]
    for at in range(len(first)):
        for rows in (first[at : at + 1], first[at : at + 2]):
            titles = _titles(rows, columns)
            names = {place: columns_name for place, (columns_name, _) in titles.items() if columns_name}
            missing = [c.titles[0] for name, c in columns.items() if c.required and name not in names.values()]
            if not missing:
                _refuse_repeated(list(names.values()), columns)
                return Heading(
                    names,
                    [text for name, text in titles.values() if not name],
                    at + len(rows),
                    max(len(c) for _, c in rows),
                )
            nearest = missing if len(missing) < len(nearest) else nearest
    return nearest


def is_heading(cells: Sequence[Cell], heading: Heading, columns: Columns) -> bool:
    """Whether a row repeats the heading, as printed pages do."""
    known = [at for at in heading.names if at < len(cells) and cells[at].text]
    return len(known) > 1 and all(_plain(cells[at].text) in columns[heading.names[at]].titles for at in known)


def _titles(rows: Table, columns: Columns) -> dict[int, tuple[str, str]]:
    """Return by position the column and the title of a heading in one row or two; the lower title counts if known."""
    titles: dict[int, tuple[str, str]] = {}
    for _, cells in rows:
        for at, cell in enumerate(cells):
            column = _column(cell.text, columns)
            if cell.text and (column or not titles.get(at, ("", ""))[0]):
                titles[at] = (column, cell.text[:LONGEST])
    return titles


def _column(text: str, columns: Columns) -> str:
    plain = _plain(text)
    return next((name for name, column in columns.items() if plain in column.titles), "")


def _plain(text: str) -> str:
    return _REMARK.sub("", _DECORATION.sub("", text)).lower()


def _refuse_repeated(known: Sequence[str], columns: Columns) -> None:
    repeated = sorted({columns[name].titles[0] for name in known if known.count(name) > 1})
    if repeated:
        text = f"Several columns mean {'、'.join(repeated)}: keep one of each"
        raise Invalid("import.columns_repeated", text, columns="、".join(repeated))
