"""Who is where, in the store."""

from collections.abc import Iterable

from services.checkpoint.store.pages import DAY_S, path_range, stages
from shared import area
from shared.events.checkpoint import Direction, Verdict
from shared.mongo import ASCENDING, Database, Document, IndexModel, UpdateOne

PRESENCE_RETENTION_S = 90 * DAY_S

INDEXES = {
    "presence": [
        IndexModel([("last.inside", ASCENDING)]),
        IndexModel([("last.at", ASCENDING)], expireAfterSeconds=PRESENCE_RETENTION_S),
    ]
}


class Presence:
    """The named queries over presence."""

    def __init__(self, database: Database) -> None:
        self._presence = database["presence"]

    async def note(self, rows: Iterable[Document]) -> None:
        """Keep where each resident is by the newest allowed passage; a late or repeated one changes nothing."""
        allowed = [row for row in rows if row["resident_id"] and row["verdict"] == Verdict.ALLOW]
        newest = {row["resident_id"]: row for row in sorted(allowed, key=lambda row: row["at"])}
        if newest:
            await self._presence.bulk_write([_moved(row) for row in newest.values()], ordered=False)

    async def inside(self, path: str) -> dict[str, int]:
        """Return how many residents are inside each of the places within the path where there are any."""
        steps = stages(path_range(path, "last.inside"), [area.query(path, "last.inside")])
        steps += [{"$group": {"_id": "$last.inside", "inside": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
        return {row["_id"]: row["inside"] async for row in self._presence.aggregate(steps)}


def _moved(row: Document) -> UpdateOne:
    # Documents compare by their first field first: $max keeps the newest in one operation, whatever comes when.
    inside = row["area_path"] if row["direction"] == Direction.IN else None
    return UpdateOne({"_id": row["resident_id"]}, {"$max": {"last": {"at": row["at"], "inside": inside}}}, upsert=True)
