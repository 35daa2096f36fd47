"""Sheets that are written in pieces are read by spreadsheets as what was written."""

import csv
import io

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from shared.base import sheet_streams
from shared.base.sheet_streams import CsvStream, Form, XlsxStream, sheet_stream

HEADING = ("姓名", "电话")
ROWS = [("王伟", "19900000001"), ('"<&>', "=1+1"), ("", "00123"), ("a\x00b\nc", "120103199103050020")]
READ = [("王伟", "19900000001"), ('"<&>', "'=1+1"), ("", "00123"), ("ab\nc", "120103199103050020")]


def read_all(content: bytes) -> list[list[list[str]]]:
    """Return the rows of each sheet as both of our readers read them."""
    book = load_workbook(io.BytesIO(content))
    sheets = [
        [[value or "" for value in row] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets
    ]
    other = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert [other.get_sheet_by_name(name).to_python() for name in other.sheet_names] == sheets
    return sheets


def test_a_workbook_holds_each_cell_as_text_and_no_formula() -> None:
    stream = XlsxStream("居民 & 住户", HEADING)
    content = stream.write(ROWS[:2]) + stream.write([]) + stream.write(ROWS[2:]) + stream.end()
    assert read_all(content) == [[list(row) for row in (HEADING, *READ)]]
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert (sheet.title, sheet["B2"].data_type, sheet["B2"].number_format) == ("居民 & 住户", "s", "@")


def test_a_text_file_begins_with_a_mark_and_holds_no_formula() -> None:
    stream = CsvStream(HEADING)
    content = (stream.write(ROWS[:2]) + stream.write(ROWS[2:3]) + stream.end()).decode()
    assert content.startswith("\ufeff姓名,")
    assert list(csv.reader(io.StringIO(content[1:]))) == [list(row) for row in (HEADING, *READ[:3])]


@pytest.mark.parametrize("form", list(Form))
def test_a_list_without_rows_is_a_heading(form: Form) -> None:
    content = sheet_stream(form, "居民", HEADING).end()
    if form is Form.CSV:
        assert content.decode() == "\ufeff姓名,电话\r\n"
    else:
        assert read_all(content) == [[list(HEADING)]]


def test_behind_the_last_row_of_a_sheet_another_sheet_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_streams, "ROWS_A_SHEET", 3)
    stream = XlsxStream("居民", ("n",))
    content = stream.write([(str(n),) for n in range(4)]) + stream.write([("4",)]) + stream.end()
    assert read_all(content) == [[["n"], ["0"], ["1"]], [["n"], ["2"], ["3"]], [["n"], ["4"]]]


def test_what_was_returned_is_not_held_any_more() -> None:
    stream = XlsxStream("居民", HEADING)
    pieces = [
        len(stream.write([(str(n), str(n * n)) for n in range(part, part + 500)])) for part in range(0, 20_000, 500)
    ]
    assert sum(pieces) > 0
    assert len(stream.end()) < 40_000
