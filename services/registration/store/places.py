"""The place tree in the store."""

from shared.store.claims import Claims
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import Page, every, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "places": [
        IndexModel([("path", ASCENDING)], name="path"),
        IndexModel([("level", ASCENDING), ("path", ASCENDING)]),
    ]
}
RETIRED_INDEXES = {"places": ["path_1"]}  # it was unique: a claim took its place


class Places:
    """The named queries over places."""

    def __init__(self, database: Database) -> None:
        self._places = database["places"]
        self._paths = Claims(database, "place", self._is_at)

    async def at(self, path: str, work: UnitOfWork | None = None) -> Document | None:
        """Return the place with that path."""
        return await self._places.find_one({"path": path}, session=work and work.session)

    async def page(self, path: str, level: str | None, after: str, limit: int) -> Page:
        """Return up to `limit` places at and below a path, in the order of their own paths."""
        return await page(self._places, path, after, limit, {"level": level} if level else {}, field="path")

    async def at_level(self, path: str, level: str) -> list[Document]:
        """Return every place of a level within a path."""
        return await every(self._places, path, {"level": level}, field="path")

    async def put(self, place: Document, work: UnitOfWork) -> None:
        """Store a place, new or changed."""
        await self._places.replace_one({"_id": place["_id"]}, place, upsert=True, session=work.session)

    async def claim(self, place: Document, work: UnitOfWork) -> None:
        """Let the place be the one at its path. Raises what `Claims.take` does."""
        await self._paths.take(place["path"], place["_id"], work)

    async def _is_at(self, place_id: str, path: str, work: UnitOfWork) -> bool:
        found = await self._places.find_one({"_id": place_id}, {"path": 1}, session=work.session)
        return found is not None and found["path"] == path
