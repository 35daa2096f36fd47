"""Moves of places and the places as they were before, in the store. None is ever removed."""

from collections.abc import Collection
from datetime import date

from services.registration.domain.place_moves import FormerPlace, PlaceMove, State
from shared.base.sealing import Sealer
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.relocating import documents_moved
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "place_moves": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING)]),
    ],
    "former_places": [IndexModel([("path", ASCENDING), ("_id", ASCENDING)])],
}


class PlaceMoves:
    """The named queries over moves."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._moves = Documents(database["place_moves"], Mapper(PlaceMove, key="move_id"), sealer=sealer)
        self._former = Documents(database["former_places"], Mapper(FormerPlace, key="former_id"), revised=False)

    async def get(self, move_id: str, work: UnitOfWork | None = None) -> PlaceMove | None:
        """Return a move."""
        return await self._moves.get(move_id, work)

    async def put(self, move: PlaceMove, work: UnitOfWork) -> None:
        """Store a move, new or changed; what was decided goes into the log of acts."""
        await self._moves.put(move, work)
        facts = self._moves.mapper.document(move)
        work.log(Act(f"registration.PlaceMove.{move.state.value}", move.move_id, digest(facts), area=move.area_path))

    async def holding(self, work: UnitOfWork | None = None) -> list[PlaceMove]:
        """Return every move that was approved: a city has few, and each is short."""
        states = [State.RUNNING.value, State.DONE.value]
        return await self._moves.find({"state": {"$in": states}}, work)

    async def page(self, path: str, after: str, limit: int) -> tuple[list[PlaceMove], str | None]:
        """Return up to `limit` moves within the path, by their areas, and what names the last."""
        rows, following = await page(self._moves.collection, path, after, limit)
        return self._moves.mapper.read_each(rows), following

    async def moved(self, move_id: str) -> int:
        """Return how many documents of this service have followed a move."""
        return await documents_moved(self._database, move_id)

    async def keep_former(self, former: Collection[FormerPlace], work: UnitOfWork) -> None:
        """Keep places as they were before a move."""
        await self._former.insert(list(former), work)

    async def former_at(self, paths: Collection[str]) -> list[FormerPlace]:
        """Return the places that once had one of these paths."""
        return await self._former.each(paths, by="path")

    async def former_page(self, path: str, day: date, after: str, limit: int) -> tuple[list[FormerPlace], str | None]:
        """Return up to `limit` places within the path that had another path or parent after that day, by paths."""
        then: Document = {"until": {"$gt": day.isoformat()}}
        then["$or"] = [{"since": None}, {"since": {"$lte": day.isoformat()}}]
        rows, following = await page(self._former.collection, path, after, limit, also=then, field="path")
        return self._former.mapper.read_each(rows), following
