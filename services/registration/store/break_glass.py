"""Break-glass in the store. None is ever removed."""

from datetime import datetime

from services.registration.domain.break_glass import BreakGlass
from shared.base.area import ancestors, query
from shared.base.sealing import Sealer
from shared.store.by_time import TimePosition, by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"break_glass": [IndexModel([("opened_at", ASCENDING), ("_id", ASCENDING)])]}


class BreakGlasses:
    """The named queries over what was opened by break-glass."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._glasses = Documents(database["break_glass"], Mapper(BreakGlass, key="glass_id"), sealer=sealer)

    async def get(self, glass_id: str, work: UnitOfWork | None = None) -> BreakGlass | None:
        """Return one."""
        return await self._glasses.get(glass_id, work)

    async def put(self, glass: BreakGlass, work: UnitOfWork) -> None:
        """Store one, new or closed."""
        await self._glasses.put(glass, work)

    async def page(
        self, area: str, newest_first: bool, after: TimePosition | None, limit: int, open_at: datetime | None = None
    ) -> list[BreakGlass]:
        """Return up to `limit` that opened something within the area, or an area around it, by their beginning.

        All of them, or those that are open at a time.
        """
        around = {"area_path": {"$in": ancestors(area)}}
        further: list[Document] = [{"$or": [*query(area)["$or"], around]}] if area != "/" else []
        if open_at is not None:
            further.append({"expires_at": {"$gt": open_at}, "closed_at": None})
        collection = self._glasses.collection
        rows = await by_time(collection, {}, further, after, limit, newest_first, field="opened_at")
        return self._glasses.mapper.read_each(rows)
