"""Bad rows come back as a sheet to correct; sent again, it is linked, and nothing is taken twice (R1.12)."""

import io
import json
from typing import Any

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from services.registration.domain.imports import RowProblem
from services.registration.rosters.columns import RESIDENT_COLUMNS
from services.registration.rosters.error_sheets import Wording, error_sheet
from services.registration.rosters.reading import open_file
from tests.conftest import MakeService
from tests.registration.office import HEADING, Office, counts, finished, id_number, office, person, text
from tests.registration.test_import_mappings import FOREIGN, MAPPING, foreign

WITH_REMARKS = (*HEADING, "备注")
ZH = {"Accept-Language": "zh"}


async def imported(here: Office, content: bytes, **fields: str) -> dict[str, Any]:
    answer = await here.post(content, **fields)
    return dict((await finished(here.clerk, answer, here.step)).json())


async def sheet_of(here: Office, import_id: str, client: Any = None) -> httpx.Response:
    answer: httpx.Response = await (client or here.clerk).get(f"/v1/imports/{import_id}/error-sheet", headers=ZH)
    return answer


def cells_of(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows()]


def corrected(content: bytes, at: int, value: str) -> bytes:
    """The sheet with another value in one column of its first row, saved as a person's spreadsheet does."""
    book = load_workbook(io.BytesIO(content))
    assert isinstance(book, Workbook)
    assert book.active is not None
    book.active.cell(2, at + 1).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def test_bad_rows_come_back_marked_and_go_in_once_they_are_corrected(service: MakeService) -> None:
    here = await office(service)
    rows = [[*person(1), "甲"], [*person(2, id_number="123"), "=1+1"], [*person(3), "丙"]]
    report = await imported(here, text(rows, WITH_REMARKS))
    assert (counts(report), report["has_error_sheet"]) == ((2, 0, 0, 1), True)
    answer = await sheet_of(here, report["import_id"])
    assert answer.status_code == httpx.codes.OK, answer.text
    heading, row = cells_of(answer.content)
    assert [cell.value for cell in heading][:-1] == list(WITH_REMARKS)
    assert report["import_id"] in heading[-1].value
    texts = [cell.value or "" for cell in row]
    assert texts[:-2] == person(2, id_number="123")
    assert (texts[-2], "第 3 行" in texts[-1], "17 位数字" in texts[-1]) == ("'=1+1", True, True)
    assert all(cell.data_type in ("s", "inlineStr", "n") and cell.data_type != "f" for cell in row)
    marked = [cell.column - 1 for cell in row if cell.fill.patternType == "solid"]
    assert marked == [5, len(WITH_REMARKS)]
    sent = corrected(answer.content, 5, id_number(2))
    assert (await here.post(sent, "residents/preview")).json()["corrects"] == report["import_id"]
    again = await imported(here, sent)
    assert (counts(again), again["corrects"], again["unknown_columns"]) == ((1, 0, 0, 0), report["import_id"], ["备注"])
    first = (await here.clerk.get(f"/v1/imports/{report['import_id']}")).json()
    assert first["corrected_by"] == [again["import_id"]]
    repeated = await imported(here, sent)
    assert (counts(repeated), repeated["same_as"]) == ((0, 0, 1, 0), again["import_id"])
    assert (await here.clerk.get("/v1/counts")).json()["residents"] == 3


async def test_the_sheet_of_a_foreign_file_is_mapped_as_that_file_was(service: MakeService) -> None:
    here = await office(service)
    content = text([FOREIGN, foreign(1), foreign(2, number="12")], ("花名册",))
    report = await imported(here, content, mapping=json.dumps(MAPPING))
    answer = await sheet_of(here, report["import_id"])
    heading, _ = cells_of(answer.content)
    assert [cell.value for cell in heading][:-1] == list(FOREIGN)
    still_bad = await imported(here, answer.content)
    assert (counts(still_bad), still_bad["corrects"]) == ((0, 0, 0, 1), report["import_id"])
    second = await sheet_of(here, still_bad["import_id"])
    heading, _ = cells_of(second.content)
    assert len(heading) == len(FOREIGN) + 1
    assert still_bad["import_id"] in heading[-1].value
    assert counts(await imported(here, corrected(second.content, 2, id_number(2)))) == (1, 0, 0, 0)


async def test_a_file_is_kept_sealed_and_only_while_rows_are_bad(service: MakeService) -> None:
    here = await office(service)
    files = here.service.database["import_files"]
    good = await imported(here, text([person(1)]))
    assert (await files.count_documents({}), good["has_error_sheet"]) == (0, False)
    assert (await sheet_of(here, good["import_id"])).json()["code"] == "registration.no_error_sheet"
    await imported(here, text([person(2), person(3, id_number="1")]))
    (kept,) = await files.find({}).to_list(None)
    assert "王伟" not in str(kept)


async def test_a_colleague_takes_the_sheet_by_a_second_factor_and_another_office_never(service: MakeService) -> None:
    here = await office(service)
    report = await imported(here, text([person(1, id_number="1")]))
    colleague = here.service.client("community", subject="office-sun", fresh=False)
    assert (await sheet_of(here, report["import_id"], colleague)).json()["code"] == "access.step_up_needed"
    assert (await sheet_of(here, report["import_id"], here.elsewhere)).status_code == httpx.codes.NOT_FOUND
    stranger = await here.post(await _content(here, report), "residents/preview", here.elsewhere)
    assert stranger.json().get("corrects") is None


async def _content(here: Office, report: dict[str, Any]) -> bytes:
    return (await sheet_of(here, report["import_id"])).content


@pytest.mark.parametrize("kind", ["LOST_DIGITS", "MAYBE_MERGED"])
def test_a_cell_that_would_pass_as_a_text_is_written_so_that_it_does_not(kind: str) -> None:
    from services.registration.rosters import cells

    file = open_file(text([person(1)]))
    problems = [RowProblem(2, "身份证号", getattr(cells, kind))]
    content = error_sheet(file, RESIDENT_COLUMNS, None, "0" * 36, problems, Wording("E", "E {}", "{}", str))
    _, row = cells_of(content)
    assert row[5].value == f"?{person(1)[5]}"
