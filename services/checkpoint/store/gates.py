"""Gates in the store."""

from collections.abc import Collection, Iterable

from services.checkpoint.domain.gate import Gate, GateState
from shared.store.by_field import beginning
from shared.store.counting import count
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import find_each, page_by_id
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

    async def by_ids(self, gate_ids: Iterable[str]) -> list[Gate]:
        """Return those of the gates that there are."""
        return self._gates.mapper.read_each(await find_each(self._gates.collection, gate_ids))

    async def within(self, path: str, after: str, limit: int, q: str = "", only: Document | None = None) -> list[Gate]:
        """Return up to `limit` gates of places within the path whose id follows `after` and name begins with `q`.

        `only` is what `in_state` returns.
        """
        also = beginning("name", q) | (only or {})
        rows = await page_by_id(self._gates.collection, path, after, limit, also=also)
        return self._gates.mapper.read_each(rows)

    async def count(self, path: str, only: Document) -> int:
        """Return how many gates of places within the path there are; `only` is what `in_state` returns."""
        return await count(self._gates.collection, path, also=only)

    async def put(self, gate: Gate, work: UnitOfWork) -> None:
        """Store a gate, new or changed."""
        await self._gates.put(gate, work)


def in_state(state: GateState, equipped: Collection[str], alive: Collection[str]) -> Document:
    """Return the condition on gates in a state, by the ids of those with devices and of those with living ones."""
    if state is GateState.CLOSED:
        return {"closed": True}
    silent = sorted(set(equipped).difference(alive))
    ids: dict[GateState, Document] = {
        GateState.ONLINE: {"$in": sorted(alive)},
        GateState.SILENT: {"$in": silent},
        GateState.UNEQUIPPED: {"$nin": sorted(equipped)},
    }
    return {"closed": {"$ne": True}, "_id": ids[state]}
