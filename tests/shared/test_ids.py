"""Ids that sort by the time they were made, and ids that follow from what they stand for."""

from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from shared.base.ids import Ids, derived_id, new_id


def test_ids_of_one_process_sort_in_the_order_they_were_made() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert UUID(made[0]).version == 7


def test_threads_make_no_id_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for many in pool.map(lambda _: [new_id() for _ in range(2_000)], range(8)) for one in many]
    assert len(set(made)) == len(made)


def test_ids_sort_behind_one_that_was_met_from_ahead_of_time() -> None:
    ids = Ids()
    ahead = str(UUID(int=UUID(new_id()).int + (1_000 << 80) | 0xFFF << 64))
    ids.meet(ahead)
    ids.meet(new_id())
    made = [ids.new() for _ in range(10_000)]
    assert [ahead, *made] == sorted({ahead, *made})
    assert {(UUID(one).version, UUID(one).variant) for one in made} == {(7, RFC_4122)}


def test_two_processes_that_met_the_same_id_make_different_ones() -> None:
    ahead = str(UUID(int=UUID(new_id()).int + (60_000 << 80)))
    one, other = Ids(), Ids()
    one.meet(ahead)
    other.meet(ahead)
    assert one.new() != other.new()


def test_the_same_parts_give_the_same_id_and_parts_do_not_run_together() -> None:
    assert derived_id("case", "1") == derived_id("case", "1")
    assert len({derived_id("ab", "c"), derived_id("a", "bc"), derived_id("abc"), derived_id("ab", "c", "")}) == 4
