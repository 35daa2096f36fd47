"""Lists with names as sheets of any length: stated as readings, by a fresh sign-in, within the own area (R1.12)."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from services.registration.usecases import exporting
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, Office, office, person
from tests.support.service import AREA

PEOPLE = [(1, "101", ""), (2, "101", "独居老人"), (3, "102", ""), (4, "102", ""), (5, "102", "残疾"), (6, "103", "")]


async def peopled(service: MakeService) -> Office:
    here = await office(service)
    await here.imported(*(person(n, room=room, categories=care) for n, room, care in PEOPLE))
    return here


async def exported(here: Office, name: str, form: str, **more: Any) -> list[list[str]]:
    """Return the rows of an export as a spreadsheet reads them."""
    answer = await here.clerk.post(f"/v1/exports/{name}", json={"area_path": AREA, "form": form} | more)
    assert answer.status_code == 200, answer.text
    assert f'filename="{name}.{form}"' in answer.headers["content-disposition"]
    if form == "csv":
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (sheet,) = load_workbook(io.BytesIO(answer.content)).worksheets
    return [[str(value or "") for value in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("rows_a_page", [1, 2, 4, 1_000])
async def test_each_resident_stands_in_the_sheet_once_by_door_however_many_a_page_holds(
    service: MakeService, monkeypatch: pytest.MonkeyPatch, form: str, rows_a_page: int
) -> None:
    monkeypatch.setattr(exporting, "ROWS_A_PAGE", rows_a_page)
    here = await peopled(service)
    heading, *rows = await exported(here, "residents", form)
    assert heading == ["门牌", "姓名", "电话", "特殊人群", "档案编号"]
    assert [(row[1], row[2], row[3]) for row in rows] == [(f"王伟{n}", f"1990000{n:04}", care) for n, _, care in PEOPLE]
    assert [row[0] for row in rows] == [f"春华1号院 1-2-{room}" for _, room, _ in PEOPLE]


@pytest.mark.parametrize("rows_a_page", [2, 3, 1_000])
async def test_a_household_is_one_row_also_where_a_page_ends_within_it(
    service: MakeService, monkeypatch: pytest.MonkeyPatch, rows_a_page: int
) -> None:
    monkeypatch.setattr(exporting, "ROWS_A_PAGE", rows_a_page)
    here = await peopled(service)
    heading, *rows = await exported(here, "households", "csv")
    assert heading == ["门牌", "人数", "姓名", "特殊人群"]
    assert rows == [
        ["春华1号院 1-2-101", "2", "王伟1、王伟2", "独居老人"],
        ["春华1号院 1-2-102", "3", "王伟3、王伟4、王伟5", "残疾"],
        ["春华1号院 1-2-103", "1", "王伟6", ""],
    ]


@pytest.mark.parametrize("name", ["residents", "households"])
async def test_an_export_takes_a_step_up_and_the_own_area_and_is_recorded_as_a_reading(
    service: MakeService, name: str
) -> None:
    here = await peopled(service)
    weak = here.service.client("community", subject="office-liu", fresh=False)
    refused = await weak.post(f"/v1/exports/{name}", json={"area_path": AREA})
    assert (refused.status_code, refused.json()["code"]) == (401, "access.step_up_needed")
    elsewhere = await here.clerk.post(f"/v1/exports/{name}", json={"area_path": "/jinhe/hexi"})
    assert elsewhere.status_code == 404
    await exported(here, name, "csv", area_path=COMPOUND)
    auditor = here.service.client("auditor", area=AREA)
    readings = (await auditor.get("/v1/readings", params={"reader": "office-liu"})).json()["items"]
    assert [(one["kind"], one["subject"]) for one in readings] == [(f"export of {name}", COMPOUND)]
