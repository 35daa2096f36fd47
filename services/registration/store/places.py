"""The place tree in the store."""

from collections.abc import Collection
from datetime import date

from services.registration.domain.places import Place
from shared.events.registration import PlaceLevel
from shared.store.by_field import beginning
from shared.store.claims import Claims
from shared.store.counting import count
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import every, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "places": [
        IndexModel([("path", ASCENDING)], name="path"),
        IndexModel([("level", ASCENDING), ("path", ASCENDING)]),
        IndexModel([("keepers.person_id", ASCENDING)]),
    ]
}
RETIRED_INDEXES = {"places": ["path_1"]}  # it was unique: a claim replaces it


class Places:
    """The named queries over places."""

    def __init__(self, database: Database) -> None:
        self._places = Documents(database["places"], Mapper(Place, key="place_id"))
        self._paths = Claims(database, "place", self._is_at)

    async def get(self, place_id: str, work: UnitOfWork | None = None) -> Place | None:
        """Return a place."""
        return await self._places.get(place_id, work)

    async def at(self, path: str, work: UnitOfWork | None = None) -> Place | None:
        """Return the place with that path."""
        return await self._places.first({"path": path}, work)

    async def at_each(self, paths: Collection[str]) -> list[Place]:
        """Return those of the places at these paths that exist."""
        return await self._places.each(paths, by="path")

    async def answered_for_by(self, person_id: str, work: UnitOfWork | None) -> list[str]:
        """Return the paths of the places that a person answers for, in order."""
        return sorted(place.path for place in await self._places.find({"keepers.person_id": person_id}, work))

    async def names(self, paths: Collection[str]) -> dict[str, str]:
        """Return the names of the places at these paths, by path."""
        return {place.path: place.name for place in await self._places.each(paths, by="path")}

    async def page(
        self, path: str, level: PlaceLevel | None, q: str, after: str, limit: int
    ) -> tuple[list[Place], str | None]:
        """Return up to `limit` places at and below a path, in the order of their own, and what names the last."""
        only, also = {"level": level.value} if level else {}, beginning("name", q) | {"closed": {"$ne": True}}
        rows, following = await page(self._places.collection, path, after, limit, only, also, field="path")
        return self._places.mapper.read_each(rows), following

    async def at_level(self, path: str, level: PlaceLevel) -> list[Place]:
        """Return every place of a level within a path."""
        rows = await every(self._places.collection, path, {"level": level.value}, field="path")
        return [place for place in self._places.mapper.read_each(rows) if not place.closed]

    async def some(self, path: str, after: str, limit: int) -> tuple[list[Place], str | None]:
        """Return up to `limit` places at and below a path, closed ones too, and what names the last."""
        rows, following = await page(self._places.collection, path, after, limit, field="path")
        return self._places.mapper.read_each(rows), following

    async def page_on(self, path: str, day: date, after: str, limit: int) -> tuple[list[Place], str | None]:
        """Return up to `limit` places at and below a path that have had it since that day or before."""
        then: Document = {"closed": {"$ne": True}, "$or": [{"since": None}, {"since": {"$lte": day.isoformat()}}]}
        rows, following = await page(self._places.collection, path, after, limit, also=then, field="path")
        return self._places.mapper.read_each(rows), following

    async def first_below(self, path: str, after: str) -> str | None:
        """Return the path of the first place below a path that follows `after`; closed ones count."""
        rows, _ = await page(self._places.collection, path, f"{after or path}|~", 1, field="path")
        return str(rows[0]["path"]) if rows else None

    async def count(self, path: str) -> int:
        """Return how many places there are at and below a path."""
        return await count(self._places.collection, path, also={"closed": {"$ne": True}}, field="path")

    async def release(self, path: str, place_id: str, work: UnitOfWork) -> None:
        """Let another place be the one at a path that the place has left."""
        await self._paths.release(path, place_id, work)

    async def put(self, place: Place, work: UnitOfWork) -> None:
        """Store a place, new or changed."""
        await self._places.put(place, work)

    async def claim(self, place: Place, work: UnitOfWork) -> None:
        """Let the place be the one at its path. Raises what `Claims.take` does."""
        await self._paths.take(place.path, place.place_id, work)

    async def _is_at(self, place_id: str, path: str, work: UnitOfWork) -> bool:
        place = await self._places.get(place_id, work)
        return place is not None and place.path == path
