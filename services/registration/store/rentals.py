"""Rented doors in the store: names and phones of landlords and tenants are sealed."""

from datetime import datetime

from services.registration.domain.rentals import Rental
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import area_range, page, stages
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "rentals": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("grid_path", ASCENDING)]),
        IndexModel([("landlord.resident_id", ASCENDING), ("tenancies.resident_id", ASCENDING)]),
    ]
}


class Rentals:
    """The named queries over rented doors."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._rentals = Documents(database["rentals"], Mapper(Rental, key="rental_id"), sealer=sealer)

    async def get(self, rental_id: str, work: UnitOfWork | None = None) -> Rental | None:
        """Return one."""
        return await self._rentals.get(rental_id, work)

    async def of_landlord(self, landlord_id: str, tenant_id: str, work: UnitOfWork | None) -> list[Rental]:
        """Return the doors of a landlord behind which that resident lives or lived."""
        return await self._rentals.find({"landlord.resident_id": landlord_id, "tenancies.resident_id": tenant_id}, work)

    async def page(
        self, path: str, after: str, limit: int, due_before: datetime | None, without_landlord: bool
    ) -> tuple[list[Rental], str | None]:
        """Return up to `limit` within the path, door by door: overdue ones alone, or those without a landlord."""
        also: Document = {"due_at": {"$ne": None, "$lte": due_before}} if due_before else {}
        also |= {"landlord": None} if without_landlord else {}
        rows, following = await page(self._rentals.collection, path, after, limit, also=also or None)
        return self._rentals.mapper.read_each(rows), following

    async def counts(self, path: str, now: datetime) -> list[Document]:
        """Return how many doors are rented out, by grid, how many of them lack a landlord or are overdue."""
        overdue = {"$and": [{"$ne": ["$due_at", None]}, {"$lte": ["$due_at", now]}]}
        sums = {
            "doors": {"$sum": 1},
            "overdue": {"$sum": {"$cond": [overdue, 1, 0]}},
            "without_landlord": {"$sum": {"$cond": [{"$eq": ["$landlord", None]}, 1, 0]}},
        }
        steps = stages([{"area_path": area_range(path)}, query(path)])
        steps += [{"$group": {"_id": "$grid_path", **sums}}, {"$sort": {"_id": 1}}]
        return await self._rentals.collection.aggregate(steps).to_list(None)

    async def put(self, one: Rental, work: UnitOfWork) -> None:
        """Store one, new or changed."""
        await self._rentals.put(one, work)
