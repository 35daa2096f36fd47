"""Waits for conditions."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")
POLL_S = 0.05
PATIENCE_S = 60.0  # for conditions that are certain, also on a slow machine
HANGS_S = 60.0


@overload
async def eventually(check: Callable[[], Awaitable[T]], timeout: float = ..., poll: float = ...) -> T: ...
@overload
async def eventually(check: Callable[[], T], timeout: float = ..., poll: float = ...) -> T: ...
async def eventually(check: Callable[[], Any], timeout: float = PATIENCE_S, poll: float = POLL_S) -> Any:
    """Call `check` until it returns something true, and return that.

    An `AssertionError` counts as "not yet"; the last one is raised when `timeout` seconds have passed. So is a
    `TimeoutError`, much later, for a check that does not come to its end.
    """
    deadline = time.monotonic() + timeout
    while True:
        failed: AssertionError | None = None
        result: Any = None
        try:
            answer = check()
            if inspect.isawaitable(answer):
                async with asyncio.timeout(timeout + HANGS_S):
                    result = await answer
            else:
                result = answer
        except AssertionError as error:
            failed = error
        if failed is None and result:
            return result
        if time.monotonic() > deadline:
            raise failed or AssertionError(f"still {result!r} after {timeout} s")
        await asyncio.sleep(poll)
