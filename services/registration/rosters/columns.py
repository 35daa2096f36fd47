"""The columns of rosters, and the heading under which they stand."""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from services.registration.rosters.cells import LONGEST, Cell, Column
from shared.base.errors import Invalid

HEADING_WITHIN_ROWS = 15  # a title and a line with unit, date and author often stand above it


class Titles(NamedTuple):
    """A column: its titles, the usual one first, and what its texts are for.

    A roster that has one of the columns `or_else` does not need it.
    """

    titles: tuple[str, ...]
    texts: Column = Column.WORDS
    required: bool = False
    or_else: tuple[str, ...] = ()


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
        or_else=("birth_date",),
    ),
    "phone": Titles(
        ("电话", "联系电话", "联系方式", "手机号", "手机号码", "联系手机", "手机", "电话号码", "phone"), Column.PHONE
    ),
    "categories": Titles(("特殊人群", "特殊群体", "特殊人群类别", "categories")),
    "card": Titles(("卡号", "就诊卡", "就诊卡号", "card"), Column.CARD),
    "birth_date": Titles(("出生日期", "出生年月日", "生日", "birth_date"), Column.DAY),
    "paper_kind": Titles(("证件类型", "证件种类", "证件名称", "paper_kind")),
    "passport": Titles(("护照号", "护照号码", "护照", "passport"), Column.CARD),
    "hk_macau_permit": Titles(
        ("港澳居民来往内地通行证", "港澳通行证", "港澳居民通行证", "回乡证", "hk_macau_permit"), Column.CARD
    ),
    "taiwan_permit": Titles(("台湾居民来往大陆通行证", "台胞证", "台湾居民通行证", "taiwan_permit"), Column.CARD),
    "relation": Titles(("与户主关系", "与户主的关系", "户主关系", "家庭关系", "relation")),
    "registered_address": Titles(("户籍地址", "户籍地", "户籍", "户籍所在地", "户口所在地", "registered_address")),
    "second_home": Titles(("第二住址", "其他住址", "另一住址", "第二居所", "second_home")),
    "keeper": Titles(("包保人账号", "包保人", "包保责任人", "一对一包保", "keeper")),
    "consent": Titles(("同意书版本", "知情同意书", "知情同意", "承诺书版本", "consent")),
    "consent_date": Titles(("同意日期", "签署日期", "同意书日期", "consent_date"), Column.DAY),
    "consent_witness": Titles(("见证人账号", "见证人", "consent_witness")),
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
# The title of the column that an error sheet adds: it names the import whose rows the file corrects.
CORRECTS = re.compile(r"(?:错误|Errors) ?[（(](?:导入|import) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[）)]")
_DECORATION = re.compile(r"[\s*＊:：]+")
_REMARK = re.compile(r"[（(][^（()）]*[）)]$")

Table = Sequence[tuple[int, Sequence[Cell]]]


class Heading(NamedTuple):
    """Where the columns stand, the titles that are unknown, the index of the first row below, and its cells' count.

    `titles` are those of a heading that was mapped by hand; `rows` of the sheet make the heading.
    """

    names: Mapping[int, str]
    unknown: Sequence[str]
    below: int
    width: int
    titles: Mapping[int, str] = MappingProxyType({})
    rows: int = 1


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
            missing = missing_in(names.values(), columns)
            if not missing:
                refuse_repeated(list(names.values()), columns)
                return Heading(
                    names,
                    [text for name, text in titles.values() if not name],
                    at + len(rows),
                    max(len(c) for _, c in rows),
                    rows=len(rows),
                )
            nearest = missing if len(missing) < len(nearest) else nearest
    return nearest


def is_heading(cells: Sequence[Cell], heading: Heading, columns: Columns) -> bool:
    """Whether a row repeats the heading, as printed pages do."""
    known = [at for at in heading.names if at < len(cells) and cells[at].text]
    return len(known) > 1 and all(
        _plain(cells[at].text) in columns[heading.names[at]].titles or cells[at].text == heading.titles.get(at)
        for at in known
    )


def _titles(rows: Table, columns: Columns) -> dict[int, tuple[str, str]]:
    """Return by position the column and the title of a heading in one row or two; the lower title counts if known."""
    titles: dict[int, tuple[str, str]] = {}
    for _, cells in rows:
        for at, cell in enumerate(cells):
            column = column_of(cell.text, columns)
            if cell.text and not CORRECTS.search(cell.text) and (column or not titles.get(at, ("", ""))[0]):
                titles[at] = (column, cell.text[:LONGEST])
    return titles


def column_of(text: str, columns: Columns) -> str:
    """Return the column that a title is known for, or an empty text."""
    plain = _plain(text)
    return next((name for name, column in columns.items() if plain in column.titles), "")


def _plain(text: str) -> str:
    return _REMARK.sub("", _DECORATION.sub("", text)).lower()


def missing_in(names: Collection[str], columns: Columns) -> list[str]:
    """Return the titles of the columns that a roster needs and that are not among the names."""
    return [
        column.titles[0]
        for name, column in columns.items()
        if column.required and name not in names and not any(other in names for other in column.or_else)
    ]


def refuse_repeated(known: Sequence[str], columns: Columns) -> None:
    """Raise `Invalid` where two columns of a file mean the same."""
    repeated = sorted({columns[name].titles[0] for name in known if known.count(name) > 1})
    if repeated:
        text = f"Several columns mean {'、'.join(repeated)}: keep one of each"
        raise Invalid("import.columns_repeated", text, columns="、".join(repeated))
