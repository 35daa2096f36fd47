"""Alerts in the store."""

from collections.abc import Sequence
from datetime import datetime

from services.checkpoint.store.pages import DAY_S, After, by_id, page
from shared.base import area
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

ALERT_RETENTION_S = 365 * DAY_S

INDEXES = {
    "alerts": [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=ALERT_RETENTION_S),
    ]
}


class Alerts:
    """The named queries over alerts."""

    def __init__(self, database: Database) -> None:
        self._alerts = database["alerts"]

    async def known(self, ids: Sequence[str], work: UnitOfWork | None = None) -> set[str]:
        """Return which of the alerts are stored."""
        return set(await by_id(self._alerts, ids, work))

    async def insert(self, alerts: Sequence[Document], work: UnitOfWork) -> None:
        """Store new alerts."""
        if alerts:
            await self._alerts.insert_many(alerts, session=work.session)

    async def within(
        self, path: str, since: datetime, before: After | None, limit: int, reviewed: bool | None = None
    ) -> list[Document]:
        """Return alerts at gates within the path, the newest first, a page at a time; all, or those (not) reviewed."""
        at: Document = {"$gte": since}
        further = [area.query(path)]
        if reviewed is not None:
            further.append({"open": False if reviewed else {"$ne": False}})
        if before:
            at["$lte"] = before.at
            further.append({"$or": [{"at": {"$lt": before.at}}, {"_id": {"$lt": before.id}}]})
        return await page(self._alerts, {"at": at}, further, {"at": -1, "_id": -1}, limit)
