"""Approvals of returns in the store: their words are sealed. None is ever removed."""

from services.registration.domain.returns import OPEN, Return
from shared.base.sealing import Sealer
from shared.events.registration_returns import ReturnState
from shared.store.claims import Claims
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "returns": [
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("journey_id", ASCENDING)]),
        IndexModel([("employer_id", ASCENDING), ("_id", ASCENDING)]),
    ]
}


class Returns:
    """The named queries over approvals of returns."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._returns = Documents(database["returns"], Mapper(Return, key="return_id"), sealer=sealer)
        self._open = Claims(database, "open_return", self._is_open)

    async def get(self, return_id: str, work: UnitOfWork | None = None) -> Return | None:
        """Return one."""
        return await self._returns.get(return_id, work)

    async def of_journey(self, journey_id: str, work: UnitOfWork | None = None) -> list[Return]:
        """Return those of a journey, the oldest first."""
        stored = await self._returns.find({"journey_id": journey_id}, work)
        return sorted(stored, key=lambda one: one.asked_at)

    async def page(
        self, path: str, after: str, limit: int, state: ReturnState | None
    ) -> tuple[list[Return], str | None]:
        """Return up to `limit` within the path that stand so, door by door, and what names the last."""
        also: Document | None = {"state": state.value} if state else None
        rows, following = await page(self._returns.collection, path, after, limit, also=also)
        return self._returns.mapper.read_each(rows), following

    async def of_employer(self, employer_id: str, after: str, limit: int) -> tuple[list[Return], str | None]:
        """Return up to `limit` of those that need an employer's consent or had it, and what names the last."""
        condition: Document = {"employer_id": employer_id, "_id": {"$gt": after}}
        rows = await self._returns.collection.find(condition).sort("_id", ASCENDING).limit(limit).to_list(limit)
        return self._returns.mapper.read_each(rows), rows[-1]["_id"] if len(rows) == limit else None

    async def put(self, one: Return, work: UnitOfWork) -> None:
        """Store one, new or changed."""
        await self._returns.put(one, work)

    async def claim(self, one: Return, work: UnitOfWork) -> None:
        """Let it be the one open return of its journey. Raises what `Claims.take` does."""
        await self._open.take(one.journey_id, one.return_id, work)

    async def free(self, one: Return, work: UnitOfWork) -> None:
        """Let another return be asked for the same journey."""
        await self._open.release(one.journey_id, one.return_id, work)

    async def _is_open(self, return_id: str, journey_id: str, work: UnitOfWork) -> bool:
        one = await self.get(return_id, work)
        return one is not None and one.state in OPEN and one.journey_id == journey_id
