"""Venues and vehicles in the store: plates are sealed. None is ever removed."""

from services.registration.domain.vehicles import Owner, Vehicle
from services.registration.domain.venues import Venue
from shared.base.sealing import Sealer
from shared.events.registration_employers import VenueKind
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page, stages
from shared.store.unit_of_work import UnitOfWork

MOST_OF_AN_OWNER = 500
INDEXES = {
    "venues": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "vehicles": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_id", ASCENDING)]),
        IndexModel([("employer_id", ASCENDING)]),
    ],
}


class Venues:
    """The named queries over venues."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        mapper = Mapper(Venue, "venue_id", lambda venue: {"has_gap": venue.has_gap})
        self._venues = Documents(database["venues"], mapper, sealer=sealer)

    async def get(self, venue_id: str, work: UnitOfWork | None = None) -> Venue | None:
        """Return a venue."""
        return await self._venues.get(venue_id, work)

    async def page(
        self, path: str, kind: VenueKind | None, gaps: bool, closed: bool, after: str, limit: int
    ) -> tuple[list[Venue], str | None]:
        """Return up to `limit` venues within the path, in the order of their places, and what names the last."""
        also: Document = {} if closed else {"closed_on": None}
        also |= {"kind": kind.value} if kind else {}
        also |= {"has_gap": True} if gaps else {}
        rows, following = await page(self._venues.collection, path, after, limit, also=also)
        return self._venues.mapper.read_each(rows), following

    async def put(self, venue: Venue, work: UnitOfWork) -> None:
        """Store a venue, new or changed."""
        await self._venues.put(venue, work)


class Vehicles:
    """The named queries over vehicles."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._vehicles = Documents(database["vehicles"], Mapper(Vehicle, key="vehicle_id"), sealer=sealer)

    async def get(self, vehicle_id: str, work: UnitOfWork | None = None) -> Vehicle | None:
        """Return a vehicle."""
        return await self._vehicles.get(vehicle_id, work)

    async def of_owner(self, owner: Owner, ended: bool = False, work: UnitOfWork | None = None) -> list[Vehicle]:
        """Return the vehicles of an owner, the newest first; with `ended` the former ones too."""
        field = "resident_id" if owner.resident_id else "employer_id"
        steps = stages([{field: owner.resident_id or owner.employer_id}, {} if ended else {"until": None}])
        steps += [{"$limit": MOST_OF_AN_OWNER}]
        session = work.session if work else None
        rows = await self._vehicles.collection.aggregate(steps, session=session).to_list(MOST_OF_AN_OWNER)
        return sorted(self._vehicles.mapper.read_each(rows), key=lambda one: one.vehicle_id, reverse=True)

    async def page(self, path: str, ended: bool, after: str, limit: int) -> tuple[list[Vehicle], str | None]:
        """Return up to `limit` vehicles whose owners lie within the path, and what names the last."""
        also: Document = {} if ended else {"until": None}
        rows, following = await page(self._vehicles.collection, path, after, limit, also=also)
        return self._vehicles.mapper.read_each(rows), following

    async def put(self, vehicle: Vehicle, work: UnitOfWork) -> None:
        """Store a vehicle, new or changed."""
        await self._vehicles.put(vehicle, work)
