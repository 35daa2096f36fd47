"""What waits for an officer's review in the store: alerts, and passages that a gate overrode its verdict for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from services.checkpoint.store.pages import DAY_S, After, by_id, page
from shared.base import area
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

OVERRIDE_RETENTION_S = 365 * DAY_S

INDEXES = {
    "overrides": [
        IndexModel([("open", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=OVERRIDE_RETENTION_S),
    ]
}

Reviewed = Literal["alerts", "overrides"]


class Reviews:
    """The named queries over what is reviewed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._overrides = database["overrides"]

    async def get(self, kind: Reviewed, identity: str, work: UnitOfWork) -> Document | None:
        """Return an alert or an override."""
        return await self._database[kind].find_one({"_id": identity}, session=work.session)

    async def add(self, kind: Reviewed, identity: str, review: Document, work: UnitOfWork) -> None:
        """Add a review to the history of an alert or an override, which is open no more."""
        change = {"$push": {"reviews": review}, "$set": {"open": False}}
        await self._database[kind].update_one({"_id": identity}, change, session=work.session)

    async def known_overrides(self, ids: Sequence[str], work: UnitOfWork | None = None) -> set[str]:
        """Return which of the overrides are stored."""
        return set(await by_id(self._overrides, ids, work))

    async def insert_overrides(self, overrides: Iterable[Document], work: UnitOfWork) -> None:
        """Store new overrides."""
        if new := list(overrides):
            await self._overrides.insert_many(new, session=work.session)

    async def overrides_within(self, path: str, is_open: bool, after: After | None, limit: int) -> list[Document]:
        """Return overrides at gates within the path, the oldest first, a page at a time."""
        indexed: Document = {"open": is_open}
        further = [area.query(path)]
        if after:
            indexed["at"] = {"$gte": after.at}
            further.append({"$or": [{"at": {"$gt": after.at}}, {"_id": {"$gt": after.id}}]})
        return await page(self._overrides, indexed, further, {"at": 1, "_id": 1}, limit)

    async def count_open_overrides(self, since: datetime | None, until: datetime | None) -> int:
        """Return how many overrides wait for a review that were made from `since` on and before `until`."""
        at = {name: value for name, value in (("$gte", since), ("$lt", until)) if value}
        return await self._overrides.count_documents({"open": True} | ({"at": at} if at else {}))
