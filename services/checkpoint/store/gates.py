"""Gates in the store."""

from services.checkpoint.domain.gate import Gate
from shared.store.by_field import beginning
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import page_by_id
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"gates": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])]}


class Gates:
    """The named queries over gates."""

    def __init__(self, database: Database) -> None:
        # The version before this one takes a gate with a field that it does not know for one that has changed.
        self._gates = Documents(database["gates"], Mapper(Gate, "gate_id"), revised=False)

    async def get(self, gate_id: str, work: UnitOfWork | None = None) -> Gate | None:
        """Return a gate."""
        return await self._gates.get(gate_id, work)

    async def within(self, path: str, after: str, limit: int, q: str = "") -> list[Gate]:
        """Return up to `limit` gates of places within the path whose id follows `after` and name begins with `q`."""
        rows = await page_by_id(self._gates.collection, path, after, limit, also=beginning("name", q))
        return self._gates.mapper.read_each(rows)

    async def put(self, gate: Gate, work: UnitOfWork) -> None:
        """Store a gate, new or changed."""
        await self._gates.put(gate, work)
