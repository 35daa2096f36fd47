"""Gates in the store."""

from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page_by_id
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"gates": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])]}


class Gates:
    """The named queries over gates."""

    def __init__(self, database: Database) -> None:
        self._gates = database["gates"]

    async def get(self, gate_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a gate."""
        return await self._gates.find_one({"_id": gate_id}, session=work and work.session)

    async def within(self, path: str, after: str, limit: int) -> list[Document]:
        """Return up to `limit` gates of places within the path whose id follows `after`."""
        return await page_by_id(self._gates, path, after, limit)

    async def put(self, gate: Document, work: UnitOfWork) -> None:
        """Store a gate."""
        await self._gates.replace_one({"_id": gate["_id"]}, gate, upsert=True, session=work.session)
