"""Calls to the store and the bus: each takes a while, one in ten ends unknown, and some are the caller's last."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.faults.simulation.loop import LIFE, Life, Over, SimulatedLoop

if TYPE_CHECKING:
    from asyncio import Future

UNKNOWN = 0.10
DEATH = 0.0015
SLOW = 0.01
LONGEST_S = 3.0
Effect: TypeAlias = Callable[[float], Any]  # of how much of it happens: 1.0 is all


class Locked(Exception):
    """What the call wants to change is held by a transaction: the server lets it wait."""


class Wire:
    """Carries calls to servers. While `faulty`, what becomes of each is the seed's choice."""

    def __init__(self, loop: SimulatedLoop, chance: random.Random, kill: Callable[[Life], None]) -> None:
        self._loop = loop
        self.chance = chance
        self._kill = kill
        self.faulty = True
        self.over = False
        self.calls = self.faulty_calls = self.unknown = 0
        self.trace: list[str] | None = None

    def tell(self, text: str) -> None:
        """Note what happened, where a trace is kept."""
        if self.trace is not None:
            self.trace.append(f"{self._loop.time():9.3f}  {LIFE.get() or 'city'}: {text}")

    def check(self) -> Life | None:
        """Return the caller. Raises `Over` if no call is possible any more."""
        life = LIFE.get()
        if self.over or (life is not None and not life.alive):
            raise Over
        return life

    def ask(self, what: str, effect: Effect, unknown: Callable[[str], Exception], longest_s: float = LONGEST_S) -> Any:
        """Return the future of the call's answer; `unknown` makes the error of a call with an unknown outcome."""
        life = self.check()
        answer: Future[Any] = self._loop.create_future()
        self.calls += 1
        chance, delay, fate = self.chance.random, self.chance.random() * 0.01, "answered"
        if self.faulty:
            self.faulty_calls += 1
            if chance() < SLOW:
                delay += chance() * LONGEST_S
            if chance() < UNKNOWN:
                fate = self.chance.choice(("done", "done", "lost", "lost", "part", "late"))
                self.unknown += 1
            elif life is not None and chance() < DEATH:
                fate = self.chance.choice(("killed before", "killed after"))
        if self.trace is not None:
            self.tell(f"{what}: {fate}")
        self._loop.call_later(
            delay, self._arrive, life, answer, effect, fate, unknown, longest_s, context=self._loop.outside
        )
        return answer

    def _arrive(
        self,
        life: Life | None,
        answer: "Future[Any]",
        effect: Effect,
        fate: str,
        unknown: Callable[[str], Exception],
        longest_s: float,
    ) -> None:
        dead = life is not None and not life.alive
        if fate == "killed before" and life is not None and not dead:
            self._kill(life)
            return
        if dead and fate == "answered":  # it was on the wire when its caller died
            fate = self.chance.choice(("done", "lost"))
        share = self.chance.random() if fate == "part" else 1.0
        result: Any = None
        try:
            if fate not in ("lost", "late"):
                result = effect(share)
        except Locked:
            self._loop.call_later(
                0.02, self._arrive, life, answer, effect, fate, unknown, longest_s, context=self._loop.outside
            )
            return
        except Exception as refused:
            result = refused
        if fate == "killed after" and life is not None and life.alive:
            self._kill(life)
        if fate in ("answered", "killed after"):
            _say(answer, result)
            return
        wait = self.chance.random() * (0.2 if self.chance.random() < 0.8 else longest_s)
        self._loop.call_later(wait, _say, answer, unknown(fate), context=self._loop.outside)
        if fate == "late":
            self._loop.call_later(wait + self.chance.random(), self._late, effect, context=self._loop.outside)

    def _late(self, effect: Effect) -> None:
        """Let a call have its effect of which its caller knows no more."""
        try:
            effect(1.0)
        except Locked:
            self._loop.call_later(0.02, self._late, effect, context=self._loop.outside)
        except Exception as refused:
            self.tell(f"too late: {refused}")


def _say(answer: "Future[Any]", result: Any) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
