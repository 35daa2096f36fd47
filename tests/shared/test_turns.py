"""Background work turn by turn: a fault is waited out, a lost lease ends a turn, a mistake ends the work."""

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka.errors import KafkaError

from shared.store import turns
from shared.store.leases import LeaseLost
from shared.store.turns import take_turns


class Work:
    """Work whose turns raise what is listed, and then what ends the test."""

    def __init__(self, *errors: Exception | None) -> None:
        self.steps: list[str] = []
        self._errors: Iterator[Exception | None] = iter((*errors, ValueError("a mistake")))

    async def turn(self) -> None:
        self.steps.append("turn")
        if error := next(self._errors):
            raise error

    async def rest(self) -> None:
        self.steps.append("rest")

    async def close(self) -> None:
        self.steps.append("close")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PAUSE_AFTER_FAULT_S", 0)


async def test_a_fault_is_waited_out_after_what_was_opened_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(None, KafkaError(), OSError("away"))
    with pytest.raises(ValueError, match="a mistake"):
        await take_turns("the work", work.turn, work.rest, work.close)
    fault = ["turn", "close", "rest"]
    assert work.steps == ["turn", "rest", *fault, *fault, "turn"]
    assert caplog.text.count("the work waits") == 2


async def test_a_lease_that_another_process_has_ends_the_turn_alone(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(LeaseLost("lease"))
    with pytest.raises(ValueError, match="a mistake"):
        await take_turns("the work", work.turn, work.rest, work.close)
    assert work.steps == ["turn", "rest", "turn"]
    assert "another process has the lease" in caplog.text


async def test_the_work_ends_when_it_is_cancelled() -> None:
    work = Work(*[None] * 1_000_000)

    async def rest() -> None:
        await asyncio.sleep(0)

    task = asyncio.create_task(take_turns("the work", work.turn, rest))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
