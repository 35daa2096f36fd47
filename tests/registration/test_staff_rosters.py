"""A sheet of staff is previewed and imported: by names of places, repeats harmless, bad rows named (R1.2, R1.12)."""

from typing import Any

from shared.events.registration_staff import StaffEvent
from tests.conftest import MakeService
from tests.registration.office import AREA, GRID, Office, counts, office, text, xlsx

HEADING = ("姓名", "电话", "单位", "资质", "职责", "负责区域")
ROWS = [
    ("赵敏", "138 0000 0021", "卫生服务站", "护士、采样员", "采样", ""),
    ("钱多多", "13800000022", "物业公司", "司机", "配送", GRID),
    ("孙大", "13800000023", "街道办", "", "", "p01"),
]


async def listed(here: Office) -> list[dict[str, Any]]:
    items = (await here.clerk.get("/v1/staff")).json()["items"]
    return sorted(items, key=lambda one: str(one["phone"]))


async def test_a_sheet_of_staff_goes_in_once_and_a_corrected_one_changes_what_it_states(service: MakeService) -> None:
    here = await office(service)
    rows = [*ROWS[:2], (*ROWS[2][:5], "春华1号院")]
    assert counts((await here.send(xlsx(rows, HEADING), "staff")).json()) == (3, 0, 0, 0)
    zhao, qian, sun = await listed(here)
    assert (zhao["name"], zhao["qualifications"], zhao["area_path"]) == ("赵敏", ["nurse", "sampler"], AREA)
    assert (qian["area_path"], [one["duty"] for one in qian["duties"]]) == (GRID, ["delivery"])
    assert sun["area_path"].endswith("/p01")
    before = len(await here.service.emitted())
    assert counts((await here.send(text(rows, HEADING), "staff")).json()) == (0, 0, 3, 0)
    assert await here.events_since(before) == []
    changed = text([("赵敏", "13800000021", "医疗")], ("姓名", "电话", "职责"))
    assert counts((await here.send(changed, "staff")).json()) == (0, 1, 0, 0)
    (event,) = await here.events_since(before)
    assert isinstance(event, StaffEvent)
    assert (event.unit, [one.duty for one in event.duties if one.until is None]) == ("卫生服务站", ["medical"])
    (newest, _) = (await here.clerk.get(f"/v1/staff/{zhao['person_id']}/changes")).json()["items"]
    assert (newest["act"], newest["by"], newest["import_id"] is not None) == ("imported", "office-liu", True)


async def test_a_preview_stores_no_row_and_names_what_is_wrong_in_both_languages(service: MakeService) -> None:
    here = await office(service)
    rows = [
        ROWS[0],
        ("李四", "", "街道办", "", "", ""),
        ("王五", "13800000024", "街道办", "巫师", "", ""),
        ("周六", "13800000025", "街道办", "", "", "月球"),
        ("吴七", "13800000021", "街道办", "", "", ""),
    ]
    answer = await here.clerk.post("/v1/imports/staff/preview", files={"file": ("staff.csv", text(rows, HEADING))})
    preview = answer.json()
    assert (preview["rows"], preview["sound"]) == (5, 1)
    assert [(one["row"], one["column"]) for one in preview["problems"]] == [
        (3, "电话"),
        (4, "资质"),
        (5, "负责区域"),
        (6, "姓名"),
    ]
    assert "没有这种资质" in preview["problems"][1]["problem"] or "qualification" in preview["problems"][1]["problem"]
    assert await listed(here) == []


async def test_a_row_about_a_colleague_of_another_office_is_refused_and_the_others_go_in(service: MakeService) -> None:
    here = await office(service)
    theirs = {
        "name": "郑八",
        "phone": "13800000028",
        "unit": "市医院",
        "area_path": "/jinhe/hexi",
        "person_id": "zheng",
    }
    assert (await here.city.post("/v1/staff", json=theirs)).status_code == 201
    rows = [("郑八", "13800000028", "zheng"), ("赵敏", "13800000021", "")]
    report = (await here.send(text(rows, ("姓名", "电话", "账号")), "staff")).json()
    assert counts(report) == (1, 0, 0, 1)
    doctor = here.service.client("doctor")
    assert (await here.send(text(rows, ("姓名", "电话", "账号")), "staff", doctor)).status_code == 403
