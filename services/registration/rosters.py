"""Rosters as clerks keep them: .xlsx or .csv, UTF-8 or GBK, with Chinese or English headings."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import BaseModel

from shared.errors import Invalid

MAX_ROWS = 5_000
MAX_UNPACKED_BYTES = 200 << 20
MAX_CELL = 200

RESIDENT_COLUMNS = {
    "compound": ("小区", "小区/村", "compound"),
    "building": ("楼栋", "楼", "building"),
    "unit": ("单元", "unit"),
    "room": ("房号", "门牌号", "room"),
    "name": ("姓名", "name"),
    "id_number": ("身份证号", "id_number"),
    "phone": ("电话", "联系电话", "phone"),
    "categories": ("特殊人群", "特殊群体", "categories"),
    "card": ("卡号", "就诊卡", "card"),
}
PLACE_COLUMNS = {
    "level": ("级别", "level"),
    "code": ("编码", "code"),
    "name": ("名称", "name"),
    "parent": ("上级", "parent"),
}
REQUIRED = {"compound", "room", "name", "id_number", "level", "code"}


class Row(NamedTuple):
    """A row of a roster: its number as the spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, str]


class RowProblem(BaseModel):
    """What is wrong in which row, as the spreadsheet numbers it."""

    row: int
    column: str
    problem: str


class ImportReport(BaseModel):
    """What an import did; `rejected` rows changed nothing."""

    import_id: str
    rows: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    problems: list[RowProblem]


def read(content: bytes, columns: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Return the roster's rows. Raises `Invalid` with what is wrong with the file as a whole."""
    table = _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    _, heading = next(table, (0, []))
    names = _recognised(heading, columns)
    rows: list[Row] = []
    for number, cells in table:
        if not any(cells):
            continue
        if len(rows) == MAX_ROWS:
            raise Invalid("import.too_many_rows", f"The file has more than {MAX_ROWS} rows: split it by grid")
        rows.append(Row(number, {name: cells[at][:MAX_CELL] for at, name in names.items() if at < len(cells)}))
    if not rows:
        raise Invalid("import.empty", "The file has no rows under its heading")
    return rows


def _recognised(heading: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> dict[int, str]:
    names = {}
    for at, title in enumerate(heading):
        for name, titles in columns.items():
            if title.strip().lower() in titles:
                names[at] = name
    missing = [titles[0] for name, titles in columns.items() if name in REQUIRED and name not in names.values()]
    if missing:
        raise Invalid(
            "import.columns_missing",
            f"The first row lacks the columns {'、'.join(missing)}: the headings are "
            + "、".join(titles[0] for titles in columns.values()),
        )
    return names


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise Invalid("import.too_large", "The workbook unpacks to too much: split it by grid")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise Invalid("import.not_a_workbook", "The file is no .xlsx workbook: save it as .xlsx or .csv") from None
    for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
        yield number, ["" if cell is None else _text(cell) for cell in row]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # spreadsheets keep room 1201 as 1201.0
    return str(cell).strip()


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    if "\x00" in text:
        raise Invalid("import.not_text", "The file is neither .xlsx nor text: save it as .xlsx or .csv")
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Invalid("import.bad_csv", f"The .csv cannot be read ({error}): save it again") from None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # GB 18030 reads every GBK file
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("import.unknown_encoding", "The file is neither UTF-8 nor GBK text: save it as .xlsx or UTF-8 .csv")
