"""Processes that die in the middle of a unit of work: `python -m tests.shared.deaths MONGO_URL DATABASE`.

One process after the other answers to a cause of its own, and is gone at its first, second, third ... step, until one
lives to the end. It prints how many died.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any

from shared.store.mongo import connect
from tests.shared.conftest import Works
from tests.shared.crashes import KILLED, dying
from tests.shared.handling import answer, cause_of


async def _drive(work: Coroutine[Any, Any, Any], at: int) -> None:
    await dying(work, at, after=True)


def dies(url: str, database: str, step: int) -> bool:
    """Whether a process, forked before it has any thread, dies at that step."""
    child = os.fork()
    if child == 0:
        works = Works(connect(url)[database])
        asyncio.run(_drive(answer(works, cause_of(step)), step))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def main(url: str, database: str) -> None:
    """Let one process after the other die."""
    step = 1
    while dies(url, database, step):
        step += 1
    print(step - 1)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
