"""Lists of what has changed since the caller last asked, of documents that their units of work mark (docs/lists.md).

A mark is the time at which a unit of work changed the document. Units of work do not commit in the order of their
marks: so a list ends at the time before which every unit of work has committed or will never commit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.base.area import query
from shared.store.mongo import ASCENDING, Collection, Document, IndexModel
from shared.store.queries import page_by_id, parts_of, stages
from shared.store.unit_of_work import MARKED_COMMITS_WITHIN

MARK = "changed"
INDEX = IndexModel([(MARK, ASCENDING), ("_id", ASCENDING)])
# A unit of work does not begin to commit later than MARKED_COMMITS_WITHIN after its first mark; a server ends a
# transaction that is older than a minute, and looks for such every half minute;
_SERVER_ENDS_WITHIN = timedelta(seconds=90)
# the clocks of two processes differ by less than this.
_CLOCKS_DIFFER = timedelta(seconds=30)
SETTLED_AFTER = MARKED_COMMITS_WITHIN + _SERVER_ENDS_WITHIN + _CLOCKS_DIFFER

_UNMARKED = "-"  # sorts before every mark
_DIGITS = 12


class Changed(NamedTuple):
    """Documents in the order of their last changes, the position behind them, and whether there are more now."""

    rows: Sequence[Document]
    following: str
    more: bool


def mark(at: datetime) -> str:
    """Return the mark of a time: marks sort as their times do."""
    return f"{round(at.timestamp() * 1_000):0{_DIGITS}x}"


async def changed_since(
    collection: Collection, area: str, after: str, limit: int, now: datetime, other: str = ""
) -> Changed:
    """Return up to `limit` documents within the area that have changed since the position `after`, "" for all.

    Documents of which the field `other` lies within the area are among them, where it is given.
    Changes of the last `SETTLED_AFTER` come later. Documents that a version without marks has stored come first.
    """
    before = mark(now - SETTLED_AFTER)
    there = query(area)
    if there and other:
        there = {"$or": [*there["$or"], *query(area, other)["$or"]]}
    if not after or after.startswith(_UNMARKED):
        unmarked = after.removeprefix(_UNMARKED)
        rows = await page_by_id(collection, "/", unmarked, limit, only={MARK: None}, also=there)
        if len(rows) == limit:
            return Changed(rows, f"{_UNMARKED}{rows[-1]['_id']}", more=True)
        marked = await changed_since(collection, area, _position("", ""), limit - len(rows), now, other)
        return marked._replace(rows=[*rows, *marked.rows])
    low, _, last = after.partition("/")
    following = {"$or": [{MARK: {"$gt": low}}, {"_id": {"$gt": last}}]}
    settled: list[Document] = []
    async for part in parts_of(collection, MARK, {"$gte": low, "$lt": max(low, before)}, limit):
        left = limit - len(settled)
        steps = [*stages([{MARK: part}, there, following]), {"$sort": {MARK: 1, "_id": 1}}, {"$limit": left}]
        settled += await collection.aggregate(steps).to_list(left)
        if len(settled) == limit:
            return Changed(settled, _position(settled[-1][MARK], settled[-1]["_id"]), more=True)
    return Changed(settled, max(after, _position(before, "")), more=False)


def _position(low: str, last: str) -> str:
    return f"{low}/{last}"
