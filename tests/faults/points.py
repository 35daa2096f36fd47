"""Fail points: steps of a consumer's work at which its process is killed, or fails, when its turn comes.

They are laid around the product's own functions from outside, so that a service in the city knows nothing of them. What
happened is written to a directory of the process, which the trial reads.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

from shared.bus import receiver
from shared.bus.dead_letters import DeadLetters
from shared.bus.receiver import Receiver
from shared.store.unit_of_work import UnitOfWork

STEPS = (
    "fetched",  # handed over by the bus, and nothing done with it
    "stored",  # a transaction is committed, the handler goes on
    "handled",  # the handler has ended
    "before dead letter",
    "after dead letter",
    "before commit",  # of the offsets of a batch
    "after commit",
)
KILL, FAIL = "kill", "fail"
_HAPPENED, _HANDED = "happened", "handed-"
_in_handler = ContextVar("in_handler", default=False)
Async = Callable[..., Awaitable[Any]]


class Struck(Exception):
    """A mistake at a fail point, of a kind that nothing expects."""


class Strike(NamedTuple):
    """What happens when a step is reached for the `at`-th time: a kill, or an unexpected error."""

    step: str
    action: str
    at: int = 1


class _Points:
    """The strikes of one process, over its restarts: one after the other, each once."""

    def __init__(self, strikes: Sequence[Strike], notes: Path) -> None:
        self._left = list(strikes[len(happened(notes)) :])
        self._notes = notes
        self._seen = 0

    def reach(self, step: str) -> None:
        """Note that the step was reached, and do what is due there."""
        if not self._left or self._left[0].step != step:
            return
        self._seen += 1
        if self._seen < self._left[0].at:
            return
        strike, self._seen = self._left.pop(0), 0
        _write(self._notes / _HAPPENED, f"{strike.action} {strike.step}\n")
        if strike.action == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        raise Struck(step)


def arm(faults: Mapping[str, Any]) -> None:
    """Lay the fail points around the consumer's steps.

    `strikes` are done in their order; each call of a handler takes `slow_s` longer before and `linger_s` after it has
    had its effect; with `handed`, every event that a handler gets is written down.
    """
    notes = Path(faults["notes"])
    notes.mkdir(parents=True, exist_ok=True)
    points = _Points([Strike(*one) for one in faults.get("strikes", ())], notes)
    _around(Receiver, "_handle", points, before="fetched")
    _around(UnitOfWork, "_commit", points, after="stored", when=_in_handler.get)  # what falls due commits as well
    _around(DeadLetters, "bury", points, before="before dead letter", after="after dead letter")
    _around(receiver, "commit", points, before="before commit", after="after commit")
    _around_handlers(points, faults, notes)


def _around_handlers(points: _Points, faults: Mapping[str, Any], notes: Path) -> None:
    tried = Receiver._tried
    slow_s, linger_s, noting = faults.get("slow_s", 0.0), faults.get("linger_s", 0.0), faults.get("handed", False)

    async def laid(self: Receiver, handler: Async, argument: Any) -> None:
        async def within_tries(given: Any, deps: Any) -> None:
            _in_handler.set(True)
            await asyncio.sleep(slow_s)
            await handler(given, deps)
            points.reach("handled")
            await asyncio.sleep(linger_s)

        if noting:
            events = argument if isinstance(argument, list) else [argument]
            _write(notes / f"{_HANDED}{os.getpid()}", "".join(f"{event.id}\n" for event in events))
        await tried(self, within_tries, argument)

    Receiver._tried = laid  # type: ignore[method-assign, assignment]


def happened(notes: Path) -> list[str]:
    """Return what has happened, as "kill fetched", in order."""
    file = notes / _HAPPENED
    return file.read_text().splitlines() if file.exists() else []


def handed(notes: Path) -> list[str]:
    """Return the ids of the events that handlers were given, process by process in order."""
    files = sorted(notes.glob(f"{_HANDED}*"), key=lambda file: file.stat().st_ctime_ns)
    return [line for file in files for line in file.read_text().splitlines()]


def _write(file: Path, text: str) -> None:
    with file.open(
        "a", encoding="utf-8"
    ) as notes:  # the system has it by the next line, even if the process is killed there
        notes.write(text)


def _around(
    owner: Any, name: str, points: _Points, before: str = "", after: str = "", when: Callable[[], bool] = lambda: True
) -> None:
    original: Async = getattr(owner, name)

    async def laid(*args: Any, **kwargs: Any) -> Any:
        if before:
            points.reach(before)
        result = await original(*args, **kwargs)
        if after and when():
            points.reach(after)
        return result

    setattr(owner, name, laid)
