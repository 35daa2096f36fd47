"""Bulk work among what falls due: one thing at a time in a process, and never in the way of the rest."""

import asyncio
from datetime import timedelta

from shared.store.deadlines import Bulk, Deadline
from tests.shared.conftest import Works
from tests.shared.samples import NOON
from tests.shared.test_deadlines import HOUR, KIND, Office
from tests.support.waiting import eventually


async def test_bulk_work_is_done_one_by_one_and_never_delays_what_is_due_at_its_time(works: Works) -> None:
    office, go_on = Office(works), asyncio.Event()
    begun: list[str] = []

    async def bulk(_: None, deadline: Deadline) -> timedelta:
        begun.append(deadline.subject)
        await go_on.wait()
        return timedelta()

    async with works.begin() as work:
        for number in range(10):
            await office.deadlines.schedule(work, "bulk", str(number), NOON + number * timedelta(minutes=1))
    works.clock.advance(HOUR)
    running = asyncio.create_task(office.deadlines.run({"bulk": Bulk(bulk), KIND: office.handle}, None))
    await eventually(lambda: begun)
    for subject in ("fever", "review", "release"):
        await office.schedule(subject)
    await eventually(lambda: len(office.seen) == 3)
    assert begun == ["0"]
    go_on.set()
    await eventually(lambda: len(begun) == 10)
    office.deadlines.end()
    await running
    assert begun == [str(number) for number in range(10)]


async def test_after_bulk_work_its_kind_rests_as_long_as_it_says(works: Works) -> None:
    office = Office(works)

    async def bulk(_: None, deadline: Deadline) -> timedelta:
        return HOUR if deadline.subject == "slow" else timedelta()

    handlers = {KIND: office.handle, "bulk": Bulk(bulk)}
    async with works.begin() as work:
        for subject in ("quick", "slow", "later"):
            await office.deadlines.schedule(work, "bulk", subject, works.clock.now())
            works.clock.advance(timedelta(seconds=1))
    for _ in range(2):
        assert await office.deadlines.handle_one(handlers, None)
    assert not await office.deadlines.handle_one(handlers, None)
    await office.schedule(due_at=NOON)
    assert await office.deadlines.handle_one(handlers, None)
    assert len(office.seen) == 1
    assert sorted(await office.states()) == ["done", "done", "done", "pending"]
