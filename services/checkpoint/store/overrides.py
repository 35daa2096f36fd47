"""Overrides in the store: passages for which a gate overrode its verdict, and their reviews."""

from collections.abc import Sequence
from datetime import datetime

from services.checkpoint.domain.reviews import Override, Review
from services.checkpoint.store.retention import OVERRIDES_S
from services.checkpoint.store.reviews import add_review
from shared.base import area
from shared.base.sealing import Sealer
from shared.store.by_time import TimePosition, by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import every, known_ids
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "overrides": [
        IndexModel([("open", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=OVERRIDES_S),
    ]
}


class Overrides:
    """The named queries over overrides."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._overrides = Documents(database["overrides"], Mapper(Override, "override_id"), sealer=sealer)

    async def get(self, override_id: str, work: UnitOfWork | None = None) -> Override | None:
        """Return an override."""
        return await self._overrides.get(override_id, work)

    async def known_ids(self, ids: Sequence[str], work: UnitOfWork | None = None) -> set[str]:
        """Return which of the overrides are stored."""
        return await known_ids(self._overrides.collection, ids, session=work.session if work else None)

    async def insert(self, overrides: Sequence[Override], work: UnitOfWork) -> None:
        """Store new overrides."""
        await self._overrides.insert(overrides, work)

    async def add_review(self, override_id: str, review: Review, work: UnitOfWork) -> None:
        """Add a review to an override's history."""
        await add_review(self._overrides, override_id, review, work)

    async def within(
        self, path: str, is_open: bool, newest_first: bool, after: TimePosition | None, limit: int
    ) -> list[Override]:
        """Return overrides at gates within the path by their times, a page at a time."""
        only, further = {"open": is_open}, [area.query(path)]
        rows = await by_time(self._overrides.collection, only, further, after, limit, newest_first)
        return self._overrides.mapper.read_each(rows)

    async def count_within(self, path: str, late_before: datetime) -> tuple[int, int]:
        """Return how many overrides at gates within the path wait for a review since before that time, and in all."""
        made = await every(self._overrides.collection, path, {"open": True})
        return sum(row["at"] < late_before for row in made), len(made)

    async def count_open(self, since: datetime | None, until: datetime | None) -> int:
        """Return how many overrides wait for a review that were made from `since` on and before `until`."""
        at = {name: value for name, value in (("$gte", since), ("$lt", until)) if value}
        return await self._overrides.collection.count_documents({"open": True} | ({"at": at} if at else {}))
