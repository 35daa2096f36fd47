"""Fail points: steps of a consumer's work at which its process is killed, or fails, when its turn comes.

They are laid around the product's own functions from outside, so that a service in the city knows nothing of them.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from shared import receiver
from shared.dead_letters import DeadLetters
from shared.receiver import Receiver

STEPS = ("fetched", "handled", "before dead letter", "after dead letter", "before commit", "after commit")
Async = Callable[..., Awaitable[Any]]


class Struck(Exception):
    """A mistake at a fail point, of a kind that nothing expects."""


class _Points:
    """What happens at which hit of which step: `{"fetched": {"action": "kill", "at": 3}}`; each happens once."""

    def __init__(self, wanted: Mapping[str, Mapping[str, Any]], hits: Path) -> None:
        self._wanted = wanted
        self._hits = hits
        self._seen: Counter[str] = Counter()

    def reach(self, step: str) -> None:
        """Note that the step was reached, and do what is due there."""
        self._seen[step] += 1
        wanted = self._wanted.get(step)
        happened = self._hits / step.replace(" ", "-")
        if wanted is None or self._seen[step] != wanted.get("at", 1) or happened.exists():
            return
        self._hits.mkdir(parents=True, exist_ok=True)
        happened.touch()
        if wanted["action"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise Struck(step)


def arm(wanted: Mapping[str, Mapping[str, Any]], hits: str, slow_s: float) -> None:
    """Lay the fail points around the consumer's steps; `hits` is a directory with a file for each that happened."""
    points = _Points(wanted, Path(hits))
    _around(Receiver, "handle", points, before="fetched")
    _around(Receiver, "_tried", points, after="handled", slow_s=slow_s)
    _around(DeadLetters, "bury", points, before="before dead letter", after="after dead letter")
    _around(receiver, "_commit", points, before="before commit", after="after commit")


def hits(directory: Path) -> set[str]:
    """Return the steps at which something happened."""
    return {found.name.replace("-", " ") for found in directory.iterdir()} if directory.exists() else set()


def _around(owner: Any, name: str, points: _Points, before: str = "", after: str = "", slow_s: float = 0.0) -> None:
    original: Async = getattr(owner, name)

    async def laid(*args: Any, **kwargs: Any) -> Any:
        if before:
            points.reach(before)
        if slow_s:
            await asyncio.sleep(slow_s)
        result = await original(*args, **kwargs)
        if after:
            points.reach(after)
        return result

    setattr(owner, name, laid)
