"""Checkpoints with their policies in the store, and the trail of who stated what."""

from services.checkpoint.domain.checkpoint import Checkpoint, TrailLine
from services.checkpoint.store.retention import TRAIL_S
from shared.store.by_field import beginning
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "checkpoints": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "checkpoint_trail": [
        IndexModel([("checkpoint_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=TRAIL_S),
    ],
}


class Checkpoints:
    """The named queries over checkpoints."""

    def __init__(self, database: Database) -> None:
        self._checkpoints = Documents(database["checkpoints"], Mapper(Checkpoint, "checkpoint_id"))
        self._trail = Documents(database["checkpoint_trail"], Mapper(TrailLine, "line_id"))

    async def get(self, checkpoint_id: str, work: UnitOfWork | None = None) -> Checkpoint | None:
        """Return a checkpoint."""
        return await self._checkpoints.get(checkpoint_id, work)

    async def within(self, path: str, q: str, after: str, limit: int) -> tuple[list[Checkpoint], str | None]:
        """Return up to `limit` checkpoints of places within the path, place by place, and what follows them.

        Their names begin with `q`.
        """
        rows, following = await page(self._checkpoints.collection, path, after, limit, also=beginning("name", q))
        return self._checkpoints.mapper.read_each(rows), following

    async def put(self, checkpoint: Checkpoint, work: UnitOfWork) -> None:
        """Store a checkpoint, new or changed."""
        await self._checkpoints.put(checkpoint, work)

    async def add_line(self, line: TrailLine, work: UnitOfWork) -> None:
        """Add a line to the checkpoint's trail, which only grows."""
        await self._trail.insert([line], work)

    async def trail(self, checkpoint_id: str, after: str, limit: int) -> list[TrailLine]:
        """Return up to `limit` lines of the checkpoint's trail that follow the line with the id `after`, in order."""
        rows = self._trail.collection.find({"checkpoint_id": checkpoint_id, "_id": {"$gt": after}})
        return self._trail.mapper.read_each(await rows.sort("_id", 1).limit(limit).to_list(None))
