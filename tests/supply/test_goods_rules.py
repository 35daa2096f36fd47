"""The rules of goods in depots, as plain values."""

from datetime import date, timedelta

import pytest

from services.supply.domain import goods
from services.supply.domain.goods import ITEMS, Level, Receipt, Stock
from shared.base.errors import Conflict, DomainError, Invalid
from shared.events.supply import Source
from tests.supply.town import AREA, DEPOT, TODAY


def flour(on_hand: int, reserved: int = 0, level: Level = Level.ENOUGH) -> Stock:
    return Stock(DEPOT, "flour", AREA, on_hand, reserved, level)


def test_as_much_is_promised_as_is_free() -> None:
    after, taken = goods.reserve(flour(30, 28), 5)
    assert (taken, after.on_hand, after.reserved, after.free) == (2, 30, 30, 0)


def test_nothing_is_promised_where_nothing_is_free() -> None:
    after, taken = goods.reserve(flour(30, 30), 1)
    assert (taken, after.reserved) == (0, 30)


@pytest.mark.parametrize(("on_hand", "reserved"), [(-1, 0), (0, -1), (1, 2)])
def test_stock_that_is_below_zero_or_promised_twice_cannot_be(on_hand: int, reserved: int) -> None:
    with pytest.raises(Conflict) as refused:
        flour(on_hand, reserved)
    assert refused.value.code == "supply.below_zero"


def test_no_more_is_released_or_issued_than_was_promised() -> None:
    with pytest.raises(Conflict):
        goods.release(flour(5, 1), 2)
    with pytest.raises(Conflict):
        goods.issue(flour(5, 1), 2)


def test_issued_goods_leave_the_depot_and_the_promise() -> None:
    assert goods.issue(flour(5, 2), 2) == flour(3, 0)


def test_released_goods_stay_in_the_depot() -> None:
    assert goods.release(flour(5, 2), 2) == flour(5, 0)


def test_stock_is_low_under_its_threshold_and_not_at_it() -> None:
    low_at = ITEMS["flour"].low_at
    assert goods.reserve(flour(low_at + 1), 1)[0].level is Level.ENOUGH
    assert goods.reserve(flour(low_at), 1)[0].level is Level.LOW


def test_stock_is_short_when_a_household_asked_for_more_than_is_free() -> None:
    after, _ = goods.reserve(flour(100, 99), 2)
    assert after.level is Level.SHORT
    assert goods.missing(after, lacking=1) == 1


def test_what_is_missing_of_low_stock_is_what_the_threshold_asks() -> None:
    assert goods.missing(flour(4), lacking=0) == ITEMS["flour"].low_at - 4


def test_a_shortage_lasts_until_goods_come_in() -> None:
    short = flour(0, level=Level.SHORT)
    assert goods.release(flour(5, 2, Level.SHORT), 2).level is Level.SHORT
    assert goods.receive(short, 1).level is Level.LOW
    assert goods.receive(short, 50).level is Level.ENOUGH


def bag(**more: object) -> Receipt:
    facts: dict[str, object] = {"receipt_id": "r", "depot_id": DEPOT, "item": "flour", "quantity": 1}
    return Receipt(**facts | {"source": Source.PURCHASE} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"item": "fluor"}, "supply.unknown_item"),
        ({"donor": "春华商店"}, "supply.donor_of_purchase"),
        ({"expires_on": TODAY - timedelta(days=1)}, "supply.expired"),
    ],
)
def test_goods_that_cannot_be_meant_are_not_taken_in(more: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        goods.check_receipt(bag(**more), TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("expires_on", [None, TODAY, TODAY + timedelta(days=300)])
def test_goods_are_taken_in_up_to_the_day_they_expire(expires_on: date | None) -> None:
    goods.check_receipt(bag(expires_on=expires_on), TODAY)


def test_every_item_has_a_name_and_a_unit_in_both_languages() -> None:
    for code, item in ITEMS.items():
        assert all((item.zh, item.en, item.unit_zh, item.unit_en)), code


def test_a_refusal_says_what_to_do() -> None:
    with pytest.raises(DomainError, match=r"use one of .*flour"):
        goods.check_item("fluor")
