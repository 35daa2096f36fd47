"""The rules of isolation, without a store."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.isolation.domain import cases, measurements
from services.isolation.domain.cases import Case, Ground
from services.isolation.domain.measurements import Report, Slot
from shared.base.errors import Conflict, DomainError, Invalid
from shared.events.isolation import CaseKind, CaseState, HalfDay, Ladder

ZONE = ZoneInfo("Asia/Shanghai")
START = date(2026, 2, 10)


def case(**facts: Any) -> Case:
    given = {
        "case_id": "c",
        "resident_id": "r",
        "household_id": "h",
        "area_path": "/city",
        "kind": CaseKind.HOME,
        "ground": Ground.DOCTORS_ORDER,
        "reason": "close contact",
        "starts_on": START,
        "length_days": 14,
        "ends_on": START + timedelta(days=14),
        "ordered_by": "doctor",
    }
    return Case(**{**given, **facts})


def in_city(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 2, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def test_fourteen_days_are_counted_from_the_day_after_the_start() -> None:
    assert cases.last_day(START, 14) == date(2026, 2, 24)
    planned = list(measurements.slots(START, cases.last_day(START, 14)))
    assert len(planned) == 28
    assert planned[0] == Slot(date(2026, 2, 11), HalfDay.MORNING)
    assert planned[-1] == Slot(date(2026, 2, 24), HalfDay.AFTERNOON)


@pytest.mark.parametrize("days", [0, -7, 1, 10, 21, 10**30])
def test_a_length_that_the_policy_does_not_know_is_refused(days: int) -> None:
    with pytest.raises(Invalid, match="7 or 14 days"):
        cases.last_day(START, days)


@pytest.mark.parametrize("temperature_c", [None, 36.0, 37.2, 37.3, 36.6 + 0.7, 37.34])
def test_up_to_37_3_in_tenths_it_is_no_fever(temperature_c: float | None) -> None:
    assert not measurements.is_fever(temperature_c)


@pytest.mark.parametrize("temperature_c", [37.35, 37.4, 36.7 + 0.7, 40.1])
def test_over_37_3_in_tenths_it_is_a_fever(temperature_c: float) -> None:
    assert measurements.is_fever(temperature_c)


@pytest.mark.parametrize("temperature_c", [29.9, 45.1, 0.0, -36.5, float("nan"), float("inf")])
def test_what_no_body_has_is_refused(temperature_c: float) -> None:
    with pytest.raises(Invalid, match="not a body temperature in degrees Celsius: measure again"):
        measurements.check_temperature(temperature_c)


def test_degrees_fahrenheit_are_refused_with_what_they_would_be() -> None:
    with pytest.raises(Invalid, match=r"98\.6 looks like degrees Fahrenheit.*37\.0"):
        measurements.check_temperature(98.6)


@pytest.mark.parametrize("temperature_c", [30.0, 36.5, 45.0])
def test_what_a_body_may_have_is_accepted(temperature_c: float) -> None:
    measurements.check_temperature(temperature_c)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (in_city(11, 0, 30), Slot(date(2026, 2, 11), HalfDay.MORNING)),
        (in_city(11, 11, 59), Slot(date(2026, 2, 11), HalfDay.MORNING)),
        (in_city(11, 12, 0), Slot(date(2026, 2, 11), HalfDay.AFTERNOON)),
        (in_city(11, 23, 59), Slot(date(2026, 2, 11), HalfDay.AFTERNOON)),
        (datetime(2026, 2, 11, 16, 0, tzinfo=UTC), Slot(date(2026, 2, 12), HalfDay.MORNING)),
    ],
)
def test_a_report_belongs_to_the_half_day_of_the_city_not_of_the_machine(now: datetime, slot: Slot) -> None:
    assert measurements.slot_at(now, ZONE) == slot


def test_a_half_day_opens_and_falls_due_in_the_citys_own_time() -> None:
    morning = Slot(date(2026, 2, 11), HalfDay.MORNING)
    assert morning.opens_at(ZONE) == datetime(2026, 2, 10, 22, 0, tzinfo=UTC)
    assert morning.due_at(ZONE) == datetime(2026, 2, 11, 2, 0, tzinfo=UTC)


def given_at(at: datetime, temperature_c: float | None = 36.5) -> Report:
    return Report(temperature_c, (), "r", at)


def counts(slot: Slot, report: Report, **facts: Any) -> bool:
    return measurements.counts_for(slot, case(**facts), report, ZONE)


def test_a_report_counts_for_its_half_day_from_when_that_opens() -> None:
    afternoon = Slot(date(2026, 2, 11), HalfDay.AFTERNOON)
    assert not counts(afternoon, given_at(in_city(11, 11, 59)))
    assert counts(afternoon, given_at(in_city(11, 12, 0)))
    assert counts(afternoon, given_at(in_city(13, 9)))


@pytest.mark.parametrize("day", [date(1, 1, 1), START - timedelta(days=1), date(9999, 12, 31)])
def test_a_report_of_a_day_outside_the_case_counts_for_no_half_day(day: date) -> None:
    assert not counts(Slot(day, HalfDay.MORNING), given_at(in_city(12, 9)))


@pytest.mark.parametrize("state", [CaseState.RELEASED, CaseState.CANCELLED, CaseState("transferred")])
def test_a_report_counts_for_no_half_day_of_a_case_that_is_not_open(state: CaseState) -> None:
    assert not counts(Slot(START, HalfDay.MORNING), given_at(in_city(10, 9)), state=state)


def test_the_day_of_the_start_may_be_reported_too() -> None:
    assert counts(Slot(START, HalfDay.MORNING), given_at(in_city(10, 9)))


def test_symptoms_without_a_temperature_measure_nothing() -> None:
    assert not counts(Slot(START, HalfDay.MORNING), given_at(in_city(10, 9), None))


@pytest.mark.parametrize(
    ("named", "day"),
    [
        (None, 12),
        (Slot(date(2026, 2, 9), HalfDay.MORNING), 9),
        (Slot(date(2026, 2, 13), HalfDay.MORNING), 12),
        (Slot(date(9999, 12, 31), HalfDay.AFTERNOON), 12),
        (Slot(date(1, 1, 1), HalfDay.MORNING), 12),
    ],
)
def test_an_additional_reading_is_of_the_named_half_day_unless_that_cannot_be_meant(
    named: Slot | None, day: int
) -> None:
    row = measurements.additional(case(), named, "x", in_city(12, 1, 1), ZONE)
    assert (row.day, row.half_day) == (date(2026, 2, day), HalfDay.MORNING)
    assert (row.extra, row.asked, row.due_at) == (True, False, in_city(12, 1, 1))


def test_the_ladder_leads_from_the_person_over_the_keeper_to_the_doctor() -> None:
    due = in_city(11, 10)
    assert measurements.next_step(Ladder.PERSON, due) == (Ladder.KEEPER, due + timedelta(hours=2))
    assert measurements.next_step(Ladder.KEEPER, due) == (Ladder.DOCTOR, due + timedelta(hours=4))
    assert measurements.next_step(Ladder.DOCTOR, due) is None


@pytest.mark.parametrize("days", [-14, 0, 30])
def test_an_order_may_start_a_little_before_and_after_today(days: int) -> None:
    cases.check_days(START + timedelta(days=days), START + timedelta(days=days + 14), START)


@pytest.mark.parametrize("start", [date(1, 1, 1), START - timedelta(days=15), START + timedelta(days=31)])
def test_an_order_far_from_today_is_refused(start: date) -> None:
    with pytest.raises(Invalid, match="must lie within 14 days before and 30 after"):
        cases.check_days(start, start + timedelta(days=14), START)


def test_an_order_whose_days_are_over_is_refused() -> None:
    with pytest.raises(Invalid, match="were over on 2026-02-09"):
        cases.check_days(date(2026, 2, 2), date(2026, 2, 9), START)


def test_the_days_are_done_in_the_evening_of_the_last_and_never_at_the_clinic() -> None:
    assert not cases.days_done(case(), in_city(24, 17, 59), ZONE)
    assert cases.days_done(case(), in_city(24, 18, 0), ZONE)
    assert not cases.days_done(case(state=CaseState.REFERRED), in_city(24, 18, 0), ZONE)


def test_reminders_come_daily_and_never_pile_up() -> None:
    due = in_city(24, 18)
    assert cases.next_reminder(due, due) == due + timedelta(days=1)
    assert cases.next_reminder(due, due + timedelta(days=3, hours=5)) == due + timedelta(days=4)


def test_a_case_lasts_no_longer_than_sixty_days() -> None:
    assert cases.extend(case(), START + timedelta(days=60)).ends_on == date(2026, 4, 11)
    with pytest.raises(Invalid, match="cannot end later than 2026-04-11"):
        cases.extend(case(), START + timedelta(days=61))


def test_an_extension_takes_a_request_for_release_back() -> None:
    assert cases.extend(case(state=CaseState.RELEASE_REQUESTED), date(2026, 3, 1)).state is CaseState.OBSERVING
    assert cases.extend(case(state=CaseState.REFERRED), date(2026, 3, 1)).state is CaseState.REFERRED


@pytest.mark.parametrize("state", [CaseState.RELEASED, CaseState.CANCELLED])
def test_a_case_that_has_ended_changes_no_more(state: CaseState) -> None:
    for change in (lambda c: cases.extend(c, date(2026, 3, 1)), cases.cancel, cases.require_open):
        with pytest.raises(Conflict) as refused:
            change(case(state=state))
        assert refused.value.code == "isolation.closed"


@pytest.mark.parametrize("state", [CaseState.OBSERVING, CaseState.REFERRED, CaseState.CANCELLED])
def test_only_a_release_that_was_asked_for_is_approved(state: CaseState) -> None:
    with pytest.raises(DomainError) as refused:
        cases.release(case(state=state), "office", "notice", START)
    assert refused.value.code == "isolation.not_releasable"


def test_the_person_who_ordered_the_isolation_does_not_approve_the_release() -> None:
    asked = case(state=CaseState.RELEASE_REQUESTED)
    with pytest.raises(Conflict) as refused:
        cases.release(asked, "doctor", "notice", START)
    assert refused.value.code == "isolation.own_order"
    assert cases.release(asked, "office", "notice", START).state is CaseState.RELEASED


def test_a_waiver_is_for_what_was_due_and_not_reported() -> None:
    row = measurements.planned(case(), Slot(date(2026, 2, 11), HalfDay.MORNING), ZONE)
    with pytest.raises(Conflict, match="can still be reported"):
        measurements.check_waiver(row, in_city(11, 9, 59))
    with pytest.raises(Conflict, match="has a report"):
        measurements.check_waiver(measurements.reported(row, given_at(in_city(11, 9)), case()), in_city(11, 10))
    measurements.check_waiver(row, in_city(11, 10))
