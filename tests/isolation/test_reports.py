"""Two measurements and two reports a day: in time, late, twice, corrected, absurd (R3.3)."""

import asyncio
from typing import Any

import pytest

from shared.events import isolation as events
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, KEEPER, Town, town
from tests.isolation.town import isolated as isolated_town


async def isolated(service: MakeService) -> Town:
    """A town whose resident is isolated since the tenth; it is the next morning, eight o'clock."""
    here = await isolated_town(service)
    here.at(1, 8)
    return here


async def test_a_report_goes_to_the_present_half_day(service: MakeService) -> None:
    here = await isolated(service)
    reported = await here.report(36.4)
    assert reported.status_code == 201
    report = reported.json()
    assert (report["day"], report["half_day"], report["temperature_c"]) == ("2026-02-11", "morning", 36.4)
    assert report["reported_by"] == here.resident_id
    (event,) = await here.emitted(events.MeasurementReported)
    assert (event.day.isoformat(), event.half_day, event.temperature_c) == ("2026-02-11", "morning", 36.4)


async def test_the_keeper_may_report_for_the_person(service: MakeService) -> None:
    here = await isolated(service)
    assert (await here.report(client=here.keeper)).json()["reported_by"] == KEEPER


async def test_a_keeper_who_is_no_staff_sees_and_reports_the_kept_case_only(service: MakeService) -> None:
    here = await isolated(service)
    volunteer = here.service.client("volunteer", subject=KEEPER)
    other = here.service.client("volunteer", subject="volunteer-li")
    assert (await here.report(client=volunteer)).status_code == 201
    assert (await here.report(client=other)).json()["code"] == "isolation.no_such_case"
    assert [case["case_id"] for case in (await volunteer.get("/v1/cases")).json()["items"]] == [here.case_id]
    assert (await other.get("/v1/cases")).json()["items"] == []


async def test_the_same_report_again_changes_nothing_and_says_nothing(service: MakeService) -> None:
    here = await isolated(service)
    first = await here.report(36.4)
    here.at(1, 9)
    again = await here.report(36.4)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await here.emitted(events.MeasurementReported)) == 1


async def test_of_the_same_report_twice_at_the_same_moment_one_counts(service: MakeService) -> None:
    here = await isolated(service)
    answers = await asyncio.gather(*(here.report(36.4) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await here.emitted(events.MeasurementReported)) == 1


async def test_a_correction_replaces_the_report_and_keeps_it_in_the_history(service: MakeService) -> None:
    here = await isolated(service)
    await here.report(36.4)
    await here.report(36.9)
    row = (await here.measurements())[0]
    assert row["temperature_c"] == 36.9
    stored = await here.service.database["measurements"].find_one({"reported_at": {"$ne": None}})
    assert stored
    assert [kept["temperature_c"] for kept in stored["history"]] == [36.4, 36.9]


async def test_a_missed_half_day_may_be_reported_later_by_name(service: MakeService) -> None:
    here = await isolated(service)
    here.at(2, 9)
    late = await here.report(36.6, day="2026-02-11", half_day="morning")
    assert (late.status_code, late.json()["day"]) == (201, "2026-02-11")


async def test_a_fever_at_one_in_the_morning_is_taken_and_sends_the_person_to_the_clinic(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 1, 1)
    reported = await here.report(39.4, symptoms=["shortness_of_breath"])
    assert (reported.status_code, reported.json()["extra"]) == (201, True)
    assert (await here.case())["state"] == "referred"
    (fever,) = await here.emitted(events.FeverReported)
    (symptoms,) = await here.emitted(events.SymptomsReported)
    assert (fever.temperature_c, fever.doctor_id, fever.extra) == (39.4, DOCTOR, True)
    assert (symptoms.symptoms, fever.day.isoformat()) == (("shortness_of_breath",), "2026-02-11")


async def test_an_ordinary_report_outside_the_half_days_is_stored_and_fills_none(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 5, 59)
    reported = await here.report(36.4)
    assert (reported.status_code, reported.json()["extra"], reported.json()["temperature_c"]) == (201, True, 36.4)
    rows = await here.measurements()
    assert (len(rows), rows[0]["extra"], rows[1]["reported_at"]) == (29, True, None)
    here.at(1, 10)
    await here.service.due()
    (missed,) = await here.emitted(events.MeasurementMissed)
    assert (missed.day.isoformat(), missed.half_day, missed.step) == ("2026-02-11", "morning", "person")
    assert (await here.report()).json()["extra"] is False


async def test_a_device_whose_clock_is_ahead_names_a_half_day_to_come_and_its_fever_counts(
    service: MakeService,
) -> None:
    here = await isolated(service)
    here.at(1, 23, 50)
    reported = await here.report(38.4, day="2026-02-12", half_day="morning")
    assert (reported.status_code, reported.json()["extra"]) == (201, True)
    assert (reported.json()["day"], reported.json()["half_day"]) == ("2026-02-11", "afternoon")
    assert (await here.case())["state"] == "referred"


async def test_symptoms_without_a_temperature_are_taken_and_do_not_measure(service: MakeService) -> None:
    here = await isolated(service)
    reported = await here.resident.post(f"/v1/cases/{here.case_id}/measurements", json={"symptoms": ["cough"]})
    assert (reported.status_code, reported.json()["extra"], reported.json()["temperature_c"]) == (201, True, None)
    assert (await here.case())["state"] == "referred"
    assert len(await here.emitted(events.SymptomsReported)) == 1
    assert await here.emitted(events.MeasurementReported) == []
    assert not any(row["reported_at"] for row in await here.measurements() if not row["extra"])


async def test_a_fever_before_the_day_of_the_start_is_taken(service: MakeService) -> None:
    here = await town(service)
    await here.order(starts_on="2026-02-13")
    here.at(1, 8)
    assert (await here.report(38.9)).json()["extra"] is True
    assert (await here.case())["state"] == "referred"


async def test_the_same_reading_at_night_sent_twice_is_one_reading_and_a_later_one_another(
    service: MakeService,
) -> None:
    here = await isolated(service)
    here.at(1, 1, 1)
    first = await here.report(39.4)
    here.at(1, 1, 3)
    assert (await here.report(39.4)).json() == first.json()
    here.at(1, 2)
    assert (await here.report(39.4)).json() != first.json()
    assert len(await here.emitted(events.FeverReported)) == 2


async def test_of_the_same_reading_at_night_at_the_same_moment_one_counts(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 1, 1)
    answers = await asyncio.gather(*(here.report(39.4) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await here.emitted(events.FeverReported)) == 1


async def test_the_same_fever_again_after_the_clinic_sends_the_person_there_again(service: MakeService) -> None:
    here = await isolated(service)
    await here.report(39.4)
    await here.post(here.doctor, "return")
    await here.report(39.4)
    assert (await here.case())["state"] == "referred"
    assert len(await here.emitted(events.CaseReferred)) == 2


async def test_the_keeper_reports_a_fever_at_night_for_the_person(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 3)
    assert (await here.report(39.4, client=here.keeper)).json()["reported_by"] == KEEPER
    assert (await here.case())["state"] == "referred"


async def test_a_report_after_midnight_belongs_to_the_citys_new_day(service: MakeService) -> None:
    here = await isolated(service)
    here.at(2, 6, 30)  # 22:30 of the eleventh, in UTC
    assert (await here.report()).json()["day"] == "2026-02-12"


async def test_the_day_of_the_start_may_be_reported_though_no_report_is_due(service: MakeService) -> None:
    here = await isolated(service)
    here.at(0, 15)
    assert (await here.report(38.2)).status_code == 201
    assert (await here.case())["state"] == "referred"
    assert len(await here.measurements()) == 29


async def test_a_reading_of_a_day_before_the_case_is_stored_and_fills_no_half_day(service: MakeService) -> None:
    here = await isolated(service)
    reported = await here.report(day="2026-02-09", half_day="morning")
    assert (reported.status_code, reported.json()["extra"], reported.json()["day"]) == (201, True, "2026-02-09")


async def test_degrees_fahrenheit_are_refused_with_a_sentence(service: MakeService) -> None:
    here = await isolated(service)
    refused = await here.report(98.6)
    assert (refused.status_code, refused.json()["code"]) == (400, "isolation.absurd_temperature")
    assert "Fahrenheit" in refused.json()["detail"]
    assert await here.emitted(events.MeasurementReported) == []


@pytest.mark.parametrize(
    "body",
    [
        {"temperature_c": "warm"},
        {"temperature_c": None},
        {},
        {"temperature_c": 36.5, "symptoms": ["dragon pox"]},
        {"temperature_c": 36.5, "symptoms": "cough"},
        {"temperature_c": 36.5, "half_day": "night", "day": "2026-02-11"},
        {"temperature_c": 36.5, "half_day": "morning", "day": "2026-02-30"},
        {"temperature_c": 36.5, "mood": "good"},
    ],
)
async def test_what_is_no_report_is_a_problem_that_names_the_field(service: MakeService, body: dict[str, Any]) -> None:
    here = await isolated(service)
    refused = await here.resident.post(f"/v1/cases/{here.case_id}/measurements", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
    assert refused.json()["errors"][0]["where"].startswith("body.")


@pytest.mark.parametrize("body", [b'{"temperature_c": 36.5', b"\xff\xfe", b"[]", b'"36.5"', b""])
async def test_broken_json_is_a_problem(service: MakeService, body: bytes) -> None:
    here = await isolated(service)
    refused = await here.resident.post(
        f"/v1/cases/{here.case_id}/measurements", content=body, headers={"content-type": "application/json"}
    )
    assert refused.status_code in (400, 422)
    assert refused.headers["content-type"] == "application/problem+json"


async def test_no_number_is_no_temperature(service: MakeService) -> None:
    here = await isolated(service)
    for body in (b'{"temperature_c": NaN}', b'{"temperature_c": 1e999}'):
        refused = await here.resident.post(
            f"/v1/cases/{here.case_id}/measurements", content=body, headers={"content-type": "application/json"}
        )
        assert refused.status_code in (400, 422)
        assert refused.headers["content-type"] == "application/problem+json"


async def test_a_day_without_its_half_is_refused(service: MakeService) -> None:
    here = await isolated(service)
    refused = await here.report(day="2026-02-11")
    assert (refused.status_code, refused.json()["code"]) == (400, "isolation.half_slot")


async def test_a_fever_after_the_case_has_ended_reaches_the_doctor_and_opens_nothing(service: MakeService) -> None:
    here = await isolated(service)
    await here.post(here.office, "cancellation", reason="填报有误")
    reported = await here.report(38.7)
    assert (reported.status_code, reported.json()["extra"]) == (201, True)
    (fever,) = await here.emitted(events.FeverReported)
    assert (fever.doctor_id, fever.temperature_c) == (DOCTOR, 38.7)
    assert (await here.case())["state"] == "cancelled"
    assert await here.emitted(events.CaseReferred) == []


async def test_a_days_list_shows_who_has_not_reported(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 11)
    page = (await here.keeper.get("/v1/measurements", params={"only_missing": True})).json()
    assert [(row["half_day"], row["resident_id"]) for row in page["items"]] == [("morning", here.resident_id)]
    await here.report()
    page = (await here.keeper.get("/v1/measurements", params={"only_missing": True})).json()
    assert page == {"items": [], "next": None}
    page = (await here.keeper.get("/v1/measurements", params={"limit": 1})).json()
    rest = (await here.keeper.get("/v1/measurements", params={"limit": 1, "after": page["next"]})).json()
    assert {page["items"][0]["half_day"], rest["items"][0]["half_day"]} == {"morning", "afternoon"}
    elsewhere = here.service.client("grid_worker", area="/jinhe/hexi")
    assert (await elsewhere.get("/v1/measurements")).json()["items"] == []
