"""How fast bulk work goes: its transactions shrink, and the store rests between them, when the store is slow."""

from datetime import timedelta
from typing import NamedTuple

LEAST, MOST = 25, 250
AIM = timedelta(seconds=0.5)  # others who ask the store wait behind one transaction at most
LONGEST_REST = timedelta(seconds=5)


class Pace(NamedTuple):
    """How many rows the next transaction takes, a multiple of `LEAST`, and how long the store rests before it."""

    rows: int
    rest: timedelta


FIRST = Pace(4 * LEAST, timedelta())


def next_pace(pace: Pace, handled: int, took: timedelta) -> Pace:
    """Return the pace after a transaction that handled so many rows and took so long.

    The number of rows follows what fits into `AIM`, and at most doubles. The rest is the time beyond `AIM`: of a store
    that is slow even at the least number of rows an import never takes more than half, until `LONGEST_REST`.
    """
    rest = min(max(took - AIM, timedelta()), LONGEST_REST)
    if handled < pace.rows and took <= AIM:
        return Pace(pace.rows, rest)  # the end of a file is short, and shows little
    fitting = int(handled * (AIM / took)) if took else MOST
    return Pace(_bounded(min(fitting, 2 * pace.rows)), rest)


def after_failure(pace: Pace) -> Pace:
    """Return the pace after a transaction that failed: half the rows, in case it was too large."""
    return Pace(_bounded(pace.rows // 2), pace.rest)


def _bounded(rows: int) -> int:
    return min(MOST, max(LEAST, rows // LEAST * LEAST))
