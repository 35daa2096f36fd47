"""How cases open: by a doctor's order and by declared journeys, on a real store (R3.1)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events import isolation as events
from shared.events.registration import Risk
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, DOOR, GRID, KEEPER, TODAY, isolated, journey, town


async def test_an_order_opens_a_case_with_its_keeper_and_doctor_and_28_measurements(service: MakeService) -> None:
    here = await town(service)
    ordered = await here.order()
    assert ordered.status_code == 201
    case = ordered.json()
    assert (case["starts_on"], case["ends_on"], case["state"]) == ("2026-02-10", "2026-02-24", "observing")
    assert (case["keeper_id"], case["doctor_id"], case["ordered_by"]) == (KEEPER, DOCTOR, DOCTOR)
    rows = await here.measurements()
    assert len(rows) == 28
    assert (rows[0]["day"], rows[0]["half_day"]) == ("2026-02-11", "morning")
    assert (rows[-1]["day"], rows[-1]["half_day"]) == ("2026-02-24", "afternoon")
    assert not any(row["waived"] for row in rows)


@pytest.mark.parametrize(("length_days", "measurements"), [(7, 14), (14, 28)])
async def test_every_day_after_the_start_is_measured_twice(
    service: MakeService, length_days: int, measurements: int
) -> None:
    here = await isolated(service, length_days)
    assert len(await here.measurements()) == measurements


@pytest.mark.parametrize("length_days", [0, 1, 10, 15, -14, 10**20])
async def test_another_length_than_the_policys_is_refused(service: MakeService, length_days: int) -> None:
    here = await town(service)
    refused = await here.order(length_days=length_days)
    assert (refused.status_code, refused.json()["code"]) == (400, "isolation.length")
    assert await here.service.emitted() == []


@pytest.mark.parametrize("starts_on", ["2025-02-10", "2026-04-10"])
async def test_an_absurd_start_is_refused(service: MakeService, starts_on: str) -> None:
    here = await town(service)
    refused = await here.order(starts_on=starts_on)
    assert (refused.status_code, refused.json()["code"]) == (400, "isolation.start")


@pytest.mark.parametrize("starts_on", ["0001-01-01", "9998-12-31"])
async def test_a_start_that_no_calendar_can_bear_is_refused(service: MakeService, starts_on: str) -> None:
    here = await town(service)
    refused = await here.order(starts_on=starts_on)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_an_order_whose_days_are_over_already_is_refused(service: MakeService) -> None:
    here = await town(service)
    refused = await here.order(starts_on=str(TODAY - timedelta(days=10)), length_days=7)
    assert (refused.status_code, refused.json()["code"]) == (400, "isolation.over")


async def test_what_was_due_before_the_order_came_is_waived_and_brings_no_reminder(service: MakeService) -> None:
    here = await town(service)
    here.at(2, 11)
    await here.order(starts_on="2026-02-10")
    await here.service.due()
    rows = await here.measurements()
    waived = [(row["day"], row["half_day"]) for row in rows if row["waived"]]
    assert waived == [("2026-02-11", "morning"), ("2026-02-11", "afternoon"), ("2026-02-12", "morning")]
    assert {row["waived"]["cause"] for row in rows if row["waived"]} == {"ordered_late"}
    assert len(await here.emitted(events.MeasurementWaived)) == 3
    assert await here.emitted(events.MeasurementMissed) == []


async def test_the_same_order_again_gives_the_same_answer_and_says_nothing_new(service: MakeService) -> None:
    here = await town(service)
    first = await here.order()
    again = await here.order()
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await here.emitted(events.CaseOpened)) == 1


async def test_the_same_order_again_after_an_extension_is_still_the_same_order(service: MakeService) -> None:
    here = await isolated(service)
    await here.extend(7)
    here.at(20, 9)  # so late that a new order could not start on that day
    again = await here.order()
    assert (again.status_code, again.json()["ends_on"]) == (201, "2026-03-03")


@pytest.mark.parametrize("change", [{"length_days": 7}, {"kind": "central"}, {"starts_on": "2026-02-11"}])
async def test_another_order_under_the_same_id_is_refused_instead_of_lost(
    service: MakeService, change: dict[str, Any]
) -> None:
    here = await isolated(service)
    refused = await here.order(**change)
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.case_taken")


async def test_a_resident_has_one_open_case_at_most(service: MakeService) -> None:
    here = await isolated(service)
    refused = await here.order(case_id=new_id())
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.case_open")
    assert here.case_id in refused.json()["detail"]


async def test_of_orders_at_the_same_moment_one_opens_a_case(service: MakeService) -> None:
    here = await town(service)
    answers = await asyncio.gather(*(here.order(case_id=new_id()) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert len(await here.emitted(events.CaseOpened)) == 1


async def test_the_same_order_twice_at_the_same_moment_opens_one_case(service: MakeService) -> None:
    here = await town(service)
    answers = await asyncio.gather(*(here.order() for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await here.emitted(events.CaseOpened)) == 1


async def test_an_order_and_a_journey_at_the_same_moment_open_one_case(service: MakeService) -> None:
    here = await town(service)
    await asyncio.gather(here.order(), here.service.receive(journey(here.resident_id, TODAY)))
    assert len(await here.emitted(events.CaseOpened)) == 1


async def test_a_new_case_may_follow_one_that_has_ended(service: MakeService) -> None:
    here = await isolated(service)
    await here.post(here.office, "cancellation", reason="认错了人")
    assert (await here.order(case_id=new_id())).status_code == 201


async def test_the_residents_own_keeper_comes_before_the_grids(service: MakeService) -> None:
    here = await town(service)
    kept = new_id()
    await here.register(kept, keeper_id="volunteer-wang")
    assert (await here.order(resident_id=kept)).json()["keeper_id"] == "volunteer-wang"


async def test_a_resident_who_is_not_known_or_lives_elsewhere_is_not_found(service: MakeService) -> None:
    here = await town(service)
    elsewhere = new_id()
    await here.register(elsewhere, area_path="/jinhe/hexi/other/c09/g1/p1/101")
    for resident_id in (new_id(), elsewhere):
        refused = await here.order(resident_id=resident_id)
        assert (refused.status_code, refused.json()["code"]) == (404, "isolation.no_such_resident")


async def test_an_order_waits_until_the_place_tree_is_known(service: MakeService) -> None:
    here = await town(service)
    here.service.deps.places.replica.expect({0, 1})  # a partition that has not been read
    refused = await here.order()
    assert (refused.status_code, refused.json()["code"]) == (503, "server.starting")
    assert refused.headers["retry-after"]


async def test_other_services_receive_a_ground_and_never_the_doctors_own_words(service: MakeService) -> None:
    here = await town(service)
    await here.order(reason="王伟的同事确诊")
    (opened,) = await here.emitted(events.CaseOpened)
    assert opened.reason == "doctors_order"
    assert "王伟" not in opened.model_dump_json()
    assert (await here.case())["reason"] == "王伟的同事确诊"


async def test_an_arrival_from_a_high_risk_region_opens_one_case_however_often_it_is_published(
    service: MakeService,
) -> None:
    here = await town(service)
    sent = await here.service.receive(journey(here.resident_id, TODAY))
    await here.service.receive(*sent)
    (opened,) = await here.emitted(events.CaseOpened)
    assert (opened.starts_on, opened.ends_on) == (TODAY, date(2026, 2, 24))
    assert (opened.kind, opened.reason, opened.area_path) == ("home", "high_risk_arrival", DOOR)
    assert (opened.keeper_id, opened.doctor_id) == (KEEPER, DOCTOR)


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.MEDIUM])
async def test_an_arrival_from_elsewhere_opens_no_case(service: MakeService, risk: Risk) -> None:
    here = await town(service)
    await here.service.receive(journey(here.resident_id, TODAY, risk))
    assert await here.service.emitted() == []


async def test_an_arrival_whose_days_are_over_opens_no_case(service: MakeService) -> None:
    here = await town(service)
    await here.service.receive(journey(here.resident_id, date(2026, 1, 20)))
    assert await here.service.emitted() == []


async def test_an_arrival_of_last_week_is_measured_for_the_days_that_are_left(service: MakeService) -> None:
    here = await town(service)
    await here.service.receive(journey(here.resident_id, TODAY - timedelta(days=7)))
    (opened,) = await here.emitted(events.CaseOpened)
    here.case_id = opened.case_id
    rows = await here.measurements()
    assert len(rows) == 28
    assert next(row["day"] for row in rows if not row["waived"]) == "2026-02-10"
    assert opened.ends_on == date(2026, 2, 17)


async def test_a_second_arrival_prolongs_the_open_case_to_its_own_last_day(service: MakeService) -> None:
    here = await isolated(service, 7)
    await here.service.receive(journey(here.resident_id, TODAY))
    (extended,) = await here.emitted(events.CaseExtended)
    assert extended.ends_on == date(2026, 2, 24)
    assert len(await here.measurements()) == 28
    await here.service.receive(journey(here.resident_id, TODAY - timedelta(days=2)))
    assert len(await here.emitted(events.CaseExtended)) == 1
    assert len(await here.emitted(events.CaseOpened)) == 1


async def test_a_journey_whose_case_was_cancelled_does_not_open_it_again(service: MakeService) -> None:
    here = await town(service)
    declared = journey(here.resident_id, TODAY)
    await here.service.receive(declared)
    (opened,) = await here.emitted(events.CaseOpened)
    here.case_id = opened.case_id
    await here.post(here.office, "cancellation", reason="填报有误")
    other = new_id()
    # Under another event id, which the inbox does not know; and what stands behind it goes on.
    sent = await here.service.receive(declared, journey(other, TODAY))
    assert await here.service.database["inbox"].count_documents({"_id": {"$in": [event.id for event in sent]}}) == 2
    assert (await here.case())["state"] == "cancelled"
    assert [event.resident_id for event in await here.emitted(events.CaseOpened)] == [here.resident_id, other]


async def test_a_traveller_whom_isolation_does_not_know_yet_is_isolated_all_the_same(service: MakeService) -> None:
    here = await town(service)
    stranger = new_id()
    await here.service.receive(journey(stranger, TODAY))
    (opened,) = await here.emitted(events.CaseOpened)
    assert (opened.resident_id, opened.keeper_id) == (stranger, KEEPER)
    answer = await here.keeper.get("/v1/cases")
    assert [case["resident_id"] for case in answer.json()["items"]] == [stranger]
    assert opened.area_path.startswith(GRID)
