"""Lists in the order of a time field and ids, and questions about times that every server answers well."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.store.mongo import Collection, Document
from shared.store.queries import stages

TimePosition = tuple[datetime, str]  # of a row: its time and its id
_FIRST_STEP, _STEPS_GROW = timedelta(seconds=1), 10


async def oldest_by_time(
    collection: Collection,
    only: Document,
    further: Sequence[Document],
    after: TimePosition | None,
    limit: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    field: str = "at",
) -> list[Document]:
    """Return up to `limit` documents in the order of the time `field` and their ids, those that follow `after`.

    `only` is what stands before `field` in the index; `further` narrows the list without an index.
    """
    if after:  # a later page does not read the earlier ones again
        since = max(since, after[0]) if since else after[0]
        further = [*further, {"$or": [{field: {"$gt": after[0]}}, {"_id": {"$gt": after[1]}}]}]
    steps = stages([only | _between(since, until, field), *further])
    steps += [{"$sort": {field: 1, "_id": 1}}, {"$limit": limit}]
    return await collection.aggregate(steps).to_list(limit)


async def newest_by_time(
    collection: Collection,
    only: Document,
    further: Sequence[Document],
    before: TimePosition | None,
    limit: int,
    *,
    since: datetime,
    until: datetime | None = None,
    field: str = "at",
) -> list[Document]:
    """Return up to `limit` documents, the newest first, those older than `before`; the rest as `oldest_by_time`."""
    at = _between(since, until, field)
    if before:
        upto = up_to(before[0])["$lt"]
        at[field]["$lt"] = min(upto, until) if until else upto
        further = [*further, {"$or": [{field: {"$lt": before[0]}}, {"_id": {"$lt": before[1]}}]}]
    steps = [*stages([only | at, *further]), {"$sort": {field: -1, "_id": -1}}, {"$limit": limit}]
    return await collection.aggregate(steps).to_list(limit)


async def by_time(
    collection: Collection,
    only: Document,
    further: Sequence[Document],
    after: TimePosition | None,
    limit: int,
    newest_first: bool,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    field: str = "at",
) -> list[Document]:
    """Return what `newest_by_time` or `oldest_by_time` does."""
    if newest_first:
        start = since or datetime.min
        return await newest_by_time(collection, only, further, after, limit, since=start, until=until, field=field)
    return await oldest_by_time(collection, only, further, after, limit, since=since, until=until, field=field)


def up_to(at: datetime) -> Document:
    """Return the condition that a time is `at` or earlier; the store keeps whole milliseconds."""
    # An embedded server takes $lte for $lt where the index goes on behind the field.
    return {"$lt": at + timedelta(milliseconds=1)}


async def exists_since(collection: Collection, field: str, at: datetime, longest: timedelta) -> bool:
    """Whether a document has an indexed time of `at` or later, up to `longest` after it."""
    # An embedded server reads all that an index range holds before it gives the first: so by growing steps.
    step = _FIRST_STEP
    while True:
        within = {"$gte": at, "$lt": at + min(step, longest)}
        if await collection.find_one({field: within}, {"_id": 1}):
            return True
        if step >= longest:
            return False
        step *= _STEPS_GROW


def _between(since: datetime | None, until: datetime | None, field: str = "at") -> Document:
    at = {name: value for name, value in (("$gte", since), ("$lt", until)) if value is not None}
    return {field: at} if at else {}
