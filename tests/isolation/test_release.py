"""From the last day to the notice: complete, held, waived, extended, cancelled, approved, verified (R3.6)."""

import asyncio
from datetime import date, timedelta

import pytest

from shared.base.ids import new_id
from shared.events import isolation as events
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, OFFICE, isolated

DAYS = 7


async def test_fourteen_days_of_reports_ask_for_the_release_and_the_level_above_approves(service: MakeService) -> None:
    here = await isolated(service, 14)
    for day in range(1, 14):
        await here.report_all(day, day)
        assert (await here.case())["state"] == "observing"
    await here.report_all(14, 14)
    assert (await here.case())["state"] == "release_requested"
    assert await here.emitted(events.MeasurementMissed) == []
    assert len(await here.emitted(events.MeasurementReported)) == 28
    released = await here.post(here.office, "release")
    assert released.status_code == 200
    case = released.json()
    assert (case["state"], case["approved_by"], case["released_on"]) == ("released", OFFICE, "2026-02-24")
    (event,) = await here.emitted(events.CaseReleased)
    assert (event.approved_by, event.notice_id) == (OFFICE, case["notice_id"])
    lines = (await here.office.get(f"/v1/cases/{here.case_id}/log")).json()["items"]
    assert [(line["what"], line["by"]) for line in lines] == [
        ("CaseOpened", DOCTOR),
        ("ReleaseRequested", "policy:days_done"),
        ("CaseReleased", OFFICE),
    ]


async def test_the_release_is_not_asked_for_before_the_evening_of_the_last_day(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 6)
    for hour in (8, 14):
        here.at(7, hour)
        await here.report()
    here.at(7, 17, 59)
    await here.service.due()
    assert (await here.case())["state"] == "observing"
    refused = await here.post(here.office, "release")
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.not_releasable")
    here.at(7, 18)
    await here.service.due()
    assert (await here.case())["state"] == "release_requested"


async def test_a_late_last_report_asks_for_the_release_by_itself(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 6)
    here.at(7, 8)
    await here.report()
    here.at(7, 18)
    await here.service.due()
    assert (await here.case())["state"] == "observing"
    here.at(7, 20)
    await here.report()
    assert (await here.case())["state"] == "release_requested"
    assert len(await here.emitted(events.ReleaseRequested)) == 1


async def test_the_last_two_reports_at_the_same_moment_ask_for_the_release(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 6)
    here.at(7, 18)
    await here.service.due()
    last = ({"day": "2026-02-17", "half_day": half} for half in ("morning", "afternoon"))
    answers = await asyncio.gather(*(here.report(**slot) for slot in last))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (await here.case())["state"] == "release_requested"
    assert len(await here.emitted(events.ReleaseRequested)) == 1


async def test_what_is_missing_holds_the_release_and_the_doctor_is_notified_daily_until_it_is_waived(
    service: MakeService,
) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 6)
    for day, times in ((7, 1), (8, 2), (11, 3)):  # a service that was away for days tells once
        here.at(day, 18)
        await here.service.due()
        held = await here.emitted(events.ReleaseHeld)
        assert [event.missing for event in held] == [2] * times
        assert held[0].doctor_id == DOCTOR
    slots = [{"day": "2026-02-17", "half_day": half} for half in ("morning", "afternoon")]
    waived = await here.post(here.doctor, "waivers", slots=slots, cause="unreachable", note="家中无人应答")
    assert waived.status_code == 201
    assert [row["waived"]["by"] for row in waived.json()] == [DOCTOR, DOCTOR]
    assert (await here.case())["state"] == "release_requested"
    assert (await here.post(here.office, "release")).status_code == 200
    here.at(30, 18)
    await here.service.due()
    assert len(await here.emitted(events.ReleaseHeld)) == 3


async def test_a_waiver_again_changes_nothing_and_its_note_stays_here(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    here.at(1, 15)
    waiver = {"slots": [{"day": "2026-02-11", "half_day": "morning"}] * 2, "cause": "refused", "note": "王伟拒绝"}
    first = await here.post(here.doctor, "waivers", **waiver)
    again = await here.post(here.doctor, "waivers", **waiver)
    assert first.json() == again.json()
    (event,) = await here.emitted(events.MeasurementWaived)
    assert (event.cause, event.waived_by, event.half_day) == ("refused", DOCTOR, "morning")
    assert "王伟" not in event.model_dump_json()


async def test_a_waiver_stops_the_ladder_and_a_report_still_counts_more(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    here.at(1, 10)
    await here.service.due()
    await here.post(
        here.doctor, "waivers", slots=[{"day": "2026-02-11", "half_day": "morning"}], cause="no_thermometer"
    )
    here.at(1, 15)
    await here.service.due()
    assert len(await here.emitted(events.MeasurementMissed)) == 1
    reported = await here.report(36.5, day="2026-02-11", half_day="morning")
    assert (reported.json()["temperature_c"], reported.json()["waived"]) == (36.5, None)
    row = (await here.measurements())[0]
    assert (row["temperature_c"], row["waived"]) == (36.5, None)


@pytest.mark.parametrize(
    ("day", "half_day", "status", "code"),
    [
        ("2026-02-11", "morning", 409, "isolation.reported"),
        ("2026-02-11", "afternoon", 409, "isolation.not_due"),
        ("2026-02-10", "morning", 404, "isolation.not_planned"),
        ("2026-05-01", "morning", 404, "isolation.not_planned"),
    ],
)
async def test_only_what_was_due_and_never_came_is_waived(
    service: MakeService, day: str, half_day: str, status: int, code: str
) -> None:
    here = await isolated(service, DAYS)
    here.at(1, 8)
    await here.report()
    here.at(1, 15)
    refused = await here.post(here.doctor, "waivers", slots=[{"day": day, "half_day": half_day}], cause="other")
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_only_a_doctor_waives_and_only_for_a_known_cause(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    slots = [{"day": "2026-02-11", "half_day": "morning"}]
    assert (await here.post(here.office, "waivers", slots=slots, cause="other")).status_code == 403
    assert (await here.post(here.resident, "waivers", slots=slots, cause="other")).status_code == 403
    assert (await here.post(here.doctor, "waivers", slots=slots, cause="forgot")).status_code == 422
    assert (await here.post(here.doctor, "waivers", slots=[], cause="other")).status_code == 422


async def test_an_extension_adds_exactly_its_days_and_moves_the_release(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 6)
    extended = await here.extend(7)
    assert (extended.status_code, extended.json()["ends_on"]) == (200, "2026-02-24")
    days = [row["day"] for row in await here.measurements()]
    assert days == [str(date(2026, 2, 10) + timedelta(days=n)) for n in range(1, 15) for _ in range(2)]
    await here.report_all(7, 7)
    assert await here.emitted(events.ReleaseRequested) == []
    await here.report_all(8, 14)
    assert len(await here.emitted(events.ReleaseRequested)) == 1
    (event,) = await here.emitted(events.CaseExtended)
    assert event.ends_on == date(2026, 2, 24)


async def test_an_extension_again_adds_nothing(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    extension_id = new_id()
    for _ in range(2):
        assert (await here.extend(3, extension_id)).json()["ends_on"] == "2026-02-20"
    again = await asyncio.gather(*(here.extend(3, extension_id) for _ in range(3)))
    assert {answer.json()["ends_on"] for answer in again} == {"2026-02-20"}
    answers = await asyncio.gather(*(here.extend(2, extension_id) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {409}
    assert {answer.json()["code"] for answer in answers} == {"isolation.extension_taken"}
    assert len(await here.emitted(events.CaseExtended)) == 1


async def test_two_extensions_at_the_same_moment_both_count(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await asyncio.gather(here.extend(2), here.extend(3))
    assert (await here.case())["ends_on"] == "2026-02-22"
    assert len(await here.measurements()) == 24


async def test_an_extension_after_the_last_day_takes_the_request_back(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 7)
    here.at(9, 11)
    assert (await here.extend(3)).json()["state"] == "observing"
    rows = (await here.measurements())[14:]
    assert [row["waived"] is not None for row in rows] == [True, True, True, False, False, False]
    here.at(9, 14)
    await here.report()
    await here.report_all(10, 10)
    assert (await here.case())["state"] == "release_requested"
    assert len(await here.emitted(events.ReleaseRequested)) == 2


async def test_an_extension_of_a_case_that_was_held_moves_its_reminder(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    here.at(7, 18)
    await here.service.due()
    assert (await here.extend(1)).status_code == 200
    here.at(8, 17, 59)
    await here.service.due()
    assert len(await here.emitted(events.ReleaseHeld)) == 1
    here.at(8, 18)
    await here.service.due()
    assert len(await here.emitted(events.ReleaseHeld)) == 2


@pytest.mark.parametrize("days", [0, -1, 31, 1.5, "many"])
async def test_an_extension_by_an_absurd_number_of_days_is_refused(service: MakeService, days: object) -> None:
    here = await isolated(service, DAYS)
    refused = await here.post(here.doctor, "extension", extension_id=new_id(), days=days, reason="复查")
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_no_case_lasts_longer_than_sixty_days(service: MakeService) -> None:
    here = await isolated(service, 14)
    await here.extend(30)
    refused = await here.extend(17)
    assert (refused.status_code, refused.json()["code"]) == (400, "isolation.too_long")
    assert (await here.extend(16)).json()["ends_on"] == "2026-04-11"


async def test_a_cancellation_stops_everything_and_says_why(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    cancelled = await here.post(here.office, "cancellation", reason="同名同姓,认错了人")
    again = await here.post(here.office, "cancellation", reason="同名同姓,认错了人")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert again.json() == cancelled.json()
    assert len(await here.emitted(events.CaseCancelled)) == 1
    here.at(30, 18)
    await here.service.due()
    assert [type(event).__name__ for event in await here.service.emitted()] == ["CaseOpened", "CaseCancelled"]
    lines = (await here.office.get(f"/v1/cases/{here.case_id}/log")).json()["items"]
    assert (lines[-1]["by"], lines[-1]["reason"]) == (OFFICE, "同名同姓,认错了人")
    assert (await here.post(here.office, "release")).json()["code"] == "isolation.not_releasable"
    assert (await here.extend(1)).json()["code"] == "isolation.closed"


async def test_the_doctor_who_ordered_the_isolation_does_not_approve_its_release(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 7)
    both = here.service.client("doctor", "community", subject=DOCTOR)
    refused = await here.post(both, "release")
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.own_order")
    assert (await here.post(here.doctor, "release")).status_code == 403


async def test_approving_again_gives_the_same_answer_also_at_the_same_moment(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 7)
    answers = await asyncio.gather(*(here.post(here.office, "release") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["notice_id"] for answer in answers}) == 1
    assert len(await here.emitted(events.CaseReleased)) == 1


async def test_any_caller_may_verify_a_notice_and_it_names_no_person(service: MakeService) -> None:
    here = await isolated(service, DAYS)
    await here.report_all(1, 7)
    notice_id = (await here.post(here.office, "release")).json()["notice_id"]
    stranger = here.service.client()
    answer = await stranger.get(f"/v1/notices/{notice_id}")
    assert answer.status_code == 200
    notice = answer.json()
    assert (notice["genuine"], notice["released_on"], notice["kind"]) == (True, "2026-02-17", "home")
    assert "解除" in notice["text_zh"]
    assert here.resident_id not in answer.text
    assert here.case_id not in answer.text


@pytest.mark.parametrize("notice_id", ["", "null", "None", "0191d3a0-0000-7000-8000-000000000000", "%00", "x" * 5000])
async def test_a_forged_notice_is_not_found(service: MakeService, notice_id: str) -> None:
    here = await isolated(service, DAYS)  # an open case, whose notice is none
    answer = await here.service.client().get(f"/v1/notices/{notice_id}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
