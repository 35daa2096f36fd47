"""How many records were put aside as dead letters by the service within the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import REGISTRY


@dataclass
class Dead:
    """The number of dead letters since the block began, once it has ended."""

    count: float = -1


@contextmanager
def dead_letters() -> Iterator[Dead]:
    """Count the dead letters that are written within the block."""
    dead, before = Dead(), _total()
    yield dead
    dead.count = _total() - before


def _total() -> float:
    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name == DEAD_TOTAL)


DEAD_TOTAL = "lastmetre_dead_letters_total"
