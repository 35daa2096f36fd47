"""The end of a process's work: all of it ends, or the log says what does not and where it waits."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

logger = logging.getLogger(__name__)


async def within(seconds: float, **work: Coroutine[Any, Any, Any]) -> None:  # Any: a coroutine of any kind
    """Await all the work side by side, for at most `seconds`; what fails is logged, and no more."""
    await ended({asyncio.create_task(one, name=name) for name, one in work.items()}, seconds)


async def ended(tasks: Iterable["asyncio.Task[Any]"], seconds: float) -> None:  # Any: a coroutine of any kind
    """Wait for tasks to end. One that does not in time is left as it is, and logged with where it waits."""
    waited_for = set(tasks)
    if waited_for:
        await asyncio.wait(waited_for, timeout=seconds)
    for task in waited_for:
        if not task.done():
            where = {"waits": waits_at(task)}
            logger.warning("did not end in %s s and is left: %s", seconds, task.get_name(), extra=where)
        elif not task.cancelled() and (error := task.exception()):
            logger.error("did not end well: %s", task.get_name(), exc_info=error)


def waits_at(task: "asyncio.Task[Any]") -> list[str]:  # Any: a coroutine of any kind
    """Return where a task waits, from the outermost call to the innermost, as `module.function:line`."""
    places: list[str] = []
    inner: Any = task.get_coro()  # Any: a coroutine of any kind
    while frame := getattr(inner, "cr_frame", None):
        places.append(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}:{frame.f_lineno}")
        inner = getattr(inner, "cr_await", None)
    return places
