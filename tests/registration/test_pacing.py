"""How fast bulk work goes on a fast store and on a slow one."""

from datetime import timedelta

import pytest

from services.registration.domain.pacing import AIM, FIRST, LEAST, LONGEST_REST, MOST, Pace, after_failure, next_pace

NO_REST = timedelta()


def carried_out(rows: int, row_s: float, begin: Pace = FIRST) -> list[Pace]:
    """The paces of an import on a store that takes so long a row."""
    paces = [begin]
    while rows > 0:
        handled = min(rows, paces[-1].rows)
        paces.append(next_pace(paces[-1], handled, timedelta(seconds=handled * row_s)))
        rows -= handled
    return paces


def test_on_a_fast_store_transactions_grow_and_nothing_rests() -> None:
    paces = carried_out(5_000, 0.0005)
    assert paces[-1].rows == MOST
    assert {pace.rest for pace in paces} == {NO_REST}


def test_on_a_slow_store_transactions_shrink_until_they_take_what_they_should() -> None:
    *_, last = carried_out(5_000, 0.01)
    assert last.rows * timedelta(seconds=0.01) <= AIM
    assert last.rest == NO_REST
    assert last.rows > LEAST


@pytest.mark.parametrize("took_s", [1.0, 2.0, 4.0])
def test_a_store_that_is_slow_at_the_least_number_rests_half_of_the_time(took_s: float) -> None:
    took = timedelta(seconds=took_s)
    pace = next_pace(Pace(LEAST, NO_REST), LEAST, took)
    assert (pace.rows, pace.rest) == (LEAST, took - AIM)


def test_the_busier_the_store_the_longer_the_rest_up_to_a_limit() -> None:
    rests = [next_pace(FIRST, FIRST.rows, timedelta(seconds=took)).rest for took in (0.4, 0.6, 1.0, 3.0, 30.0)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (NO_REST, LONGEST_REST)


def test_rows_are_whole_parts_within_the_limits_whatever_was_measured() -> None:
    for rows in range(LEAST, MOST + 1, LEAST):
        for took_ms in (0, 1, 40, 499, 500, 501, 7_000, 400_000):
            pace = next_pace(Pace(rows, NO_REST), rows, timedelta(milliseconds=took_ms))
            assert LEAST <= pace.rows <= min(MOST, 2 * rows)
            assert pace.rows % LEAST == 0


def test_the_short_end_of_a_file_slows_nothing_down() -> None:
    assert next_pace(Pace(MOST, NO_REST), 3, timedelta(seconds=0.1)) == Pace(MOST, NO_REST)


def test_after_a_failure_a_transaction_takes_half() -> None:
    assert [after_failure(Pace(rows, NO_REST)).rows for rows in (250, 125, 50, 25)] == [125, 50, 25, 25]
