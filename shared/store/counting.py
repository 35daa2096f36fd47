"""How many documents of a collection lie within an area."""

from shared.base.area import query
from shared.store.mongo import Collection, Document
from shared.store.queries import area_range, stages


async def count(
    collection: Collection,
    area: str,
    only: Document | None = None,
    also: Document | None = None,
    field: str = "area_path",
) -> int:
    """Return how many documents have a `field` that lies within the area.

    An index begins with the fields of `only`; `also` narrows the count without an index.
    """
    steps = stages([(only or {}) | {field: area_range(area)}, query(area, field), also or {}])
    counted = [*steps, {"$group": {"_id": None, "rows": {"$sum": 1}}}]
    return sum([row["rows"] async for row in collection.aggregate(counted)])
