"""Rosters as clerks keep them: .xlsx or .csv, UTF-8 or GBK, with Chinese or English headings."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from services.registration.domain.imports import RowProblem
from shared.base.errors import Invalid

MAX_ROWS = 5_000
MAX_LINES = 1_048_576  # the last row that a spreadsheet has, even an empty one
MAX_COLUMNS = 60
MAX_CELL = 200
# Five thousand rows are some 5 MB of XML; what unpacks to more was made to do harm or carries pictures.
MAX_UNPACKED_BYTES = 64 << 20
HEADING_WITHIN_ROWS = 5  # a title often stands above it
EXACT_UP_TO = 10**15  # spreadsheets keep 15 digits of a number

Columns = Mapping[str, tuple[str, ...]]
RESIDENT_COLUMNS: Columns = {
    "compound": ("小区", "小区/村", "村", "compound"),
    "building": ("楼栋", "楼", "building"),
    "unit": ("单元", "unit"),
    "room": ("房号", "门牌号", "room"),
    "name": ("姓名", "name"),
    "id_number": ("身份证号", "身份证号码", "id_number"),
    "phone": ("电话", "联系电话", "手机号", "phone"),
    "categories": ("特殊人群", "特殊群体", "categories"),
    "card": ("卡号", "就诊卡", "card"),
}
PLACE_COLUMNS: Columns = {
    "level": ("级别", "level"),
    "code": ("编码", "code"),
    "name": ("名称", "name"),
    "parent": ("上级", "parent"),
}
_REQUIRED = {"compound", "room", "name", "id_number", "level", "code"}
_DECORATION = re.compile(r"[\s*＊:：]+")

T = TypeVar("T")


class Row(NamedTuple):
    """A row of a roster: its number as the spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, str]


class Roster(NamedTuple):
    """The rows of a file, and the headings that are unknown."""

    rows: list[Row]
    unknown_columns: list[str]


class RowReader:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(self, row: Row, columns: Columns, problems: list[RowProblem]) -> None:
        self._row = row
        self._columns = columns
        self._problems = problems
        self.sound = True

    def read(self, column: str, check: Callable[[str], T]) -> T | None:
        """Return what `check` makes of the cell, or None and a problem where it raises `ValueError`."""
        try:
            return check(self._row.cells.get(column, ""))
        except ValueError as error:
            self.refuse(column, str(error))
            return None

    def refuse(self, column: str, problem: str) -> None:
        """Record what is wrong with a cell: the row does not go in."""
        title = self._columns[column][0]
        self._problems.append(RowProblem(self._row.number, title, problem))
        self.sound = False


def read(content: bytes, columns: Columns) -> Roster:
    """Return the roster in a file. Raises `Invalid` with what is wrong with the file as a whole."""
    if not content.strip():
        raise Invalid("import.empty", "The file is empty: choose the roster and send it again")
    table = _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    names, unknown = _heading(table, columns)
    rows: list[Row] = []
    for number, cells in table:
        known = {name: cells[at][:MAX_CELL] for at, name in names.items() if at < len(cells)}
        if any(known.values()):
            rows.append(Row(number, known))
        if len(rows) > MAX_ROWS or number > MAX_LINES:
            raise Invalid("import.too_many_rows", f"The file has more than {MAX_ROWS} rows: split it by grid")
    if not rows:
        raise Invalid("import.empty", "The file has no rows under its heading: fill it in and send it again")
    return Roster(rows, unknown)


def _heading(table: Iterator[tuple[int, list[str]]], columns: Columns) -> tuple[dict[int, str], list[str]]:
    """Return the column names by position, and the headings that are unknown."""
    by_title = {title: name for name, titles in columns.items() for title in titles}
    nearest: list[str] | None = None
    for _, (_, cells) in zip(range(HEADING_WITHIN_ROWS), table, strict=False):
        plain = [_DECORATION.sub("", cell).lower() for cell in cells]
        if not any(plain):
            continue
        names = {at: by_title[title] for at, title in enumerate(plain) if title in by_title}
        missing = [columns[name][0] for name in columns if name in _REQUIRED and name not in names.values()]
        if not missing:
            _refuse_repeated(names, columns)
            return names, [cell[:MAX_CELL] for at, cell in enumerate(cells) if plain[at] and at not in names]
        if nearest is None or len(missing) < len(nearest):
            nearest = missing
    if nearest is None:
        raise Invalid("import.empty", "The file is empty: choose the roster and send it again")
    known = "、".join(titles[0] for titles in columns.values())
    text = f"The heading lacks the columns {'、'.join(nearest)}; the known ones are {known}"
    raise Invalid("import.columns_missing", f"{text}: put them into the first row of the first sheet")


def _refuse_repeated(names: Mapping[int, str], columns: Columns) -> None:
    known = list(names.values())
    repeated = sorted({columns[name][0] for name in known if known.count(name) > 1})
    if repeated:
        text = f"Several columns mean {'、'.join(repeated)}: keep one of each"
        raise Invalid("import.columns_repeated", text)


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # a fifth of a second at each start, and many clerks send .csv

    _refuse_bomb(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for number, row in enumerate(book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
            if any(cell is not None for cell in row):
                yield number, ["" if cell is None else _text(cell) for cell in row]
    except Exception:
        # Whatever openpyxl finds wrong in a stranger's archive (parts, XML, checksums), it is no workbook.
        raise Invalid("import.not_a_workbook", "The file is no .xlsx workbook: save it as .xlsx or .csv") from None


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return  # openpyxl refuses it likewise
    if unpacked > MAX_UNPACKED_BYTES:
        raise Invalid("import.too_large", "The workbook unpacks to too much: remove pictures and split it by grid")


def _text(cell: object) -> str:
    if isinstance(cell, float):
        # Spreadsheets keep room 1201 as 1201.0; a number that lost digits must not look like one that has them.
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT_UP_TO else repr(cell)
    return str(cell).strip()


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    if "\x00" in text:
        raise Invalid("import.not_text", "The file is neither .xlsx nor text: save it as .xlsx or .csv")
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
            yield number, [cell.strip() for cell in cells[:MAX_COLUMNS]]
    except csv.Error as error:
        raise Invalid("import.bad_csv", f"The .csv cannot be read ({error}): save it again") from None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # GB 18030 reads every GBK file
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("import.unknown_encoding", "The file is neither UTF-8 nor GBK text: save it as .xlsx or UTF-8 .csv")
