"""Checkpoints with their policies in the store, and the trail of who stated what."""

from typing import Any

from services.checkpoint.store.pages import DAY_S
from shared.base.ids import new_id
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import Page, page
from shared.store.unit_of_work import UnitOfWork

TRAIL_RETENTION_S = 3 * 365 * DAY_S

INDEXES = {
    "checkpoints": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "checkpoint_trail": [
        IndexModel([("checkpoint_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=TRAIL_RETENTION_S),
    ],
}


class Checkpoints:
    """The named queries over checkpoints."""

    def __init__(self, database: Database) -> None:
        self._checkpoints = database["checkpoints"]
        self._trail = database["checkpoint_trail"]

    async def get(self, checkpoint_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a checkpoint."""
        return await self._checkpoints.find_one({"_id": checkpoint_id}, session=work and work.session)

    async def within(self, path: str, after: str, limit: int) -> Page:
        """Return up to `limit` checkpoints of places within the path, place by place, and what follows them."""
        return await page(self._checkpoints, path, after, limit)

    async def put(self, checkpoint: Document, work: UnitOfWork) -> None:
        """Store a checkpoint."""
        await self._checkpoints.replace_one({"_id": checkpoint["_id"]}, checkpoint, upsert=True, session=work.session)

    async def note(self, checkpoint_id: str, what: str, by: str, said: dict[str, Any], work: UnitOfWork) -> None:
        """Add to the checkpoint's trail, which only grows: what was done, by whom and when, and what was said."""
        line = {"_id": new_id(), "checkpoint_id": checkpoint_id, "what": what, "by": by} | said
        await self._trail.insert_one(line, session=work.session)

    async def trail(self, checkpoint_id: str, after: str, limit: int) -> list[Document]:
        """Return up to `limit` lines of the checkpoint's trail that follow the one with the id `after`, in order."""
        lines = self._trail.find({"checkpoint_id": checkpoint_id, "_id": {"$gt": after}})
        return await lines.sort("_id", 1).limit(limit).to_list(None)
