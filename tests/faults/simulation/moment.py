"""What the product takes from the machine, moved by the simulation: the time, ids that sort by it, and chance."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from services.checkpoint import scanlog
from shared.base import clock, ids
from shared.store import unit_of_work
from tests.faults.simulation.loop import LIFE, SimulatedLoop

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
_COUNTED = 1 << 80  # of an id's 128 bits, the last 80 are chance or count on


class Machine:
    """The machine's time and ids as each process sees them: the clocks of two processes differ a little."""

    def __init__(self, loop: SimulatedLoop, chance: random.Random) -> None:
        self._loop = loop
        self._chance = chance
        self._outside = ids.Ids()

    def now(self, _: Any = None) -> datetime:
        """Return the time that the process which asks believes; whole milliseconds, as the store keeps them."""
        return BEGIN + timedelta(milliseconds=self._ms())

    def true(self, at: datetime) -> float:
        """Return the seconds on the loop's clock at which a clock without error shows that time."""
        return (at - BEGIN).total_seconds()

    def _ms(self) -> int:
        life = LIFE.get()
        return int((self._loop.time() + (life.skew_s if life else 0.0)) * 1000)

    def new(self) -> str:
        """Return an id as the process that asks makes it."""
        return self._ids().new()

    def meet(self, other: str) -> None:
        """Let the process that asks know an id of another."""
        self._ids().meet(other)

    def _ids(self) -> ids.Ids:
        life = LIFE.get()
        return life.ids if life else self._outside

    def uuid7(self) -> str:
        """Return an id that is larger than every other that this life of a process has made."""
        ms = int(BEGIN.timestamp() * 1000) + self._ms()
        life = LIFE.get()
        number = ms * _COUNTED + self._chance.getrandbits(60)
        if life is not None:
            number = life.newest_id = max(number, life.newest_id + 1)
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"


@contextmanager
def moved(machine: Machine, loop: SimulatedLoop, chance: random.Random) -> Iterator[None]:
    """Let the product's modules take time, ids and chance from here."""
    patches = (
        (clock, "datetime", SimpleNamespace(now=machine.now)),
        (ids, "uuid_utils", SimpleNamespace(uuid7=machine.uuid7)),
        (ids, "randbits", chance.getrandbits),
        (ids, "ids", machine),
        (unit_of_work, "ids", machine),
        (scanlog, "time", SimpleNamespace(monotonic=loop.time)),
        (unit_of_work, "random", chance),
    )
    before = [getattr(module, name) for module, name, _ in patches]
    for module, name, value in patches:
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name, _), value in zip(patches, before, strict=True):
            setattr(module, name, value)
