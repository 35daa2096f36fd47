"""Queries that every server answers well, built once: lists of an area by pages, many documents by their values."""

from typing import NamedTuple

from shared.area import query
from shared.mongo import Collection, Document, find_each

__all__ = ["Page", "count", "every", "find_each", "page"]

_BETWEEN = "|"  # no area path holds it


class Page(NamedTuple):
    """The documents of a page, and what to ask for the next one with; None after the last."""

    items: list[Document]
    next: str | None


async def page(
    collection: Collection,
    area: str,
    after: str,
    limit: int,
    only: Document | None = None,
    also: Document | None = None,
    field: str = "area_path",
) -> Page:
    """Return up to `limit` documents whose `field` lies within the area, those that follow `after`.

    `only` is what stands before `field` in the index; `also` narrows the list without one.
    """
    path, _, last = after.partition(_BETWEEN)
    following = {"$or": [{field: {"$gt": path}}, {"_id": {"$gt": last}}]} if after else {}
    stages = [*_within(area, only or {}, field, path), {"$match": also or {}}, {"$match": following}]
    found = await collection.aggregate([*stages, {"$sort": {field: 1, "_id": 1}}, {"$limit": limit}]).to_list(limit)
    return Page(found, f"{found[-1][field]}{_BETWEEN}{found[-1]['_id']}" if len(found) == limit else None)


async def every(collection: Collection, area: str, only: Document, field: str = "area_path") -> list[Document]:
    """Return all documents whose `field` lies within the area, in no order: for lists that stay short."""
    return await collection.aggregate(_within(area, only, field, "")).to_list(None)


async def count(collection: Collection, area: str, only: Document | None = None, field: str = "area_path") -> int:
    """Return how many documents have a `field` that lies within the area."""
    stages = [*_within(area, only or {}, field, ""), {"$group": {"_id": None, "found": {"$sum": 1}}}]
    return sum([row["found"] async for row in collection.aggregate(stages)])


def _within(area: str, only: Document, field: str, start: str) -> list[Document]:
    # A server of MongoDB's makes one condition of all stages. The embedded one finds an index for the first alone, and
    # only where the index holds all of it: so the first is the range in which the area lies, and little else.
    low = {"$gte": max(start, "" if area == "/" else area)}
    high = {} if area == "/" else {"$lt": f"{area}0"}  # "0" follows "/"
    return [{"$match": only | {field: low | high}}, {"$match": query(area, field)}]
