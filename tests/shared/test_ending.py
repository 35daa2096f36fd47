"""The end of a process's work does not wait for what never ends."""

import asyncio
import logging

import pytest

from shared import ending


async def deaf() -> None:
    """Take no cancellation for an end."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if done.is_set():
                raise


done = asyncio.Event()


async def test_what_does_not_end_is_left_and_said_with_where_it_waits_and_all_else_is_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = []

    async def slow() -> None:
        await asyncio.sleep(0.1)
        ended.append("slow")

    async def broken() -> None:
        raise ConnectionError("the bus is away")

    done.clear()
    await ending.within(0.5, consumers=deaf(), slow=slow(), broken=broken())
    assert ended == ["slow"]
    said = {record.getMessage(): record for record in caplog.records if record.levelno >= logging.WARNING}
    assert set(said) == {"did not end in 0.5 s and is left: consumers", "did not end well: broken"}
    where = said["did not end in 0.5 s and is left: consumers"].waits  # type: ignore[attr-defined]
    assert where[0].startswith("tests.shared.test_ending.deaf:")
    assert where[-1].startswith("asyncio.tasks.sleep:")
    done.set()
    for task in asyncio.all_tasks():
        if task.get_name() == "consumers":
            task.cancel()


async def test_without_anything_to_wait_for_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    await ending.ended([], 0.0)
    assert not caplog.records
