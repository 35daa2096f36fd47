"""Leading groups (领导小组): formed, their members dated, dissolved, each step with who and why (R1.2)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.registration.domain import groups as rules
from services.registration.domain.groups import GroupStep, LeadingGroup, Seat
from shared.base.errors import Conflict
from shared.base.ids import new_id
from shared.events.registration_groups import (
    GroupChanged,
    GroupDissolved,
    GroupDuty,
    GroupFormed,
    GroupKind,
)
from tests.conftest import MakeService
from tests.registration.office import AREA, TODAY, office
from tests.registration.test_staff import NURSE
from tests.support.service import MORNING

FIRST = date(2026, 2, 1)
HEAD, MEMBER = Seat("liu", GroupDuty.HEAD), Seat("sun", GroupDuty.MEMBER)


def step(day: date) -> GroupStep:
    return GroupStep("clerk", MORNING, day, "人员调整")


def test_a_head_who_is_replaced_keeps_the_days_and_who_stays_keeps_the_first_one() -> None:
    group = LeadingGroup("g1", AREA, GroupKind.COMMAND, "领导小组", FIRST)
    group = rules.seat(group, [HEAD, MEMBER], step(FIRST))
    assert rules.seat(group, [MEMBER, HEAD], step(TODAY)) is group
    changed = rules.seat(group, [Seat("gao", GroupDuty.HEAD), MEMBER], step(TODAY))
    assert [one.person_id for one in changed.seats_on(TODAY - timedelta(days=1))] == ["liu", "sun"]
    assert [(one.person_id, one.since) for one in changed.seats_on(TODAY)] == [("sun", FIRST), ("gao", TODAY)]
    with pytest.raises(Conflict):
        rules.seat(changed, [HEAD], step(FIRST))
    dissolved = rules.dissolve(changed, step(TODAY))
    assert rules.dissolve(dissolved, step(TODAY)) is dissolved
    assert dissolved.seats_on(TODAY) == ()
    with pytest.raises(Conflict):
        rules.seat(dissolved, [HEAD], step(TODAY))


async def test_a_group_is_formed_once_changed_dissolved_and_its_record_stays(service: MakeService) -> None:
    here = await office(service)
    await here.city.post("/v1/staff", json=NURSE)
    members = [{"person_id": "nurse-01", "duty": "head"}, {"person_id": "sun", "duty": "member"}]
    body: dict[str, Any] = {"group_id": new_id(), "area_path": AREA, "kind": "epidemic_control", "name": "疫情防控组"}
    body |= {"members": members, "since": FIRST.isoformat(), "reason": "成立小组"}
    for _ in range(2):
        formed = await here.clerk.post("/v1/leading-groups", json=body)
        assert formed.status_code == 201, formed.text
    assert [(one["name"], one["duty"]) for one in formed.json()["members"]] == [("赵敏", "head"), (None, "member")]
    path = f"/v1/leading-groups/{body['group_id']}"
    change = {"members": members[1:], "reason": "组长调离"}
    for _ in range(2):
        changed = (await here.clerk.put(f"{path}/members", json=change)).json()
    assert [one["person_id"] for one in changed["members"]] == ["sun"]
    assert changed["former"][0]["until"] == TODAY.isoformat()
    before = (await here.clerk.get(path, params={"day": "2026-02-05"})).json()
    assert [one["person_id"] for one in before["members"]] == ["nurse-01", "sun"]
    assert [one["reason"] for one in before["steps"]] == ["成立小组", "组长调离"]
    listed = (await here.clerk.get("/v1/leading-groups", params={"kind": "epidemic_control"})).json()["items"]
    assert [one["name"] for one in listed] == ["疫情防控组"]
    for _ in range(2):
        assert (await here.clerk.post(f"{path}/dissolution", json={"reason": "任务结束"})).status_code == 200
    assert (await here.clerk.get("/v1/leading-groups")).json()["items"] == []
    assert len((await here.clerk.get("/v1/leading-groups?dissolved=true")).json()["items"]) == 1
    for kind in (GroupFormed, GroupChanged, GroupDissolved):
        (event,) = await here.service.emitted(kind)
        assert "赵敏" not in event.model_dump_json()
    over = await here.clerk.put(f"{path}/members", json=change | {"members": members})
    assert over.json()["code"] == "registration.group_dissolved"
    assert (await here.elsewhere.get(path)).json()["code"] == "registration.no_such_group"
    other = await here.clerk.post("/v1/leading-groups", json=body | {"name": "另一个组"})
    assert other.json()["code"] == "registration.group_taken"
    ahead = body | {"group_id": new_id(), "since": (TODAY + timedelta(days=1)).isoformat()}
    assert (await here.clerk.post("/v1/leading-groups", json=ahead)).json()["code"] == "registration.day_ahead"
    nowhere = body | {"group_id": new_id(), "area_path": f"{AREA}/a9"}
    assert (await here.clerk.post("/v1/leading-groups", json=nowhere)).json()["code"] == "registration.no_such_place"
