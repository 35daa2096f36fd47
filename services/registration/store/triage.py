"""Triage desks and who was registered there, in the store."""

from datetime import date

from services.registration.domain.triage import Desk, Triage
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "desks": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "triages": [IndexModel([("desk_id", ASCENDING), ("day", ASCENDING), ("_id", ASCENDING)])],
}
MOST_A_DAY = 5_000


class Triages:
    """The named queries over desks and the people registered there."""

    def __init__(self, database: Database) -> None:
        self._desks = Documents(database["desks"], Mapper(Desk, key="desk_id"))
        self._triages = Documents(database["triages"], Mapper(Triage, key="triage_id"))

    async def desk(self, desk_id: str, work: UnitOfWork | None = None) -> Desk | None:
        """Return a desk."""
        return await self._desks.get(desk_id, work)

    async def put_desk(self, desk: Desk, work: UnitOfWork) -> None:
        """Store a desk, new or changed."""
        await self._desks.put(desk, work)

    async def desks(self, area: str, after: str, limit: int) -> tuple[list[Desk], str | None]:
        """Return up to `limit` desks within the area, by place and id, and what names the last."""
        rows, following = await page(self._desks.collection, area, after, limit)
        return self._desks.mapper.read_each(rows), following

    async def get(self, triage_id: str, work: UnitOfWork | None = None) -> Triage | None:
        """Return one registration."""
        return await self._triages.get(triage_id, work)

    async def put(self, triage: Triage, work: UnitOfWork) -> None:
        """Store a registration."""
        await self._triages.put(triage, work)

    async def of_day(self, desk_id: str, day: date, after: str = "", limit: int = MOST_A_DAY) -> list[Triage]:
        """Return the registrations of a desk's day, the oldest first, those behind `after`."""
        condition = {"desk_id": desk_id, "day": day.isoformat(), "_id": {"$gt": after}}
        rows = self._triages.collection.find(condition).sort("_id", ASCENDING).limit(limit)
        return self._triages.mapper.read_each(await rows.to_list(limit))
