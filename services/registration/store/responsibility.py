"""Who answered for which place from when until when, in the store. No period is ever removed."""

from collections.abc import Collection, Sequence

from services.registration.domain.responsibility import Period
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "keeper_periods": [
        IndexModel([("path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("person_id", ASCENDING), ("_id", ASCENDING)]),
    ]
}


class Periods:
    """The named queries over periods of responsibility."""

    def __init__(self, database: Database) -> None:
        self._periods = Documents(database["keeper_periods"], Mapper(Period, key="period_id"))

    async def at(self, paths: Collection[str], work: UnitOfWork | None = None) -> list[Period]:
        """Return every period at these paths, ended ones too."""
        return await self._periods.each(paths, work, by="path")

    async def put(self, periods: Sequence[Period], work: UnitOfWork) -> None:
        """Store periods, new or ended."""
        for one in periods:
            await self._periods.put(one, work)

    async def page(self, path: str, after: str, limit: int) -> tuple[list[Period], str | None]:
        """Return up to `limit` periods at a path, the newest first, and what names the last of them."""
        condition: Document = {"path": path} | ({"_id": {"$lt": after}} if after else {})
        rows = await self._periods.collection.find(condition).sort("_id", DESCENDING).limit(limit).to_list(limit)
        return self._periods.mapper.read_each(rows), rows[-1]["_id"] if len(rows) == limit else None
