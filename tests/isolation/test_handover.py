"""A person moves while a case is open: another door, another community, twice, back, out of the city (R3.1)."""

import asyncio

import pytest

from shared.base.ids import new_id
from shared.events import isolation as events
from shared.events import registration
from tests.conftest import MakeService
from tests.isolation.moving import (
    NEW,
    NEW_DOCTOR,
    NEW_DOOR,
    NEW_KEEPER,
    NEW_OFFICE,
    NEXT_DOOR,
    THIRD_DOOR,
    isolated,
)
from tests.isolation.town import DOCTOR, DOOR, GRID, KEEPER, alert
from tests.support.service import AREA


async def test_both_communities_see_the_case_of_a_person_who_moved_until_the_new_one_accepts(
    service: MakeService,
) -> None:
    here = await isolated(service)
    assert await here.listed(here.new_office) == []
    await here.moves(NEW_DOOR)
    for client in (here.office, here.new_office, here.new_doctor, here.keeper):
        seen = (await client.get(f"/v1/cases/{here.case_id}")).json()
        assert (seen["area_path"], seen["handover"]["to_area_path"]) == (DOOR, NEW_DOOR)
        assert await here.listed(client) == [here.case_id]
    assert await here.listed(here.third_office) == []
    accepted = await here.accept()
    assert (accepted.status_code, accepted.json()["handover"]) == (200, None)
    assert (accepted.json()["area_path"], accepted.json()["keeper_id"], accepted.json()["doctor_id"]) == (
        NEW_DOOR,
        NEW_KEEPER,
        NEW_DOCTOR,
    )
    assert (await here.listed(here.new_office), await here.listed(here.office)) == ([here.case_id], [])
    assert (await here.office.get(f"/v1/cases/{here.case_id}")).status_code == 404


async def test_the_old_staffs_word_and_the_log_go_along(service: MakeService) -> None:
    here = await isolated(service)
    await here.report(36.8)
    await here.moves(NEW_DOOR)
    written = await here.step(here.keeper, note="独居,糖尿病,每天三餐送到门口")
    assert (written.status_code, written.json()["handover"]["written_by"]) == (200, KEEPER)
    seen = (await here.new_office.get(f"/v1/cases/{here.case_id}")).json()
    assert seen["handover"]["note"] == "独居,糖尿病,每天三餐送到门口"
    await here.accept(keeper_id="volunteer-li")
    log = (await here.new_office.get(f"/v1/cases/{here.case_id}/log")).json()["items"]
    assert [line["what"] for line in log] == ["CaseOpened", "CaseHandoverStarted", "HandoverNote", "CaseHandedOver"]
    assert log[2]["reason"] == "独居,糖尿病,每天三餐送到门口"
    rows = (await here.new_doctor.get(f"/v1/cases/{here.case_id}/measurements")).json()["items"]
    assert rows[0]["temperature_c"] == 36.8
    (handed_over,) = await here.emitted(events.CaseHandedOver)
    assert (handed_over.keeper_id, handed_over.from_keeper_id) == ("volunteer-li", KEEPER)
    assert (handed_over.area_path, handed_over.from_area_path) == (NEW_DOOR, DOOR)
    assert "糖尿病" not in handed_over.model_dump_json()


async def test_deadlines_go_on_without_a_gap_for_the_old_keeper_then_for_the_new(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    here.at(1, 12)
    await here.service.due()
    missed = await here.emitted(events.MeasurementMissed)
    assert [(event.step.value, event.keeper_id, event.doctor_id) for event in missed] == [
        ("person", KEEPER, DOCTOR),
        ("keeper", KEEPER, DOCTOR),
    ]
    await here.accept()
    here.at(1, 14)
    await here.service.due()
    last = (await here.emitted(events.MeasurementMissed))[-1]
    assert (last.step, last.keeper_id, last.doctor_id, last.area_path) == ("doctor", NEW_KEEPER, NEW_DOCTOR, NEW_DOOR)
    page = (await here.new_office.get("/v1/measurements", params={"only_missing": True})).json()
    assert [row["half_day"] for row in page["items"]] == ["morning"]
    assert len((await here.office.get("/v1/measurements")).json()["items"]) == 0


async def test_both_care_for_the_person_and_only_the_office_that_has_the_case_ends_it(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    assert (await here.report(38.5, client=here.new_doctor)).status_code == 201
    assert (await here.case())["state"] == "referred"
    assert (await here.post(here.new_doctor, "return")).json()["state"] == "observing"
    await here.service.receive(alert(here.resident_id))
    (breach,) = await here.emitted(events.CaseBreached)
    assert (breach.keeper_id, breach.handover.to_area_path) == (KEEPER, NEW_DOOR)
    refused = await here.post(here.new_office, "cancellation", reason="认错了人")
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.not_accepted")
    await here.accept()
    assert (await here.post(here.new_office, "cancellation", reason="认错了人")).json()["state"] == "cancelled"


async def test_a_new_order_is_refused_with_the_case_to_accept(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    refused = await here.order(here.new_doctor, case_id=new_id())
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.case_open")
    assert refused.json()["detail"].endswith("accept its handover")
    assert here.case_id in refused.json()["detail"]


async def test_a_refused_case_stays_and_is_asked_for_again_by_the_old_staff(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    assert (await here.step(here.new_office, "/refusal", reason="此门牌无人居住")).status_code == 200
    assert (await here.case())["handover"] is None
    assert (await here.new_office.get(f"/v1/cases/{here.case_id}")).status_code == 404
    changed = registration.SpecialCareChanged(
        resident_id=here.resident_id, household_id=f"household of {NEW_DOOR}", area_path=NEW_DOOR, categories=("alone",)
    )
    await here.service.receive(changed)
    assert (await here.case())["handover"] is None
    assert (await here.step(here.office, note="已核实,确住此处")).json()["handover"]["to_area_path"] == NEW_DOOR
    assert (await here.accept()).status_code == 200
    assert await here.published() == [
        "CaseOpened",
        "CaseHandoverStarted",
        "CaseHandoverRefused",
        "CaseHandoverStarted",
        "CaseHandedOver",
    ]


async def test_another_door_of_the_community_changes_the_door_alone(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEXT_DOOR)
    changed = await here.case()
    assert (changed["area_path"], changed["keeper_id"], changed["handover"]) == (NEXT_DOOR, KEEPER, None)
    assert await here.published() == ["CaseOpened", "CaseMoved"]
    page = (await here.keeper.get("/v1/measurements")).json()
    assert len(page["items"]) == 2
    refused = await here.accept(here.office)
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.no_handover")


async def test_who_moves_twice_is_accepted_by_the_last_community_and_seen_by_the_second_no_more(
    service: MakeService,
) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    await here.moves(THIRD_DOOR)
    assert (await here.accept()).status_code == 404
    accepted = (await here.accept(here.third_office)).json()
    # No keeper and no doctor answers for the third community: those of before go on.
    assert (accepted["area_path"], accepted["keeper_id"], accepted["doctor_id"]) == (THIRD_DOOR, KEEPER, DOCTOR)


async def test_who_moves_back_stays_with_the_old_community(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    await here.moves(NEXT_DOOR)
    assert ((await here.case())["area_path"], (await here.case())["handover"]) == (NEXT_DOOR, None)
    assert await here.published() == ["CaseOpened", "CaseHandoverStarted", "CaseHandoverWithdrawn"]
    assert await here.listed(here.new_office) == []


async def test_an_area_that_no_office_covers_leaves_the_case_with_the_old_one_until_the_city_takes_it(
    service: MakeService,
) -> None:
    here = await isolated(service)
    nowhere = "/jinhe/beyond/1/1"
    await here.moves(nowhere)
    assert (await here.case())["handover"]["to_area_path"] == nowhere
    assert (await here.report(client=here.keeper)).status_code == 201
    refused = await here.accept(here.office)
    assert (refused.status_code, refused.json()["code"]) == (403, "isolation.not_new_staff")
    city = here.service.client("city", area="/jinhe", subject="city-1")
    assert (await here.accept(city, keeper_id="keeper-9")).json()["keeper_id"] == "keeper-9"


async def test_a_case_that_is_released_during_the_handover_ends_it(service: MakeService) -> None:
    here = await isolated(service)
    await here.report_all(1, 14)
    await here.moves(NEW_DOOR)
    refused = await here.post(here.new_office, "release")
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.not_accepted")
    assert (await here.post(here.office, "release")).json()["state"] == "released"
    assert (await here.case())["handover"] is None
    assert (await here.accept()).status_code == 404
    await here.moves(THIRD_DOOR)
    assert (await here.published())[-1] == "CaseReleased"


async def test_who_has_ended_isolation_moves_without_a_handover(service: MakeService) -> None:
    here = await isolated(service)
    await here.post(here.office, "cancellation", reason="填报有误")
    await here.moves(NEW_DOOR)
    assert await here.published() == ["CaseOpened", "CaseCancelled"]


async def test_the_same_move_again_and_acceptances_at_the_same_moment_change_the_case_once(
    service: MakeService,
) -> None:
    here = await isolated(service)
    moved = await here.moves(NEW_DOOR)
    await here.service.receive(moved, moved)
    answers = await asyncio.gather(*(here.accept() for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert await here.published() == ["CaseOpened", "CaseHandoverStarted", "CaseHandedOver"]


async def test_each_side_has_its_own_steps(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    assert (await here.accept(here.office)).json()["code"] == "isolation.not_new_staff"
    assert (await here.step(here.office, "/refusal", reason="不对")).json()["code"] == "isolation.not_new_staff"
    assert (await here.step(here.new_office, note="你好")).json()["code"] == "isolation.not_old_staff"
    assert (await here.accept(here.third_office)).status_code == 404


async def test_a_roster_that_comes_while_the_order_is_written_is_followed(service: MakeService) -> None:
    here = await isolated(service)
    other = new_id()
    await here.register(other)
    order = here.order(resident_id=other, case_id=new_id())
    moved = registration.ResidentMoved(resident_id=other, household_id=new_id(), area_path=NEW_DOOR)
    answer, _ = await asyncio.gather(order, here.service.receive(moved))
    assert answer.status_code == 201 or answer.json()["code"] == "isolation.no_such_resident"
    if answer.status_code == 201:
        seen = (await here.doctor.get(f"/v1/cases/{answer.json()['case_id']}")).json()
        assert seen["handover"]["to_area_path"] == NEW_DOOR


async def test_cases_of_both_doors_are_listed_page_by_page_without_loss(service: MakeService) -> None:
    here = await isolated(service)
    every_case = {here.case_id}
    for number in range(7):
        resident_id, case_id = new_id(), new_id()
        await here.register(resident_id, area_path=f"{GRID}/p01/1/1/{number + 300}")
        await here.order(resident_id=resident_id, case_id=case_id)
        every_case.add(case_id)
        if number % 2:
            door = f"{NEW}/a1/g01/p01/1/1/{number + 900}"
            await here.service.receive(
                registration.ResidentMoved(resident_id=resident_id, household_id=new_id(), area_path=door)
            )
    for area, size in ((AREA, 8), (NEW, 3), ("/jinhe", 8), ("/", 8)):
        client = here.service.client("community", area=area)
        for limit in (1, 2, 3, 50):
            seen: list[str] = []
            after: str | None = ""
            while after is not None:
                page = (await client.get("/v1/cases", params={"limit": limit, "after": after})).json()
                seen += [row["case_id"] for row in page["items"]]
                after = page["next"]
            assert (len(seen), len(set(seen)), set(seen) <= every_case) == (size, size, True), (area, limit)


async def test_readings_of_a_case_that_is_handed_over_are_recorded(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    await here.step(here.office, note="请接收")
    await here.accept()
    auditor = here.service.client("auditor", area="/")
    page = (await auditor.get("/v1/readings", params={"subject": here.resident_id})).json()
    assert {row["reader"] for row in page["items"]} >= {"office-liu", NEW_OFFICE}


@pytest.mark.parametrize("reports", [True, False])
async def test_a_move_that_an_earlier_version_received_is_followed_within_half_a_day(
    service: MakeService, reports: bool
) -> None:
    here = await isolated(service)
    moved = registration.ResidentMoved(resident_id=here.resident_id, household_id=new_id(), area_path=NEW_DOOR)
    await here.service.deps.residents.keep([here.service.stamp(moved)])  # all that the earlier version does
    assert (await here.case())["handover"] is None
    if reports:
        assert (await here.report()).status_code == 201
    else:
        here.at(1, 10)
        await here.service.due()
    assert (await here.case())["handover"]["to_area_path"] == NEW_DOOR
