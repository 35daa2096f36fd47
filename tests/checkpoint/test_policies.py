"""The rules of policies: curfew, watched plates, and what may be stated when (R2.1, R2.6)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.checkpoint.domain import policy as rules
from shared.base.errors import Conflict, DomainError, Invalid
from shared.events.checkpoint import Policy

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT, NOON = ("22:00", "05:00"), ("12:00", "13:30")
NOW = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


def city_time(hour: int, minute: int, second: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2026, 2, 10, hour, minute, second, microsecond, tzinfo=ZONE).astimezone(UTC)


def policy(**stated: Any) -> Policy:
    return Policy(**({"since": NOW} | stated))


@pytest.mark.parametrize(
    ("curfew", "at", "within"),
    [
        (NIGHT, city_time(21, 59, 59, 999_999), False),
        (NIGHT, city_time(22, 0), True),
        (NIGHT, city_time(0, 0), True),
        (NIGHT, city_time(4, 59, 59, 999_999), True),
        (NIGHT, city_time(5, 0), False),
        (NIGHT, city_time(12, 0), False),
        (NOON, city_time(11, 59, 59), False),
        (NOON, city_time(12, 0), True),
        (NOON, city_time(13, 29, 59), True),
        (NOON, city_time(13, 30), False),
        (None, city_time(0, 0), False),
    ],
)
def test_a_curfew_holds_from_its_beginning_up_to_its_end_in_the_city_s_time(
    curfew: tuple[str, str] | None, at: datetime, within: bool
) -> None:
    assert rules.in_curfew(at, curfew, ZONE) is within


@pytest.mark.parametrize("plate", ["鄂A12345", "鄂a·12345", " 鄂 A-12345 ", "鄂AD12345"])
def test_a_plate_is_watched_however_it_is_written(plate: str) -> None:
    assert rules.watched(plate, policy(watched_plates=("湘", "鄂A")))


@pytest.mark.parametrize(("plate", "starts"), [("鄂B12345", ("鄂A",)), ("A鄂12345", ("鄂",)), ("鄂A12345", ())])
def test_a_plate_that_begins_otherwise_is_not_watched(plate: str, starts: tuple[str, ...]) -> None:
    assert not rules.watched(plate, policy(watched_plates=starts))


@pytest.mark.parametrize(
    "stated",
    [
        {"fever_over_c": 36.0},
        {"fever_over_c": 39.0},
        {"curfew": ("00:00", "23:59")},
        {"watched_plates": ("鄂", "鄂A", "粤Z", "鄂AD12345")},
        {"watched_plates": tuple(f"鄂{number:02}" for number in range(50))},
    ],
)
def test_a_policy_that_can_be_meant_is_accepted(stated: dict[str, Any]) -> None:
    rules.check(policy(**stated))


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"fever_over_c": 35.9}, "policy_threshold"),
        ({"fever_over_c": 39.1}, "policy_threshold"),
        ({"fever_over_c": float("nan")}, "policy_threshold"),
        ({"curfew": ("22:00", "22:00")}, "policy_curfew"),
        ({"curfew": ("22:00", "24:00")}, "policy_curfew"),
        ({"curfew": ("9:00", "10:00")}, "policy_curfew"),
        ({"curfew": ("22:00\n", "05:00")}, "policy_curfew"),
        ({"watched_plates": ("",)}, "policy_plates"),
        ({"watched_plates": ("A",)}, "policy_plates"),
        ({"watched_plates": ("鄂a",)}, "policy_plates"),
        ({"watched_plates": tuple(f"鄂{number:02}" for number in range(51))}, "policy_plates"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(stated: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check(policy(**stated))
    assert refused.value.code == f"checkpoint.{code}"


@pytest.mark.parametrize("since", [NOW - timedelta(minutes=5), NOW, NOW + timedelta(days=365)])
def test_a_policy_begins_now_or_later(since: datetime) -> None:
    rules.check_begin(since, NOW)


@pytest.mark.parametrize(
    ("since", "code"),
    [(NOW - timedelta(minutes=5, seconds=1), "policy_past"), (NOW + timedelta(days=365, seconds=1), "policy_far")],
)
def test_a_policy_begins_neither_in_the_past_nor_years_ahead(since: datetime, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        rules.check_begin(since, NOW)
    assert refused.value.code == f"checkpoint.{code}"


def test_a_policy_is_changed_only_before_it_holds() -> None:
    rules.check_change(NOW + timedelta(seconds=1), NOW)
    with pytest.raises(Conflict):
        rules.check_change(NOW, NOW)


def test_gates_need_what_holds_now_or_later_and_what_a_late_scan_is_judged_by() -> None:
    begins = [timedelta(days=days) for days in (1, -29, -31, -60, -90)]
    needed = rules.needed([policy(since=NOW + since) for since in begins], NOW)
    assert [(one.since - NOW).days for one in needed] == [-31, -29, 1]


def test_gates_need_no_policy_that_ended_thirty_days_ago() -> None:
    begins = [timedelta(days=-90), timedelta(days=-30)]
    needed = rules.needed([policy(since=NOW + since) for since in begins], NOW)
    assert [one.since for one in needed] == [NOW + begins[1]]


def test_a_checkpoint_without_policies_needs_none() -> None:
    assert rules.needed([], NOW) == ()


def test_a_checkpoint_has_a_hundred_policies_at_a_time() -> None:
    many = [policy(since=NOW + timedelta(days=days)) for days in range(101)]
    assert len(rules.needed(many[:100], NOW)) == 100
    with pytest.raises(Conflict):
        rules.needed(many, NOW)


def test_what_holds_is_the_policy_that_began_last_else_the_usual_rules() -> None:
    first, second = policy(fever_over_c=37.0), policy(since=NOW + timedelta(hours=1), fever_over_c=37.5)
    assert rules.holding([second, first], NOW) is first
    assert rules.holding([second, first], NOW + timedelta(hours=1)) is second
    assert rules.holding([first], NOW - timedelta(seconds=1)) is rules.USUAL
