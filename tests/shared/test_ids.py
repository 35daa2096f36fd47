"""Ids that sort by the time they were made, and ids that follow from what they stand for."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from shared.ids import derived_id, new_id


def test_ids_of_one_process_sort_in_the_order_they_were_made() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert UUID(made[0]).version == 7


def test_threads_make_no_id_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for many in pool.map(lambda _: [new_id() for _ in range(2_000)], range(8)) for one in many]
    assert len(set(made)) == len(made)


def test_the_same_parts_give_the_same_id_and_parts_do_not_run_together() -> None:
    assert derived_id("case", "1") == derived_id("case", "1")
    assert len({derived_id("ab", "c"), derived_id("a", "bc"), derived_id("abc"), derived_id("ab", "c", "")}) == 4
