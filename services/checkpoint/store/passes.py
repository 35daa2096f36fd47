"""Who left by which pass, in the store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared.events.checkpoint_passes import PassUse
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"pass_uses": [IndexModel([("newest_at", ASCENDING)])]}


@dataclass(frozen=True)
class UsesKept:
    """Who left by a pass so far."""

    exit_id: str
    area_path: str
    newest_at: datetime
    uses: tuple[PassUse, ...] = ()


class PassUses:
    """The named queries over uses of passes."""

    def __init__(self, database: Database) -> None:
        self._uses = Documents(database["pass_uses"], Mapper(UsesKept, key="exit_id"))

    async def each(self, exit_ids: Collection[str], work: UnitOfWork) -> dict[str, UsesKept]:
        """Return what is kept of these passes, by id."""
        return {kept.exit_id: kept for kept in await self._uses.each(exit_ids, work)}

    async def put(self, kept: UsesKept, work: UnitOfWork) -> None:
        """Store the uses of a pass."""
        await self._uses.put(kept, work)

    async def past(self, before: datetime, limit: int, work: UnitOfWork) -> list[UsesKept]:
        """Return some passes by which no person left since."""
        rows = self._uses.collection.find({"newest_at": {"$lt": before}}, session=work.session).limit(limit)
        return self._uses.mapper.read_each(await rows.to_list(None))

    async def remove(self, exit_id: str, work: UnitOfWork) -> None:
        """Remove what is kept of a pass."""
        await self._uses.collection.delete_one({"_id": exit_id}, session=work.session)
