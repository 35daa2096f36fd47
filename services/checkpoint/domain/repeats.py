"""Which passages are one crossing: one person, one gate, one direction, within seconds (R2.2)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.presence import Seen
from shared.events.checkpoint import Direction

IntervalOf = Callable[[StoredPassage], timedelta]


def person(passage: StoredPassage) -> str | None:
    """Return who went through: the resident, else the holder of the permit; None for a stranger."""
    return passage.resident_id or passage.permit_id


def may_repeat(known: Seen, passages: Sequence[StoredPassage], interval_of: IntervalOf) -> bool:
    """Whether new passages of a resident, by time, may repeat one another or a stored one: then the store is asked."""
    newest = known.newest
    for passage in passages:
        if newest is not None and passage.at - newest < interval_of(passage):
            return True
        newest = passage.at
    return False


def repeats(passages: Iterable[StoredPassage], interval_of: IntervalOf) -> dict[str, str | None]:
    """Return for each passage of one person the id of the passage that it repeats, None for one that counts.

    The result depends on the times of the passages and not on their order: a repeat lies within the interval after a
    passage that counts, at the same gate, in the same direction, with the same verdict, and no passage in the other
    direction lies between them.
    """
    counted: dict[tuple[str, Direction], dict[str, StoredPassage]] = {}
    marks: dict[str, str | None] = {}
    for passage in sorted(passages, key=_order):
        for way in Direction:
            if way is not passage.direction:
                counted.pop((passage.gate_id, way), None)
        by_verdict = counted.setdefault((passage.gate_id, passage.direction), {})
        first = by_verdict.get(passage.verdict.value)
        if first is not None and passage.at - first.at < interval_of(passage):
            marks[passage.scan_id] = first.scan_id
        else:
            by_verdict[passage.verdict.value] = passage
            marks[passage.scan_id] = None
    return marks


def _order(passage: StoredPassage) -> tuple[datetime, str]:
    return passage.at, passage.scan_id
