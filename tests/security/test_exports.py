"""What is written into a sheet is text: a name that begins like a formula is calculated by no spreadsheet."""

import csv
import io
import re
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from deploy.demo import people
from deploy.launcher.processes.child import ROOT
from shared.base.cells import cell

FORMULAS = [
    '=HYPERLINK("http://x")',
    "+86138",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    " =1",
    "\u200b=1",
]
WRITES = re.compile(r"csv\.(writer|DictWriter)|Workbook\(|xlsxwriter|text/csv")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_is_written_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([cell(text.strip("\r\t"))])
    packed = io.BytesIO()
    book.save(packed)
    read = load_workbook(packed).active
    assert read is not None
    assert read["A1"].data_type == "s"
    out = io.StringIO(newline="")
    csv.writer(out).writerow([cell(text)])
    assert out.getvalue().lstrip('"').startswith("'")


@pytest.mark.parametrize("value", ["王伟", "11-1-1101", "", "a=b", "'x", 12, -3.5, None, True])
def test_other_values_stay_as_they_are(value: object) -> None:
    assert cell(value) == value


def test_the_sheets_of_the_demo_hold_no_formula(tmp_path: Path) -> None:
    people._write(tmp_path / "x.xlsx", ("名称",), [("=1+1",)])
    read = load_workbook(tmp_path / "x.xlsx").active
    assert read is not None
    assert (read["A2"].data_type, read["A2"].value) == ("s", "'=1+1")


def test_every_module_that_writes_a_sheet_writes_its_cells_by_this_function() -> None:
    sources = [path for room in ("services", "shared", "deploy") for path in (ROOT / room).rglob("*.py")]
    writers = [path for path in sources if WRITES.search(path.read_text(encoding="utf-8"))]
    assert {path.name for path in writers} >= {"people.py"}
    for path in writers:
        assert "from shared.base.cells import cell" in path.read_text(encoding="utf-8"), path
