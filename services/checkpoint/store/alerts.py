"""Alerts in the store."""

from collections.abc import Sequence
from datetime import datetime

from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.reviews import Review
from services.checkpoint.store.retention import ALERTS_S
from services.checkpoint.store.reviews import add_review
from shared.base import area
from shared.base.sealing import Sealer
from shared.store.by_time import TimePosition, by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.queries import known_ids
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "alerts": [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=ALERTS_S),
    ]
}


class Alerts:
    """The named queries over alerts."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._alerts = Documents(database["alerts"], Mapper(Alert, "alert_id"), sealer=sealer)

    async def get(self, alert_id: str, work: UnitOfWork) -> Alert | None:
        """Return an alert."""
        return await self._alerts.get(alert_id, work)

    async def known_ids(self, ids: Sequence[str], work: UnitOfWork | None = None) -> set[str]:
        """Return which of the alerts are stored."""
        return await known_ids(self._alerts.collection, ids, session=work.session if work else None)

    async def insert(self, alerts: Sequence[Alert], work: UnitOfWork) -> None:
        """Store new alerts."""
        await self._alerts.insert(alerts, work)

    async def add_review(self, alert_id: str, review: Review, work: UnitOfWork) -> None:
        """Add a review to an alert's history."""
        await add_review(self._alerts, alert_id, review, work)

    async def within(
        self,
        path: str,
        since: datetime,
        newest_first: bool,
        after: TimePosition | None,
        limit: int,
        reviewed: bool | None = None,
    ) -> list[Alert]:
        """Return alerts at gates within the path by their times, a page at a time; all, or those (not) reviewed."""
        further: list[Document] = [area.query(path)]
        if reviewed is not None:
            further.append({"open": False if reviewed else {"$ne": False}})
        rows = await by_time(self._alerts.collection, {}, further, after, limit, newest_first, since=since)
        return self._alerts.mapper.read_each(rows)
