"""What a trial is, and what comes out of one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.world import World

WITHIN_S = 900.0


@dataclass
class Outcome:
    """The figures of one trial, and what was wrong, each as a sentence.

    Lost is what was acknowledged as durable and is absent. Times are seconds.
    """

    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    duplicate_deliveries: int = 0
    duplicate_effects: int = 0
    recovery_s: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, wrong: str) -> None:
        """Note what is wrong unless it holds; the trial goes on."""
        if not holds:
            self.wrong.append(wrong)

    def recovered_after(self, seconds: float) -> None:
        """Note how long a recovery took: the longest one counts."""
        self.recovery_s = round(max(self.recovery_s, seconds), 1)


Run = Callable[["World", Outcome], Awaitable[None]]


@dataclass(frozen=True)
class Trial:
    """One row of the table of faults. `doors`: the world's servers have doors that can be shut (see `doors.py`).

    `quick`: it is part of the quick run. `brokers` 0: it needs no servers at all.
    """

    id: int
    name: str
    run: Run
    quick: bool = True
    brokers: int = 3
    doors: bool = False
    within_s: float = WITHIN_S
