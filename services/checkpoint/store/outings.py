"""The outings of households in the store, where exits are counted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared.events.checkpoint_outings import Outing
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"outings": [IndexModel([("newest_at", ASCENDING)])]}


@dataclass(frozen=True)
class Kept:
    """Who of a household went out lately; `home_path` is the door."""

    home_path: str
    area_path: str
    newest_at: datetime
    outings: tuple[Outing, ...] = ()


class HouseholdOutings:
    """The named queries over outings."""

    def __init__(self, database: Database) -> None:
        self._outings = Documents(database["outings"], Mapper(Kept, key="home_path"))

    async def each(self, home_paths: Collection[str], work: UnitOfWork) -> dict[str, Kept]:
        """Return what is kept of these households, by door."""
        return {kept.home_path: kept for kept in await self._outings.each(home_paths, work)}

    async def put(self, kept: Kept, work: UnitOfWork) -> None:
        """Store the outings of a household."""
        await self._outings.put(kept, work)

    async def past(self, before: datetime, limit: int, work: UnitOfWork) -> list[Kept]:
        """Return some households of which no resident went out since."""
        rows = self._outings.collection.find({"newest_at": {"$lt": before}}, session=work.session).limit(limit)
        return self._outings.mapper.read_each(await rows.to_list(None))

    async def remove(self, home_path: str, work: UnitOfWork) -> None:
        """Remove what is kept of a household."""
        await self._outings.collection.delete_one({"_id": home_path}, session=work.session)
