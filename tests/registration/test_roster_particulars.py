"""Rosters with papers, people without an ID number, addresses, relation, keeper and consent (R1.3, R1.4, R1.12)."""

from datetime import date
from typing import Any

import pytest

from services.registration.usecases.roster_particulars import check_birth, check_day
from tests.conftest import MakeService
from tests.registration.office import HEADING, Office, counts, office, person, text
from tests.support.http import stated

MORE = ("出生日期", "证件类型", "护照号", "与户主的关系", "户籍地", "第二住址", "包保人", "同意书版本", "同意日期")
WHOLE = (*HEADING, *MORE)


def row(serial: int, *more: str, **changes: str) -> list[str]:
    return [*person(serial, **changes), *more, *[""] * (len(MORE) - len(more))]


async def imported(here: Office, *rows: list[str]) -> dict[str, Any]:
    answer = await here.send(text(rows, WHOLE))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def particulars_of(here: Office, name: str) -> dict[str, Any]:
    answer = await here.clerk.post("/v1/residents/search", json={"q": name})
    (item,) = answer.json()["items"]
    path = f"/v1/residents/{item['resident_id']}/particulars"
    answer = await here.clerk.get(path, headers=stated("核对"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()) | {"keeper_id": item.get("keeper_id")}


async def test_a_row_states_papers_addresses_relation_keeper_and_consent(service: MakeService) -> None:
    here = await office(service)
    full = row(1, "", "", "E12345678", "配偶", "河北省石家庄市", "2号院 3-1-2", "keeper-g01", "2026-01", "2026-02-01")
    assert counts(await imported(here, full)) == (1, 0, 0, 0)
    known = await particulars_of(here, "王伟1")
    assert known["papers"] == [{"kind": "passport", "number": "E12345678"}]
    assert [one["kind"] for one in known["addresses"]] == ["registered", "second_home"]
    assert known["relation"] == "spouse"
    assert (known["consent"]["text_version"], known["consent"]["witness"]) == ("2026-01", "office-liu")
    assert counts(await imported(here, full)) == (0, 0, 1, 0)
    moved = row(1, "", "", "", "户主", "天津市", "", "", "", "")
    assert counts(await imported(here, moved)) == (0, 1, 0, 0)
    after = await particulars_of(here, "王伟1")
    assert (after["relation"], len(after["addresses"]), after["papers"]) == ("head", 2, known["papers"])


async def test_people_without_an_id_number_go_in_once(service: MakeService) -> None:
    here = await office(service)
    newborn = row(1, "2026-01-31", "无", "", "女", id_number="", name="王小宝")
    twin = row(1, "2026-01-31", "无", "", "女", id_number="", name="王小贝")
    guest = row(2, "1990/5/1", "护照", id_number="E12345678", name="JOHN SMITH")
    assert counts(await imported(here, newborn, twin, guest)) == (3, 0, 0, 0)
    assert counts(await imported(here, newborn, twin, guest)) == (0, 0, 3, 0)
    known = await particulars_of(here, "王小宝")
    assert (known["id_number"], known["papers"]) == ("", [])
    by_passport = await here.clerk.post("/v1/residents/look-up", json={"text": "E12345678"}, headers=stated("核对"))
    (listed,) = by_passport.json()["items"]
    assert (listed["name"], listed["masked_number"]) == ("JOHN SMITH", "")
    moved = row(3, "1990-05-01", "护照", id_number="E12345678", name="JOHN SMITH")
    assert counts(await imported(here, moved)) == (0, 1, 0, 0)


async def test_what_is_wrong_is_named_by_row_and_column(service: MakeService) -> None:
    here = await office(service)
    report = await imported(
        here,
        row(1, id_number=""),
        row(2, "", "护照", id_number="E12345678"),
        row(3, "2999-01-01", "无", id_number=""),
        row(4, "", "会员卡"),
        row(5, "", "", "12"),
        row(6, "", "", "", "", "", "", "两个字 人"),
        row(7, "", "", "", "", "", "", "", "2026-01", ""),
    )
    wrong = [(one["row"], one["column"]) for one in report["problems"]]
    columns = ("身份证号", "出生日期", "出生日期", "证件类型", "护照号", "包保人账号", "同意日期")
    assert wrong == list(enumerate(columns, start=2))


async def test_a_file_without_a_column_of_numbers_needs_one_of_birth_dates(service: MakeService) -> None:
    here = await office(service)
    heading = ("小区", "房号", "姓名", "生日")
    good = await here.send(text([("春华1号院", "101", "王小宝", "2026年1月31日")], heading))
    assert counts(good.json()) == (1, 0, 0, 0)
    bad = await here.send(text([("春华1号院", "101", "王小宝")], heading[:3]))
    assert bad.json()["code"] == "import.columns_missing"


@pytest.mark.parametrize("written", ["2026-01-31", "2026/1/31", "2026.1.31", "20260131", "2026年1月31日"])
def test_a_day_is_read_as_people_write_it(written: str) -> None:
    assert check_day(written) == date(2026, 1, 31)


@pytest.mark.parametrize("written", ["2026-02-30", "31.1.2026", "1899-12-31", "2026-02-11", "昨天"])
def test_what_is_no_birth_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no day|lies in the future"):
        check_birth(written, date(2026, 2, 10))
