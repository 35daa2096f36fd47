"""A missed report climbs the ladder: the person, the keeper, the doctor, once each (R3.4)."""

from datetime import UTC, datetime

from shared.events import isolation as events
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, KEEPER, Town, isolated


async def steps(here: Town) -> list[tuple[str, str]]:
    return [(event.half_day.value, event.step.value) for event in await here.emitted(events.MeasurementMissed)]


async def test_a_missed_report_is_notified_to_each_step_once_at_its_hour(service: MakeService) -> None:
    here = await isolated(service)
    for hour, minute, due in ((9, 59, 0), (10, 0, 1), (11, 59, 1), (12, 0, 2), (13, 59, 2), (14, 0, 3), (15, 59, 3)):
        here.at(1, hour, minute)
        await here.service.due()
        await here.service.due()
        assert len(await steps(here)) == due, (hour, minute)
    assert await steps(here) == [("morning", "person"), ("morning", "keeper"), ("morning", "doctor")]
    first = (await here.emitted(events.MeasurementMissed))[0]
    assert (first.keeper_id, first.doctor_id, first.resident_id) == (KEEPER, DOCTOR, here.resident_id)
    assert first.due_at == datetime(2026, 2, 11, 2, tzinfo=UTC)


async def test_a_report_in_time_is_not_missed(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 9)
    await here.report()
    here.at(1, 15)
    await here.service.due()
    assert await steps(here) == []


async def test_a_late_report_stops_the_climb(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 10)
    await here.service.due()
    here.at(1, 11)
    await here.report()
    here.at(1, 15)
    await here.service.due()
    assert await steps(here) == [("morning", "person")]


async def test_the_end_of_the_case_stops_the_climb(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 10)
    await here.service.due()
    await here.post(here.office, "cancellation", reason="填报有误")
    here.at(20, 9)
    await here.service.due()
    assert await steps(here) == [("morning", "person")]
    pending = await here.service.database["deadlines"].count_documents({"state": "pending"})
    assert pending == 0


async def test_each_half_day_climbs_a_ladder_of_its_own(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 16)
    await here.service.due()
    assert await steps(here) == [
        ("morning", "person"),
        ("morning", "keeper"),
        ("morning", "doctor"),
        ("afternoon", "person"),
    ]


async def test_a_service_that_was_away_catches_up_in_the_order_of_the_ladder(service: MakeService) -> None:
    here = await isolated(service)
    here.at(3, 9)
    await here.service.due()
    missed = await here.emitted(events.MeasurementMissed)
    for day in ("2026-02-11", "2026-02-12"):
        for half_day in ("morning", "afternoon"):
            ladder = [m.step.value for m in missed if (m.day.isoformat(), m.half_day.value) == (day, half_day)]
            assert ladder == ["person", "keeper", "doctor"]
    assert len(missed) == 12


async def test_no_reminder_goes_out_while_the_person_is_at_the_clinic(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 8)
    await here.report(38.4)
    here.at(2, 17)
    await here.service.due()
    assert await steps(here) == []
    waived = [
        (row["day"], row["half_day"], row["waived"]["cause"]) for row in await here.measurements() if row["waived"]
    ]
    assert waived == [
        ("2026-02-11", "afternoon", "at_clinic"),
        ("2026-02-12", "morning", "at_clinic"),
        ("2026-02-12", "afternoon", "at_clinic"),
    ]
    await here.post(here.doctor, "return")
    here.at(3, 10)
    await here.service.due()
    assert await steps(here) == [("morning", "person")]


async def test_what_was_missed_before_the_referral_stays_missed_and_climbs_no_further(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 10)
    await here.service.due()
    here.at(1, 12)
    await here.report(38.4)
    here.at(1, 15)
    await here.service.due()
    assert await steps(here) == [("morning", "person")]
    assert (await here.measurements())[0]["waived"] is None
