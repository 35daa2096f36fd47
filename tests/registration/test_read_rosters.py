"""What clerks' files hold is read as it was meant, or refused with the cause; no row is lost without a word (R1.12)."""

from contextlib import suppress
from typing import Any

import pytest

from services.registration.rosters.columns import PLACE_COLUMNS, RESIDENT_COLUMNS
from services.registration.rosters.reading import read
from services.registration.rosters.rows import Roster, RowReader
from shared.base.errors import Invalid
from tests.registration.office import HEADING, person, text, xlsx
from tests.registration.workbooks import MAIN, Raw, ods, sheet, workbook

ROWS = [person(n) for n in range(1, 6)]


def numbers(roster: Roster) -> list[int]:
    return [row.number for row in roster.rows]


def residents(content: bytes) -> Roster:
    return read(content, RESIDENT_COLUMNS)


def texts(roster: Roster, column: str) -> list[str]:
    """The cells of a column: what is read of each, or why it is refused."""
    answers = []
    for row in roster.rows:
        problems: list[Any] = []
        value = RowReader(row, RESIDENT_COLUMNS, problems).read(column, str)
        answers.append(value if value is not None else problems[0].problem.split(":")[0])
    return answers


def with_cell(column: str, *cells: str | Raw) -> bytes:
    """A workbook in which these cells stand in a column, one a row."""
    at = list(RESIDENT_COLUMNS).index(column)
    rows: list[list[str | Raw]] = [list(person(n)) for n in range(1, len(cells) + 1)]
    for row, cell in zip(rows, cells, strict=True):
        row[at] = cell
    return workbook(sheet([HEADING, *rows]))


@pytest.mark.parametrize("dimension", ["A1", "A1:I3", "A1:XFD1048576", "Z9:A1"])
def test_every_row_is_read_whatever_the_sheet_states_about_its_own_size(dimension: str) -> None:
    assert numbers(residents(workbook(sheet([HEADING, *ROWS], dimension=dimension)))) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("kind", ["strict", "ordinary"])
def test_a_workbook_in_strict_ooxml_is_read_like_an_ordinary_one(kind: str) -> None:
    content = workbook(sheet([HEADING, *ROWS]), strict=kind == "strict")
    assert texts(residents(content), "name") == ["王伟1", "王伟2", "王伟3", "王伟4", "王伟5"]


def test_a_workbook_whose_styles_cannot_be_read_is_read_all_the_same() -> None:
    content = workbook(
        sheet([HEADING, *ROWS]), styles=f'<styleSheet xmlns="{MAIN}"><fills><fill><odd/></fill></fills></styleSheet>'
    )
    assert numbers(residents(content)) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        (Raw("120103199103050020"), "the spreadsheet made a number of it and lost digits"),
        (Raw("1.2010319910305E+17"), "the spreadsheet made a number of it and lost digits"),
        (Raw("120103199103050", style=1), "the spreadsheet made a number of it and lost digits"),
        ("1.2010319910305E+17", "the spreadsheet made a number of it and lost digits"),
        (Raw("#N/A", "e"), "the spreadsheet shows an error there"),
        ("'11010519491231002X", "11010519491231002X"),
    ],
)
def test_an_id_number_of_which_the_spreadsheet_made_a_number_is_refused(cell: str | Raw, read_as: str) -> None:
    assert texts(residents(with_cell("id_number", cell)), "id_number") == [read_as]


def test_an_id_number_of_a_text_file_that_ends_as_a_rounded_one_is_refused() -> None:
    roster = residents(text([person(1, id_number="120103199103050000"), person(2, id_number="1.20103E+17")]))
    assert set(texts(roster, "id_number")) == {"the spreadsheet made a number of it and lost digits"}


MADE_A_DATE = "the spreadsheet made a date of it"
MADE_A_NUMBER = "the spreadsheet made a number of it, and zeros are lost"
MADE_A_TRUTH = "the spreadsheet made TRUE or FALSE of it"


@pytest.mark.parametrize("column", ["building", "unit", "room"])
@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        (Raw("46025", style=2), MADE_A_DATE),
        (Raw("46025", style=3), MADE_A_DATE),
        ("3-Jan", MADE_A_DATE),
        ("Jan-03", MADE_A_DATE),
        ("1月2日", MADE_A_DATE),
        ("2026/1/3", MADE_A_DATE),
        ("2026-01-03 00:00:00", MADE_A_DATE),
        (Raw("1", "b"), MADE_A_TRUTH),
        ("TRUE", MADE_A_TRUTH),
        (Raw("1.1"), MADE_A_NUMBER),
        (Raw("#REF!", "e"), "the spreadsheet shows an error there"),
        ("#VALUE!", "the spreadsheet shows an error there"),
        (Raw("1201"), "1201"),
        (Raw("1201.0"), "1201"),
        ("1201.0", "1201"),
        ("3-1-801", "3-1-801"),
        ("1-2", "1-2"),
    ],
)
def test_a_door_of_which_the_spreadsheet_made_something_else_is_refused(
    column: str, cell: str | Raw, read_as: str
) -> None:
    assert texts(residents(with_cell(column, cell)), column) == [read_as]


@pytest.mark.parametrize(
    ("column", "cell", "read_as"),
    [
        ("card", Raw("12345678", style=1), "0012345678"),
        ("card", Raw("12345678"), "12345678"),
        ("card", '="0012345678"', "0012345678"),
        ("card", "1.2E+15", "the spreadsheet made a number of it and lost digits"),
        ("card", Raw("46025", style=2), MADE_A_DATE),
        ("phone", Raw("13812345678"), "13812345678"),
        ("phone", "13812345678.0", "13812345678"),
        ("phone", Raw("2223456789"), MADE_A_NUMBER),
        ("phone", Raw("23456789"), "23456789"),
        ("phone", Raw("#N/A", "e"), "the spreadsheet shows an error there"),
        ("name", Raw("1", "b"), MADE_A_TRUTH),
        ("name", Raw("46025", style=3), MADE_A_DATE),
        ("categories", "残" * 201, "has more than 200 characters"),
    ],
)
def test_the_type_and_the_format_of_a_cell_are_judged(column: str, cell: str | Raw, read_as: str) -> None:
    assert texts(residents(with_cell(column, cell)), column) == [read_as]


def test_a_card_in_a_file_that_does_not_state_the_format_of_a_number_is_refused() -> None:
    rows: list[list[str | Raw]] = [list(HEADING), list(person(1))]
    rows[1][8] = Raw("12345678", style=1)
    assert texts(residents(workbook(sheet(rows), strict=True)), "card") == [MADE_A_NUMBER]


def test_merged_cells_are_filled_down() -> None:
    rows = [person(n, building="" if n in (2, 3) else f"{n}号楼") for n in range(1, 6)]
    roster = residents(workbook(sheet([HEADING, *rows], merged=["B2:B4"])))
    assert texts(roster, "building") == ["1号楼", "1号楼", "1号楼", "4号楼", "5号楼"]
    assert not any(row.maybe_merged for row in roster.rows)


def test_a_file_that_does_not_state_what_was_merged_marks_what_may_have_been() -> None:
    roster = residents(text([person(1, unit=""), person(2), person(3, unit=""), person(4, unit="", building="")]))
    assert [sorted(row.maybe_merged) for row in roster.rows] == [[], [], ["unit"], ["building", "unit"]]


def test_a_quote_that_is_never_closed_is_refused_with_its_line() -> None:
    lines = text([[*person(n), "备注"] for n in range(1, 6)], [*HEADING, "备注"]).decode().splitlines()
    lines[3] = lines[3].replace("备注", '"备注')
    with pytest.raises(Invalid, match="line 4") as refused:
        residents("\r\n".join(lines).encode())
    assert refused.value.code == "import.bad_csv"
    lines[5] = lines[5].replace("备注", '备"注"')
    with pytest.raises(Invalid, match="line 4"):
        residents("\r\n".join(lines).encode())
    lines[5] = lines[5].replace('备"注"', '备注"')
    with pytest.raises(Invalid, match="line 4"):
        residents("\r\n".join(lines).encode())


def test_a_remark_of_several_lines_is_one_cell() -> None:
    rows = [[*person(n), "first\nsecond, and third"] for n in (1, 2)]
    assert numbers(residents(text(rows, [*HEADING, "备注"]))) == [2, 3]


def test_a_row_with_more_cells_than_the_heading_is_refused_in_a_text_file() -> None:
    content = text([person(1), person(2)]).replace("王伟2".encode(), "王,伟2".encode())
    problems: list[Any] = []
    first, second = residents(content).rows
    assert RowReader(first, RESIDENT_COLUMNS, problems).sound
    assert not RowReader(second, RESIDENT_COLUMNS, problems).sound
    assert [(one.row, "more cells than the heading" in one.problem) for one in problems] == [(3, True)]


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_a_text_file_is_divided_by_what_its_lines_hold_most(delimiter: str) -> None:
    content = text(ROWS).decode().replace(",", delimiter).encode()
    assert numbers(residents(content)) == [2, 3, 4, 5, 6]


def test_rows_that_are_no_data_are_named_with_their_cause() -> None:
    blank = ["", "", "", "", "", "", "", "", ""]
    rows = [
        ["春华社区居民花名册", *blank],
        ["填报单位：春华社区  填报时间：2026年2月10日  填报人：刘", *blank],
        *[["", *blank]] * 3,
        ["序号", *HEADING],
        ["1", *person(1)],
        ["2", *blank],
        ["3", *blank],
        ["序号", *HEADING],
        ["4", *person(2)],
        ["合计", "2人", *blank[1:]],
        ["审核人：马", *blank],
    ]
    roster = residents(workbook(sheet(rows)))
    assert numbers(roster) == [7, 11]
    assert [tuple(one) for one in roster.skipped] == [
        (8, 9, "nothing in the known columns"),
        (10, 10, "a repeated heading"),
        (12, 12, "a total"),
        (13, 13, "a remark"),
    ]


def test_a_row_without_an_id_number_is_data_all_the_same() -> None:
    assert numbers(residents(xlsx([person(1), person(2, id_number="")]))) == [2, 3]


def test_a_heading_in_two_rows_is_read() -> None:
    upper = ["姓名", "身份证号码", "现住址", "", "", "", "联系方式（手机）"]
    lower = ["", "", "所属小区", "楼号", "单元号", "房间号", ""]
    row = [person(1)[at] for at in (4, 5, 0, 1, 2, 3, 6)]
    merged = ["A1:A2", "B1:B2", "C1:F1", "G1:G2"]
    roster = residents(workbook(sheet([upper, lower, row], merged=merged)))
    assert (numbers(roster), texts(roster, "unit"), texts(roster, "phone")) == ([3], ["2单元"], ["19900000001"])


@pytest.mark.parametrize("rows_above", [14, 15])
def test_the_heading_stands_within_fifteen_rows(rows_above: int) -> None:
    content = workbook(sheet([["x"]] * rows_above + [HEADING, *ROWS]))
    if rows_above < 15:
        assert len(residents(content).rows) == 5
    else:
        with pytest.raises(Invalid, match="within the first 15 rows"):
            residents(content)


def test_the_sheet_with_the_heading_is_read_and_others_are_named() -> None:
    roster = residents(workbook(sheet([["填表说明"]]), sheet([HEADING, *ROWS]), sheet([])))
    assert (len(roster.rows), roster.unread_sheets) == (5, ["S1"])


def test_two_sheets_with_rosters_are_refused_and_a_hidden_one_is_named() -> None:
    both = (sheet([HEADING, *ROWS]), sheet([HEADING, person(9)]))
    with pytest.raises(Invalid, match="S1、S2") as refused:
        residents(workbook(*both))
    assert refused.value.code == "import.several_rosters"
    assert residents(workbook(*both, hidden=1)).unread_sheets == ["S2"]


def test_an_open_document_spreadsheet_is_read() -> None:
    assert numbers(residents(ods([list(HEADING), *ROWS]))) == [2, 3, 4, 5, 6]


FAR = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="1000000000"/></sheetData>'


@pytest.mark.parametrize(
    "content",
    [
        workbook(FAR),
        workbook(FAR, strict=True),
        workbook(sheet([HEADING, *ROWS]), strings="<si><t>a</t></si>" * (62 * 1024 * 1024 // 17)),
        workbook(sheet([HEADING, *ROWS]), strings="<si><t>a</t></si>" * (15 * 1024 * 1024 // 17)),
        workbook(sheet([HEADING, *ROWS], merged=["A1:XFD1048576"] * 50_000)),
        b'"' * (10 << 20),
        b"a," * (5 << 20),
    ],
    ids=["far row", "far row, strict", "62 MB of strings", "15 MB of strings", "merged", "quotes", "one endless row"],
)
def test_a_file_that_was_made_to_do_harm_is_refused_or_read_at_a_low_price(content: bytes) -> None:
    with suppress(Invalid):
        assert len(residents(content).rows) == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\xef\xbb\xbf<html><table><tr><td>", "is a web page"),
        (b"{\\rtf1", "is a letter"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_kind(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        residents(content)


def test_a_roster_of_places_is_read_by_the_same_rules() -> None:
    rows = [["级别", "编码", "名称", "上级"], ["compound", Raw("46025", style=2), "九号院", "/a"], ["合计", "1"]]
    roster = read(workbook(sheet(rows)), PLACE_COLUMNS)
    problems: list[Any] = []
    RowReader(next(iter(roster.rows)), PLACE_COLUMNS, problems).read("code", str)
    assert "made a date" in problems[0].problem
