"""Employers: registered once, their clerks see their own staff alone, who may not work today and never why (R1.10)."""

from datetime import timedelta

from shared.base.ids import new_id
from shared.events.registration_employers import (
    EmployeeEvent,
    EmployeeLeft,
    EmployeeStarted,
    EmployerChanged,
    EmployerClosed,
    EmployerRegistered,
)
from tests.conftest import MakeService
from tests.registration.employing import CLERK, HEADING, credit_code, employer_body, employing
from tests.registration.office import TODAY, counts, id_number, person, text
from tests.support.imports import finished


async def test_an_employer_is_registered_once_changed_closed_and_resumed(service: MakeService) -> None:
    unit = await employing(service)
    office, path = unit.here.clerk, unit.path
    assert len(await unit.here.service.emitted(EmployerRegistered)) == 1
    wrong = await office.post("/v1/employers", json=employer_body(2, code="91350100M000100Y44", employer_id=new_id()))
    assert wrong.json()["code"] == "registration.credit_code"
    again = await office.post("/v1/employers", json=employer_body(1, employer_id=new_id()))
    assert again.json()["code"] == "registration.employer_known"
    changed = employer_body(1, name="津河电子总厂", clerk_ids=[CLERK, "unit-wu"])
    for _ in range(2):
        assert (await office.put(path, json=changed)).json()["name"] == "津河电子总厂"
    assert len(await unit.here.service.emitted(EmployerChanged)) == 1
    for state in ("closed", "closed", "resumed"):
        body = {"state": state, "reason": "疫情防控需要"}
        assert (await office.post(f"{path}/state", json=body)).json()["state"] == state
    (closed,) = await unit.here.service.emitted(EmployerClosed)
    assert closed.code == credit_code(1)
    acts = [one["act"] for one in (await office.get(path)).json()["steps"]]
    assert acts == ["registered", "changed", "closed", "resumed"]
    assert [one["name"] for one in (await office.get("/v1/employers?state=resumed")).json()["items"]] == [
        "津河电子总厂"
    ]
    assert (await unit.here.elsewhere.get(path)).json()["code"] == "registration.no_such_employer"


async def test_a_clerk_sees_the_own_employer_alone_and_loses_it_with_the_name(service: MakeService) -> None:
    unit = await employing(service)
    other = employer_body(2, clerk_ids=["unit-wu"], employer_id=new_id())
    assert (await unit.here.clerk.post("/v1/employers", json=other)).status_code == 201
    mine = (await unit.clerk.get("/v1/employers")).json()["items"]
    assert [one["employer_id"] for one in mine] == [unit.employer_id]
    theirs = f"/v1/employers/{other['employer_id']}"
    for path in (theirs, f"{theirs}/employees", f"{theirs}/counts"):
        assert (await unit.clerk.get(path)).json()["code"] == "registration.no_such_employer"
    await unit.here.clerk.put(unit.path, json=employer_body(clerk_ids=[]))
    assert (await unit.clerk.get(unit.path)).status_code == 404
    assert (await unit.clerk.get("/v1/employers")).json()["items"] == []


async def test_staff_are_linked_by_number_and_name_and_the_list_says_no_diagnosis(service: MakeService) -> None:
    unit = await employing(service)
    file = await unit.here.resident(1)
    family = [{"name": "李梅", "relation": "妻子"}]
    for _ in range(2):
        entry = await unit.state(name="王伟1", id_number=id_number(1), phone="13800000031", shift="早班", family=family)
    assert (entry["resident_id"], entry["household_id"]) == (file["resident_id"], None)
    assert entry["id_number"].startswith("*" * 14)
    await unit.here.resident(2)
    stranger = await unit.state(name="王伟九", id_number=id_number(2), phone="13800000032")
    assert stranger["resident_id"] is None  # the number alone links nothing
    (started, _) = await unit.here.service.emitted(EmployeeStarted)
    assert "王伟" not in started.model_dump_json()
    assert (started.household_id, started.shift) == (file["household_id"], "早班")
    order = {"order_id": new_id(), "resident_ids": [file["resident_id"]], "colour": "yellow", "reason": "接触史待核实"}
    order["until"] = (unit.here.service.clock.now() + timedelta(days=1)).isoformat()
    answer = await unit.here.clerk.post("/v1/colour-orders", json=order)
    assert answer.status_code == 201, answer.text
    chief = unit.here.service.client("community", subject="office-sun")
    assert (await chief.post(f"/v1/colour-orders/{order['order_id']}/approve")).status_code == 200
    await unit.here.service.due()
    (absent,) = await unit.staff("absent")
    assert (absent["name"], absent["may_work"]) == ("王伟1", False)
    assert "colour" not in absent
    tally = (await unit.clerk.get(f"{unit.path}/counts")).json()
    assert (tally["people"], tally["absent"]) == (2, 1)
    job = (await unit.here.clerk.get(f"/v1/residents/{file['resident_id']}/employments")).json()
    assert [one["employer"] for one in job] == ["津河电子1厂"]
    leaves = {"reason": "合同到期离职"}
    for _ in range(2):
        gone = await unit.clerk.post(f"{unit.path}/employees/{entry['employee_id']}/departure", json=leaves)
        assert gone.json()["until"] == TODAY.isoformat()
    assert [one["name"] for one in await unit.staff("left")] == ["王伟1"]
    assert len(await unit.here.service.emitted(EmployeeLeft)) == 1
    back = await unit.state(name="王伟1", id_number=id_number(1), shift="晚班")
    assert (back["employee_id"], back["until"], len(back["steps"])) == (entry["employee_id"], None, 3)


async def test_a_clerk_imports_a_shift_twice_corrects_it_and_undoes_it(service: MakeService) -> None:
    unit = await employing(service)
    await unit.here.imported(person(1))
    rows = [
        ("王伟1", id_number(1), "13800000031", "一车间", "甲组", "早班", "装配工", "李梅（妻子）、王小明（儿子）"),
        ("外地人", "", "13800000032", "一车间", "甲组", "早班", "装配工", "无"),
        ("张三", "", "", "一车间", "", "", "", ""),
    ]

    async def send(content: bytes) -> dict[str, object]:
        answer = await unit.here.post(content, "employees", unit.clerk)
        assert answer.status_code == 202, answer.text
        report = await finished(unit.clerk, answer, unit.here.step)
        return dict(report.json())

    preview = await unit.clerk.post("/v1/imports/employees/preview", files={"file": ("a.csv", text(rows, HEADING))})
    assert [(one["row"], one["column"]) for one in preview.json()["problems"]] == [(4, "电话")]
    report = await send(text(rows, HEADING))
    assert counts(report) == (2, 0, 0, 1)
    assert counts(await send(text(rows, HEADING))) == (0, 0, 2, 1)
    listed = await unit.staff()
    assert [(one["name"], one["resident_id"] is not None, one["shift"]) for one in listed] == [
        ("外地人", False, "早班"),
        ("王伟1", True, "早班"),
    ]
    before = len(await unit.here.service.emitted())
    night = [("王伟1", id_number(1), "晚班")]
    second = await send(text(night, ("姓名", "身份证号", "班次")))
    assert counts(second) == (0, 1, 0, 0)
    (event,) = await unit.here.events_since(before)
    assert isinstance(event, EmployeeEvent)
    assert (event.shift, event.workshop) == ("晚班", "一车间")
    for imported, restored, withdrawn in ((second, 1, 0), (report, 0, 1)):
        undo = f"/v1/imports/{imported['import_id']}/undo"
        assert (await unit.clerk.post(undo, json={"reason": "表格有误"})).status_code == 202
        await unit.here.service.due()
        done = (await unit.clerk.get(undo)).json()
        assert (done["state"], done["restored"], done["withdrawn"]) == ("done", restored, withdrawn), done
    assert [(one["name"], one["shift"]) for one in await unit.staff()] == [("王伟1", "早班")]


async def test_a_sheet_of_staff_leaves_as_it_came(service: MakeService) -> None:
    unit = await employing(service)
    await unit.state(name="外地人", phone="13800000032", shift="早班", family=[{"name": "李梅", "relation": "妻子"}])
    sheet = await unit.clerk.post(f"{unit.path}/employees/export", json={"form": "csv"})
    assert sheet.status_code == 200, sheet.text
    answer = await unit.here.post(sheet.content, "employees", unit.clerk)
    report = (await finished(unit.clerk, answer, unit.here.step)).json()
    assert counts(report) == (0, 0, 1, 0), report
    tired = unit.here.service.client("employer", subject=CLERK, fresh=False)
    assert (await tired.post(f"{unit.path}/employees/export", json={})).status_code == 401


async def test_the_employer_declares_a_journey_and_agrees_before_both_sides_sign(service: MakeService) -> None:
    unit = await employing(service)
    file = await unit.here.resident(1)
    journey = {"journey_id": new_id(), "resident_id": file["resident_id"], "origin_region": "hubei/wuhan"}
    days = {"departs_on": TODAY + timedelta(days=5), "arrives_on": TODAY + timedelta(days=5)}
    journey |= {name: day.isoformat() for name, day in days.items()}
    assert (await unit.clerk.post("/v1/journeys", json=journey)).status_code == 404
    await unit.state(name="王伟1", id_number=id_number(1))
    assert (await unit.clerk.post("/v1/journeys", json=journey)).status_code == 201
    asked = {"return_id": new_id(), "journey_id": journey["journey_id"]}
    one = (await unit.clerk.post("/v1/returns", json=asked)).json()
    assert "employer_consent" in one["missing"]
    path = f"/v1/returns/{asked['return_id']}/employer-consent"
    foreign = unit.here.service.client("employer", subject="unit-wu")
    assert (await foreign.post(path)).status_code == 404
    own = unit.here.service.client("employer", subject=CLERK, resident_id=file["resident_id"])
    assert (await own.post(path)).json()["code"] == "access.own_decision"
    for _ in range(2):
        answer = await unit.clerk.post(path)
        assert answer.json()["consent"]["by"] == CLERK, answer.text
    assert "employer_consent" not in answer.json()["missing"]
    (listed,) = (await unit.clerk.get(f"{unit.path}/returns")).json()["items"]
    assert listed["return_id"] == asked["return_id"]
