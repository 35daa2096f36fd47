"""An event loop without a machine: its time jumps to the next timer, and the order of what is ready is the seed's."""

import asyncio
import random
import warnings
from asyncio.events import Handle, TimerHandle
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from typing import Any

from shared.base.ids import Ids

MOST_STEPS = 600_000


class Stuck(Exception):
    """Nothing is left to happen, or it happens for ever without time passing."""


class Over(BaseException):
    """The simulation has ended, or the process that called is dead."""


class Life:
    """One life of a process: what runs in it stops for good when it dies, without cleaning up."""

    def __init__(self, name: str, number: int, skew_s: float) -> None:
        self.name = name
        self.number = number
        self.skew_s = skew_s
        self.alive = True
        self.awake = True
        self.newest_id = 0
        self.ids = Ids()
        self.context = copy_context()
        self.context.run(LIFE.set, self)

    def __str__(self) -> str:
        return f"{self.name}#{self.number}"


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs what is ready in an order that the seed chooses; steps of a dead process are dropped."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._now = 0.0
        self._timers: list[tuple[float, int, TimerHandle]] = []
        self._made = 0
        self._steps = 0
        self._asleep: list[Handle] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self.outside = copy_context()
        self.set_task_factory(self._make)
        self.set_exception_handler(lambda *_: None)

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Handle:
        handle = Handle(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        timer = TimerHandle(when, callback, args, self, context)
        self._made += 1
        heappush(self._timers, (when, self._made, timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _make(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], context: Context | None = None
    ) -> "asyncio.Task[Any]":
        task = asyncio.Task(work, loop=loop, context=context)
        self._tasks.append(task)
        return task

    def begin(self, life: Life, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run the work in that process."""
        return self._make(self, work, life.context)

    def wake_all(self) -> None:
        """Let the processes that were asleep and no longer are go on where they stopped."""
        asleep, self._asleep = self._asleep, []
        self._ready.extend(asleep)  # type: ignore[attr-defined]

    def _run_once(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]
        if not ready:
            self._jump()
        batch = list(ready)
        ready.clear()
        if len(batch) > 1:
            self._chance.shuffle(batch)
        self._steps += len(batch)
        if self._steps > MOST_STEPS:
            raise Stuck(f"{MOST_STEPS} steps, and no end at {self._now:.3f} s")
        for handle in batch:
            life = handle._context.get(LIFE)
            if handle._cancelled:
                continue
            if life is None or (life.alive and life.awake):
                handle._run()
            elif life.alive:
                self._asleep.append(handle)

    def _jump(self) -> None:
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            heappop(timers)
        if not timers:
            raise Stuck("nothing is left to happen")
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            timer = heappop(timers)[2]
            if not timer._cancelled:
                self._ready.append(timer)  # type: ignore[attr-defined]

    def end(self) -> None:
        """Drop everything, as a machine that is switched off does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of coroutines that are never awaited
            for task in self._tasks:
                if not task.done():
                    task._log_destroy_pending = False  # type: ignore[attr-defined]
                    _drop(task.get_coro())
        self._timers.clear()
        self._tasks.clear()
        self.close()


def _drop(work: Any) -> None:
    """Close a coroutine; some wait once more for their children before they let go."""
    for _ in range(3):
        with suppress(BaseException):
            work.close()
            return
