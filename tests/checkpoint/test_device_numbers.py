"""Which of the numbers that a device gave its scans never came: rules over ranges (R2.7)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.checkpoint.domain import numbers as rules
from services.checkpoint.domain.numbers import GRACE, MAX_GAPS, Gap, Held, Numbers, Used

NOON = datetime(2026, 2, 10, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("came", "after", "upto", "gaps"),
    [
        ([1, 2, 3], 0, 3, ()),
        ([], 0, 0, ()),
        ([], 5, 3, ()),
        ([], 0, 3, (Gap(1, 3),)),
        ([2, 2], 0, 3, (Gap(1, 1), Gap(3, 3))),
        ([5, 1], 0, 6, (Gap(2, 4), Gap(6, 6))),
        ([0, 9], 0, 2, (Gap(1, 2),)),
        ([2**63 - 1], 2**63 - 4, 2**63 - 1, (Gap(2**63 - 3, 2**63 - 2),)),
    ],
)
def test_missing_numbers_are_ranges(came: list[int], after: int, upto: int, gaps: tuple[Gap, ...]) -> None:
    assert rules.missing(came, after, upto) == gaps


@pytest.mark.parametrize("seed", range(20))
def test_gaps_close_number_by_number_in_whatever_order_they_come(seed: int) -> None:
    chance = random.Random(seed)
    came = {number for number in range(1, 60) if chance.random() < 0.6}
    gaps = rules.missing(came, 0, 60)
    lost = set(range(1, 61)) - came
    assert {number for gap in gaps for number in range(gap.first, gap.last + 1)} == lost
    for number in chance.sample(sorted(lost), len(lost)):
        gaps = rules.without(gaps, [number, *came])
        lost.discard(number)
        assert {n for gap in gaps for n in range(gap.first, gap.last + 1)} == lost


def test_a_gap_that_an_alert_has_named_stays_so_when_it_shrinks() -> None:
    assert rules.without([Gap(1, 5, True)], [3]) == (Gap(1, 2, True), Gap(4, 5, True))


def test_where_a_device_began_to_count_is_recorded_once() -> None:
    assert rules.begin_count(rules.begin_count(Numbers(), 7), 3).complete_upto == 7


def test_nothing_is_due_before_its_grace_has_passed_nor_twice() -> None:
    numbers = rules.note_used(Numbers(complete_upto=0), 5, NOON)
    assert rules.due(numbers, NOON + GRACE - timedelta(seconds=1)) is None
    assert rules.due(numbers, NOON + GRACE) == Used(NOON, 5)
    assert rules.due(rules.judged(numbers, 5, ()), NOON + GRACE) is None
    assert rules.due(Numbers(used=numbers.used), NOON + GRACE) is None


def test_what_a_device_has_used_is_kept_as_long_as_it_is_needed_and_no_longer() -> None:
    numbers = Numbers(complete_upto=0)
    for minute in range(60):
        numbers = rules.note_used(numbers, minute, NOON + timedelta(minutes=minute))
    assert len(numbers.used) == 11
    assert rules.due(numbers, NOON + timedelta(minutes=59)) == Used(NOON + timedelta(minutes=49), 49)
    same = rules.note_used(numbers, 59, NOON + timedelta(hours=9))
    assert same.used == (Used(NOON + timedelta(minutes=59), 59),)


@pytest.mark.parametrize(
    ("held", "now"),
    [
        (Held(), (Gap(3, 5), Gap(8, 9))),
        (Held(unsent=1), (Gap(3, 5), Gap(8, 8))),
        (Held(unsent=2), (Gap(3, 5),)),
        (Held(unsent=3), (Gap(3, 4),)),
        (Held(unsent=5), ()),
        (Held(unsent=500), ()),
        (Held(unsent=1, unsent_from=4), (Gap(3, 3),)),
        (Held(unsent=1, unsent_from=100), (Gap(3, 5), Gap(8, 9))),
    ],
)
def test_an_alert_names_nothing_that_a_device_may_still_hold(held: Held, now: tuple[Gap, ...]) -> None:
    numbers, new = rules.tell(Numbers(9, gaps=(Gap(1, 1, True), Gap(3, 5), Gap(8, 9))), held)
    assert new == now
    later, rest = rules.tell(numbers, Held())
    named = {number for gap in (*now, *rest) for number in range(gap.first, gap.last + 1)}
    assert named == {3, 4, 5, 8, 9}
    assert all(gap.told for gap in later.gaps)


def test_of_very_many_gaps_an_alert_names_all_and_the_newest_are_followed_up() -> None:
    gaps = tuple(Gap(number, number) for number in range(0, 400, 2))
    numbers, new = rules.tell(Numbers(400, gaps=gaps), Held())
    assert new == gaps
    assert [gap.first for gap in numbers.gaps] == [gap.first for gap in gaps[-MAX_GAPS:]]
    assert rules.in_words(new) == "seq 0, 2, 4, 6, 8, 10, 12, 14, 16, 18 and 190 more"
