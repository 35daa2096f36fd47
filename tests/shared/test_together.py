"""Bulk work that callers at the same time share."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.base.together import Together


class Work:
    """Notes what each call is given; a call waits until it is let go."""

    def __init__(self, *refused: int) -> None:
        self.calls: list[list[int]] = []
        self.free = asyncio.Event()
        self._refused = set(refused)

    async def __call__(self, items: Sequence[int]) -> None:
        self.calls.append(sorted(items))
        await self.free.wait()
        if self._refused.intersection(items):
            raise ValueError(f"refused: {sorted(items)}")


async def wait_until_begun(*callers: asyncio.Task[None]) -> None:
    """Let the callers run until each of them waits."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_callers_that_start_at_once_share_a_call_and_later_ones_the_next() -> None:
    work = Work()
    together = Together(work)
    first = [asyncio.create_task(together([number])) for number in (1, 2, 3)]
    await wait_until_begun(*first)
    later = [asyncio.create_task(together([number])) for number in (4, 5)]
    await wait_until_begun(*later)
    assert work.calls == [[1, 2, 3]]
    work.free.set()
    await asyncio.gather(*first, *later)
    assert work.calls == [[1, 2, 3], [4, 5]]


async def test_an_error_reaches_the_callers_of_its_call_alone() -> None:
    work = Work(2)
    work.free.set()
    together = Together(work)
    outcomes = await asyncio.gather(together([1]), together([2]), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["refused: [1, 2]"] * 2
    await together([1])
    with pytest.raises(ValueError, match=r"refused: \[2\]"):
        await together([2])


async def test_what_a_cancelled_caller_had_begun_is_done_for_those_who_wait() -> None:
    work = Work()
    together = Together(work)
    first, second = (asyncio.create_task(together([number])) for number in (1, 2))
    await wait_until_begun(first, second)
    first.cancel()
    await wait_until_begun(first)
    work.free.set()
    await second
    assert work.calls == [[1, 2], [1, 2]]
    assert first.cancelled()


async def test_nothing_is_left_over_after_many_rounds() -> None:
    work = Work()
    work.free.set()
    together = Together(work)
    await asyncio.gather(*(together([number]) for number in range(100)))
    assert sorted(number for call in work.calls for number in call) == list(range(100))
