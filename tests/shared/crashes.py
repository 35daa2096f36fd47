"""Crashes at chosen steps: a coroutine that is driven to its n-th wait and goes no further."""

import asyncio
import os
from collections.abc import Coroutine, Generator
from typing import Any

KILLED = 137


class Crash(asyncio.CancelledError):
    """What happens at the chosen step: of all errors this one may come at any wait, with its work still under way."""


class crashing:
    """`await crashing(work, at=3, after=True)`: the third wait fails, with what it waits for under way or done."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int, *, after: bool) -> None:
        self._work = work
        self._at = at
        self._after = after

    def __await__(self) -> Generator[Any, Any, Any]:
        """Drive the work; crash at the chosen step."""
        step = 0
        try:
            waiting = self._work.send(None)
            while True:
                step += 1
                if step == self._at and not self._after:
                    waiting._asyncio_future_blocking = False  # no task waits for it any more
                    waiting = self._crash()
                    continue
                yield waiting
                waiting = self._crash() if step == self._at else self._work.send(None)
        except StopIteration as done:
            return done.value

    def _crash(self) -> Any:
        return self._work.throw(Crash())


class dying(crashing):
    """As `crashing`, but the whole process is gone at once, and cleans nothing up."""

    def _crash(self) -> Any:
        os._exit(KILLED)
