"""The end of a process's work does not wait for what never ends."""

import asyncio
import logging

import pytest

from shared.base import ending


async def test_what_does_not_end_is_left_and_logged_with_where_it_waits_and_all_else_is_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = []

    async def endless() -> None:
        await asyncio.sleep(60)

    async def slow() -> None:
        await asyncio.sleep(0.1)
        ended.append("slow")

    async def broken() -> None:
        raise ConnectionError("the bus is away")

    await ending.within(0.5, consumers=endless(), slow=slow(), broken=broken())
    assert ended == ["slow"]
    warnings = {record.getMessage(): record for record in caplog.records if record.levelno >= logging.WARNING}
    assert set(warnings) == {"did not end in 0.5 s and is left: consumers", "did not end well: broken"}
    where = warnings["did not end in 0.5 s and is left: consumers"].waits  # type: ignore[attr-defined]
    assert ".endless:" in where[0]
    assert where[-1].startswith("asyncio.tasks.sleep:")
    (left,) = [task for task in asyncio.all_tasks() if task.get_name() == "consumers"]
    left.cancel()


async def test_without_anything_to_wait_for_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    await ending.ended([], 0.0)
    assert not caplog.records
