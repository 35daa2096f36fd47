"""The numbers (`seq`) that a device gives its scans: which of them never came (R2.7)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

# What a device has used and kept for a moment, or the recorder has not come to, is not lost yet (house policy).
GRACE = timedelta(minutes=10)
# A scan's time may lie as far ahead of its coming.
AHEAD = timedelta(minutes=5)
MAX_GAPS = 50
NAMED = 10


@dataclass(frozen=True)
class Gap:
    """Numbers that did not come, from the first to the last; `told` once an alert has named them."""

    first: int
    last: int
    told: bool = False

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Used:
    """By that instant the device had used its numbers up to this one."""

    at: datetime
    upto: int


class Held(NamedTuple):
    """What a device says that it still holds: the count of its unsent scans, and the lowest number among them."""

    unsent: int = 0
    unsent_from: int | None = None


@dataclass(frozen=True)
class Numbers:
    """What became of a device's numbers: all up to `complete_upto` came, were refused, or are in `gaps`.

    None before anything is known of where it began to count.
    """

    complete_upto: int | None = None
    used: tuple[Used, ...] = ()
    gaps: tuple[Gap, ...] = ()


def begin_count(numbers: Numbers, upto: int) -> Numbers:
    """Return the numbers with where the device began to count, unless that is known: nothing up to there is missed."""
    return numbers if numbers.complete_upto is not None else replace(numbers, complete_upto=upto)


def note_used(numbers: Numbers, upto: int, now: datetime) -> Numbers:
    """Return the numbers with how far the device has come by now; only what is needed of it is kept."""
    used = numbers.used if numbers.used and numbers.used[-1].upto >= upto else (*numbers.used, Used(now, upto))
    old = [one for one in used if one.at <= now - GRACE]
    return replace(numbers, used=(*old[-1:], *used[len(old) :]))


def due(numbers: Numbers, now: datetime) -> Used | None:
    """Return up to where numbers must have come by now, with grace, and since when; None where nothing is to judge."""
    old = [one for one in numbers.used if one.at <= now - GRACE]
    return old[-1] if old and numbers.complete_upto is not None and old[-1].upto > numbers.complete_upto else None


def missing(came: Iterable[int], after: int, upto: int) -> tuple[Gap, ...]:
    """Return the numbers behind `after` and up to `upto` that are not among those that came."""
    return without((Gap(after + 1, upto),), came) if upto > after else ()


def without(gaps: Sequence[Gap], came: Iterable[int]) -> tuple[Gap, ...]:
    """Return what is left of the gaps now that these numbers came."""
    known = sorted(set(came))
    left: list[Gap] = []
    for gap in gaps:
        inside = known[bisect_left(known, gap.first) : bisect_right(known, gap.last)]
        ends = [gap.first - 1, *inside, gap.last + 1]
        left += [Gap(low + 1, high - 1, gap.told) for low, high in pairwise(ends) if high - low > 1]
    return tuple(left)


def wanted(numbers: Numbers, some: Iterable[int]) -> tuple[int, ...]:
    """Return those of some numbers of which it is not settled yet whether they came, in order."""
    done = numbers.complete_upto if numbers.complete_upto is not None else -1
    gaps = numbers.gaps
    return tuple(sorted({n for n in some if n > done or any(gap.first <= n <= gap.last for gap in gaps)}))


def judged(numbers: Numbers, upto: int, lost: Sequence[Gap]) -> Numbers:
    """Return the numbers judged up to there, with what is missing; of very many gaps the newest are followed up."""
    return replace(numbers, complete_upto=upto, gaps=(*numbers.gaps, *lost))


def tell(numbers: Numbers, held: Held) -> tuple[Numbers, tuple[Gap, ...]]:
    """Return the numbers with their gaps marked as `told`, and the new gaps: none that the device may still hold."""
    bound = _held_from(numbers.gaps, held)
    parts = [part for gap in numbers.gaps for part in _split(gap, bound)]
    new = tuple(gap for gap in parts if not gap.told and gap.last < bound)
    gaps = tuple(replace(gap, told=True) if gap.last < bound else gap for gap in parts)
    return replace(numbers, gaps=gaps[-MAX_GAPS:]), new


def _held_from(gaps: Sequence[Gap], held: Held) -> float:
    """Return the lowest number that the device may hold. It sends in order: what it holds are the last ones."""
    if held.unsent_from is not None:
        return held.unsent_from
    left = held.unsent
    bound: float = float("inf")
    for gap in reversed([gap for gap in gaps if not gap.told]):
        if left <= 0:
            break
        bound = max(gap.first, gap.last - left + 1)
        left -= gap.last - gap.first + 1
    return bound


def _split(gap: Gap, bound: float) -> list[Gap]:
    if gap.told or not gap.first < bound <= gap.last:
        return [gap]
    return [replace(gap, last=int(bound) - 1), replace(gap, first=int(bound))]


def in_words(gaps: Sequence[Gap]) -> str:
    """Return the numbers as an alert names them: "seq 17-19, 23"."""
    more = f" and {len(gaps) - NAMED} more" if len(gaps) > NAMED else ""
    return f"seq {', '.join(map(str, gaps[:NAMED]))}{more}"
