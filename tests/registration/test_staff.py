"""The staff directory: registered, dated, searched, named, and what each office may see of it (R1.2)."""

from datetime import date, timedelta
from typing import Any

import pytest

from deploy.demo.staff import directory
from services.registration.domain import staff as rules
from services.registration.domain.staff import StaffFacts
from shared.base.errors import Conflict
from shared.base.sealing import is_seal
from shared.events.registration import ContactPointsChanged
from shared.events.registration_staff import Qualification, StaffChanged, StaffDuty, StaffEnded, StaffRegistered
from tests.conftest import MakeService
from tests.registration.office import AREA, GRID, TODAY, Office, office

NURSE: dict[str, Any] = {
    "person_id": "nurse-01",
    "name": "赵敏",
    "phone": "13800000021",
    "unit": "春华社区卫生服务站",
    "area_path": AREA,
    "qualifications": ["nurse", "sampler"],
    "duties": ["sampling"],
    "since": TODAY.isoformat(),
}
FACTS = StaffFacts("赵敏", "卫生站", AREA, (Qualification.NURSE,), (StaffDuty.SAMPLING,))
MONDAY = date(2026, 2, 2)


def test_a_duty_that_falls_away_keeps_its_days_and_a_new_one_begins_on_the_same_day() -> None:
    member = rules.register("p1", FACTS, MONDAY)
    later = MONDAY + timedelta(days=7)
    changed = rules.restate(member, StaffFacts("赵敏", "卫生站", GRID, FACTS.qualifications, (StaffDuty.GATE,)), later)
    days = [(one.duty, one.since, one.until) for one in changed.duties]
    assert days == [(StaffDuty.SAMPLING, MONDAY, later), (StaffDuty.GATE, later, None)]
    assert rules.area_on(changed.areas, later - timedelta(days=1)) == AREA
    assert rules.area_on(changed.areas, later) == GRID
    assert rules.area_on(changed.areas, MONDAY - timedelta(days=1)) is None
    with pytest.raises(Conflict):
        rules.restate(changed, FACTS, MONDAY)


def test_the_same_facts_on_a_later_day_change_nothing_and_who_left_comes_back() -> None:
    member = rules.register("p1", FACTS, MONDAY)
    assert rules.restate(member, FACTS, MONDAY + timedelta(days=3)) is member
    left = rules.end(member, MONDAY + timedelta(days=3))
    assert rules.end(left, MONDAY + timedelta(days=9)) is left
    assert left.duties_now == ()
    back = rules.restate(left, FACTS, MONDAY + timedelta(days=9))
    assert (back.active_from, back.active_until) == (MONDAY + timedelta(days=9), None)
    assert [one.since for one in back.areas] == [MONDAY, MONDAY + timedelta(days=9)]


async def registered(here: Office, **changes: Any) -> dict[str, Any]:
    """Have the city, which decides about every person, register a member of staff."""
    answer = await here.city.post("/v1/staff", json=NURSE | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_member_of_staff_is_registered_once_sealed_and_published_without_name_and_phone(
    service: MakeService,
) -> None:
    here = await office(service)
    one = await registered(here)
    assert await registered(here) == one
    assert (one["name"], one["phone"], one["qualifications"]) == ("赵敏", "13800000021", ["nurse", "sampler"])
    (event,) = await here.service.emitted(StaffRegistered)
    assert "赵敏" not in event.model_dump_json()
    assert (event.area_path, event.duties[0].duty) == (AREA, "sampling")
    stored = await here.service.deps.store.staff._staff.collection.find_one({"_id": "nurse-01"})
    assert stored is not None
    assert is_seal(stored["name"])
    (contact,) = await here.service.emitted(ContactPointsChanged)
    assert (contact.person_id, contact.area_path) == ("nurse-01", AREA)
    other = await here.city.post("/v1/staff", json=NURSE | {"unit": "市医院"})
    assert (other.status_code, other.json()["code"]) == (409, "registration.staff_known")


async def test_an_entry_changes_from_a_day_on_ends_and_keeps_who_changed_it_and_what_was_before(
    service: MakeService,
) -> None:
    here = await office(service)
    await registered(here)
    body = {name: value for name, value in NURSE.items() if name not in ("person_id", "phone")}
    body |= {"duties": ["medical"], "reason": "调往隔离点"}
    for _ in range(2):
        changed = (await here.clerk.put("/v1/staff/nurse-01", json=body)).json()
    assert [(one["duty"], one["until"]) for one in changed["duties"]] == [
        ("sampling", TODAY.isoformat()),
        ("medical", None),
    ]
    assert changed["phone"] == "13800000021"
    for _ in range(2):
        ended = await here.clerk.post("/v1/staff/nurse-01/end", json={"reason": "返回原单位"})
        assert ended.json()["active_until"] == TODAY.isoformat()
    assert len(await here.service.emitted(StaffChanged)) == len(await here.service.emitted(StaffEnded)) == 1
    made = (await here.clerk.get("/v1/staff/nurse-01/changes")).json()["items"]
    assert [(one["act"], one["by"], one["reason"]) for one in made] == [
        ("ended", "office-liu", "返回原单位"),
        ("changed", "office-liu", "调往隔离点"),
        ("registered", "city-office", ""),
    ]
    assert (made[1]["before"]["duties"], made[1]["after"]["duties"]) == (["sampling"], ["medical"])
    assert made[2]["before"] is None
    assert (await here.clerk.get("/v1/staff")).json()["items"] == []
    assert [one["person_id"] for one in (await here.clerk.get("/v1/staff?ended=true")).json()["items"]] == ["nurse-01"]


async def test_the_directory_is_listed_by_duty_and_qualification_and_searched_by_the_beginning_of_a_name(
    service: MakeService,
) -> None:
    here = await office(service)
    await registered(here)
    await registered(
        here, person_id="driver-02", name="钱多多", phone=None, qualifications=["driver"], duties=["delivery"]
    )

    async def listed(**query: str) -> list[str]:
        return [one["person_id"] for one in (await here.clerk.get("/v1/staff", params=query)).json()["items"]]

    assert sorted(await listed()) == ["driver-02", "nurse-01"]
    assert await listed(duty="sampling") == ["nurse-01"]
    assert await listed(qualification="driver") == ["driver-02"]
    assert await listed(duty="sampling", qualification="driver") == []
    for q, expected in (("赵", ["nurse-01"]), ("钱多多", ["driver-02"]), ("多", [])):
        answer = await here.clerk.post("/v1/staff/search", json={"q": q})
        assert [one["person_id"] for one in answer.json()["items"]] == expected
    assert (await here.elsewhere.get("/v1/staff")).json()["items"] == []
    assert (await here.elsewhere.get("/v1/staff/nurse-01")).status_code == 404
    assert (await here.clerk.get("/v1/staff?duty=king")).json()["code"] == "request.invalid"


async def test_names_of_officials_are_looked_up_in_one_call_by_any_colleague_and_without_phones(
    service: MakeService,
) -> None:
    here = await office(service)
    await registered(here)
    asked = {"person_ids": ["stranger-9", "nurse-01"]}
    items = (await here.elsewhere.post("/v1/staff/names", json=asked)).json()["items"]
    assert items == [{"person_id": "nurse-01", "name": "赵敏", "unit": "春华社区卫生服务站", "left": None}]
    async with here.service.client("resident") as resident:
        assert (await resident.post("/v1/staff/names", json=asked)).json()["code"] == "access.role_missing"


async def test_an_office_gets_at_no_colleague_of_another_office_by_registering_the_person(
    service: MakeService,
) -> None:
    here = await office(service)
    await registered(here)
    theirs = await here.elsewhere.post("/v1/staff", json=NURSE | {"area_path": "/jinhe/hexi/qingshui/c02"})
    assert (theirs.status_code, theirs.json()["code"]) == (409, "registration.staff_elsewhere")
    assert "13800000021" not in theirs.text
    await here.city.put("/v1/contacts/guard-03", json={"phone": "13800000033"})
    unknown = await here.clerk.post("/v1/staff", json=NURSE | {"person_id": "guard-03"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "registration.staff_elsewhere")


async def test_the_phone_of_a_person_whom_no_office_has_waits_as_a_claim(service: MakeService) -> None:
    here = await office(service)
    one = await here.clerk.post("/v1/staff", json=NURSE)
    assert (one.status_code, one.json()["phone"]) == (201, None)
    claims = (await here.clerk.get("/v1/contacts/claims")).json()["items"]
    assert [one["person_id"] for one in claims] == ["nurse-01"]


async def test_without_an_account_the_phone_makes_the_id_and_the_same_person_is_one_entry(service: MakeService) -> None:
    here = await office(service)
    stated = NURSE | {"person_id": None}
    first, second = [(await here.clerk.post("/v1/staff", json=stated)).json() for _ in range(2)]
    assert first == second
    assert first["phone"] == "13800000021"
    refused = await here.clerk.post("/v1/staff", json=stated | {"phone": None})
    assert refused.json()["code"] == "registration.staff_unknown"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"since": "2026-02-11"}, "registration.day_ahead"),
        ({"name": "#REF!"}, "registration.staff_name"),
        ({"phone": "123"}, "registration.bad_phone"),
        ({"unit": "电话 13800000021"}, "request.personal_number"),
        ({"area_path": "/jinhe/hexi"}, "access.not_found"),
        ({"qualifications": ["wizard"]}, "request.invalid"),
    ],
)
async def test_what_cannot_be_stated_of_a_person_is_refused(
    service: MakeService, change: dict[str, Any], code: str
) -> None:
    here = await office(service)
    before = len(await here.service.emitted())
    assert (await here.clerk.post("/v1/staff", json=NURSE | change)).json()["code"] == code
    assert await here.events_since(before) == []


async def test_the_people_of_the_demo_are_staff_of_the_directory_and_a_second_run_changes_none(
    service: MakeService,
) -> None:
    here = await office(service)
    entries = list(directory())
    for _ in range(2):
        for entry in entries:
            assert (await here.city.post("/v1/staff", json=entry)).status_code == 201, entry
    assert len(await here.service.emitted(StaffRegistered)) == len(entries)
    asked = {"person_ids": ["office-liu", "police-zhao", "keeper-g01", "city-lin"]}
    named = (await here.clerk.post("/v1/staff/names", json=asked)).json()["items"]
    assert [one["name"] for one in named] == ["刘敏", "赵勇", "周燕", "林芳"]
