"""Pages by one index, behind a row, and ranges of places."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.store.mongo import Collection, Document
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork

DAY_S = 86_400


class After(NamedTuple):
    """The row behind which a page begins: its time and its id."""

    at: datetime
    id: str


def stages(indexed: Document, further: Iterable[Document]) -> list[Document]:
    """Return the first stages of an aggregation: the condition that has an index, and what remains."""
    # A server of MongoDB's makes one condition of all the stages. The embedded one finds an index for the first stage
    # alone, and for none that holds an $or.
    return [{"$match": condition} for condition in (indexed, *further) if condition]


def up_to(at: datetime) -> Document:
    """Return the condition that a time is `at` or earlier; the store keeps whole milliseconds."""
    # The embedded store takes $lte for $lt where the index goes on behind the field.
    return {"$lt": at + timedelta(milliseconds=1)}


async def page(
    collection: Collection, indexed: Document, further: Iterable[Document], order: dict[str, int], limit: int
) -> list[Document]:
    """Return a page of the documents that meet the conditions."""
    steps = [*stages(indexed, further), {"$sort": order}, {"$limit": limit}]
    return await collection.aggregate(steps).to_list(limit)


async def by_id(collection: Collection, ids: Sequence[str], work: UnitOfWork | None = None) -> dict[str, Document]:
    """Return the documents with those ids, by id."""
    return {row["_id"]: row for row in await find_each(collection, ids, session=work.session if work else None)}
