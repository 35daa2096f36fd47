"""Exit permissions in the store: destination, words and plate are sealed."""

from services.registration.domain.exits import ExitPermission
from shared.base.sealing import Sealer
from shared.events.registration_exits import ExitState
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "exits": [
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("people", ASCENDING), ("state", ASCENDING)]),
    ]
}


class Exits:
    """The named queries over exit permissions."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._exits = Documents(database["exits"], Mapper(ExitPermission, key="exit_id"), sealer=sealer)

    async def get(self, exit_id: str, work: UnitOfWork | None = None) -> ExitPermission | None:
        """Return one."""
        return await self._exits.get(exit_id, work)

    async def approved_of(self, resident_id: str, work: UnitOfWork) -> list[ExitPermission]:
        """Return the approved ones by which a resident travels."""
        return await self._exits.find({"people": resident_id, "state": ExitState.APPROVED.value}, work)

    async def page(
        self, path: str, after: str, limit: int, state: ExitState | None
    ) -> tuple[list[ExitPermission], str | None]:
        """Return up to `limit` within the path that stand so, door by door, and what names the last."""
        also: Document | None = {"state": state.value} if state else None
        rows, following = await page(self._exits.collection, path, after, limit, also=also)
        return self._exits.mapper.read_each(rows), following

    async def put(self, one: ExitPermission, work: UnitOfWork) -> None:
        """Store one, new or changed."""
        await self._exits.put(one, work)
