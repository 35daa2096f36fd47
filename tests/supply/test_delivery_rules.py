"""The rules of deliveries, as plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import KIT, WEEKLY, Allotment, Delivery, Failure, Line
from services.supply.domain.goods import ITEMS
from shared.base.errors import Conflict, DomainError, Invalid
from shared.events.supply import DeliveryKind, DeliveryState, FailureReason
from tests.supply.town import DEPOT, DOOR, TODAY

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 2, 10, 1, tzinfo=UTC)


def kit(state: DeliveryState = DeliveryState.PLANNED, **more: object) -> Delivery:
    made = Delivery(
        delivery_id="d",
        kind=DeliveryKind.ISOLATION_KIT,
        household_id="h",
        area_path=DOOR,
        resident_ids=("r1",),
        keeper_id=None,
        due_on=TODAY,
        lines=KIT,
        asked_at=NOW,
        state=state,
        case_ids=("c1",),
        open_case_ids=("c1",),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_policies_name_items_that_exist() -> None:
    assert {line.item for line in (*KIT, *WEEKLY)} <= ITEMS.keys()
    assert [line.item for line in KIT] == ["flour", "milk", "disinfectant"]


def test_a_delivery_waits_until_its_last_line_is_reserved() -> None:
    delivery = kit(DeliveryState.WAITING, lines=(Line("flour", 2), Line("milk", 1)))
    delivery = domain.allot(delivery, Allotment(DEPOT, "flour", 1), TODAY)
    delivery = domain.allot(delivery, Allotment(DEPOT, "milk", 1), TODAY)
    assert (delivery.state, domain.lacking(delivery)) == (DeliveryState.WAITING, {"flour": 1})
    delivery = domain.allot(delivery, Allotment("depot-city", "flour", 1), TODAY)
    assert (delivery.state, domain.lacking(delivery)) == (DeliveryState.PLANNED, {})


@pytest.mark.parametrize(("planned_after", "due_after"), [(0, 0), (3, 3)])
def test_a_delivery_that_had_to_wait_is_due_on_the_day_its_goods_came_in(planned_after: int, due_after: int) -> None:
    delivery = kit(DeliveryState.WAITING, lines=(Line("milk", 1),))
    day = TODAY + timedelta(days=planned_after)
    assert domain.allot(delivery, Allotment(DEPOT, "milk", 1), day).due_on == TODAY + timedelta(days=due_after)


def test_a_kit_for_an_isolation_that_starts_later_is_due_on_that_day() -> None:
    later = TODAY + timedelta(days=4)
    delivery = kit(DeliveryState.WAITING, lines=(Line("milk", 1),), due_on=later)
    assert domain.allot(delivery, Allotment(DEPOT, "milk", 1), TODAY).due_on == later


def test_a_kit_on_its_way_serves_a_further_case_of_the_household() -> None:
    assert domain.serves_next_case(kit(DeliveryState.WAITING), NOW)
    assert domain.serves_next_case(kit(DeliveryState.PLANNED), NOW + timedelta(days=30))


def test_a_kit_that_was_brought_serves_a_further_case_while_the_isolation_and_the_kit_last() -> None:
    brought = kit(DeliveryState.HANDED_OVER, handed_over_at=NOW)
    assert domain.serves_next_case(brought, NOW + timedelta(days=13))
    assert not domain.serves_next_case(brought, NOW + timedelta(days=14))


def test_a_household_isolated_again_after_its_isolation_ended_gets_another_kit() -> None:
    brought = kit(DeliveryState.HANDED_OVER, handed_over_at=NOW, open_case_ids=())
    assert not domain.serves_next_case(brought, NOW + timedelta(days=3))


def test_a_kit_that_was_cancelled_serves_no_case() -> None:
    assert not domain.serves_next_case(kit(DeliveryState.CANCELLED), NOW)


def test_a_kit_is_needed_as_long_as_one_of_its_cases_is_open() -> None:
    shared_kit = domain.join(kit(), "c2", "r2")
    assert (shared_kit.case_ids, shared_kit.resident_ids) == (("c1", "c2"), ("r1", "r2"))
    assert not domain.no_longer_needed(domain.end_case(shared_kit, "c1"))
    assert domain.no_longer_needed(domain.end_case(domain.end_case(shared_kit, "c1"), "c2"))


def test_a_kit_that_was_brought_is_not_taken_away_again() -> None:
    assert not domain.no_longer_needed(domain.end_case(kit(DeliveryState.HANDED_OVER), "c1"))


@pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.HANDED_OVER, DeliveryState.CANCELLED])
def test_only_what_is_reserved_can_be_handed_over_or_fail(state: DeliveryState) -> None:
    with pytest.raises(Conflict):
        domain.hand_over(kit(state), "keeper", NOW, None)
    with pytest.raises(Conflict):
        domain.fail(kit(state), Failure(FailureReason.NOBODY_HOME, TODAY, "keeper"), TODAY)


def test_a_delivery_that_waits_says_for_what() -> None:
    with pytest.raises(DomainError, match="flour, milk, disinfectant"):
        domain.hand_over(kit(DeliveryState.WAITING), "keeper", NOW, None)


def test_a_failed_delivery_stays_reserved_and_is_due_again() -> None:
    failure = Failure(FailureReason.NOBODY_HOME, TODAY + timedelta(days=1), "keeper")
    failed = domain.fail(kit(allotted=(Allotment(DEPOT, "milk", 1),)), failure, TODAY)
    assert (failed.state, failed.due_on) == (DeliveryState.PLANNED, failure.retry_on)
    assert (failed.failures, len(failed.allotted)) == ((failure,), 1)


@pytest.mark.parametrize("days", [-1, 15])
def test_a_failed_delivery_is_tried_again_soon_and_not_in_the_past(days: int) -> None:
    failure = Failure(FailureReason.NO_ACCESS, TODAY + timedelta(days=days), "keeper")
    with pytest.raises(Invalid) as refused:
        domain.fail(kit(), failure, TODAY)
    assert refused.value.code == "supply.retry_date"


@pytest.mark.parametrize("state", [DeliveryState.HANDED_OVER, DeliveryState.CANCELLED])
def test_a_closed_delivery_cannot_be_cancelled(state: DeliveryState) -> None:
    with pytest.raises(Conflict) as refused:
        domain.cancel(kit(state))
    assert refused.value.code == "supply.delivery_closed"


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-02-09T07:59:59", date(2026, 2, 9)),
        ("2026-02-09T08:00:00", date(2026, 2, 16)),
        ("2026-02-10T09:00:00", date(2026, 2, 16)),
        ("2026-02-15T23:59:59", date(2026, 2, 16)),
        ("2026-12-31T12:00:00", date(2027, 1, 4)),
    ],
)
def test_the_next_weekly_delivery_is_on_the_next_monday_at_eight(now: str, monday: date) -> None:
    assert domain.next_week(local(now), ZONE) == monday
    assert domain.weekly_at(monday, ZONE) == datetime(monday.year, monday.month, monday.day, 8, tzinfo=ZONE)


def test_a_week_begins_at_midnight_in_the_city_and_not_in_greenwich() -> None:
    assert domain.week_of(datetime(2026, 2, 15, 15, 59, tzinfo=UTC), ZONE) == date(2026, 2, 9)
    assert domain.week_of(datetime(2026, 2, 15, 16, 0, tzinfo=UTC), ZONE) == date(2026, 2, 16)


@pytest.mark.parametrize(
    ("line", "waiting", "code"),
    [
        (Line("gold", 1), 0, "supply.unknown_item"),
        (Line("milk", 21), 0, "supply.need_too_large"),
        (Line("milk", 1), 10, "supply.too_many_needs"),
    ],
)
def test_a_need_that_cannot_be_meant_is_refused(line: Line, waiting: int, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        domain.check_need(line, waiting)
    assert refused.value.code == code


def test_a_usual_need_is_accepted() -> None:
    domain.check_need(Line("infant_formula", 20), 9)
