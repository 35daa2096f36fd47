"""Alerts in the store."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from services.checkpoint.domain.alerts import ANY, Alert, Wanted
from services.checkpoint.domain.reviews import Review
from services.checkpoint.store.retention import ALERTS_S
from services.checkpoint.store.reviews import add_review
from shared.base import area
from shared.base.sealing import Sealer
from shared.store.by_time import TimePosition, by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.queries import known_ids, stages
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "alerts": [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=ALERTS_S),
        IndexModel([("open", ASCENDING), ("area_path", ASCENDING), ("rule", ASCENDING)]),
    ]
}


class Alerts:
    """The named queries over alerts."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._alerts = Documents(database["alerts"], Mapper(Alert, "alert_id"), sealer=sealer)

    async def get(self, alert_id: str, work: UnitOfWork | None = None) -> Alert | None:
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
        wanted: Wanted = ANY,
    ) -> list[Alert]:
        """Return those alerts at gates within the path that are wanted by their times, a page at a time."""
        further: list[Document] = [area.query(path), _condition(wanted)]
        rows = await by_time(self._alerts.collection, {}, further, after, limit, newest_first, since=since)
        return self._alerts.mapper.read_each(rows)

    async def count_open(self, path: str) -> dict[str, int]:
        """Return how many alerts at gates within the path wait for a review, by rule."""
        steps = stages([{"open": _OPEN}, area.query(path)])
        steps.append({"$group": {"_id": "$rule", "count": {"$sum": 1}}})
        counts: Counter[str] = Counter()
        async for row in self._alerts.collection.aggregate(steps):
            counts[row["_id"]] += row["count"]
        return dict(sorted(counts.items()))


# An earlier version stored no `open` with an alert that waits.
_OPEN: Document = {"$ne": False}


def _condition(wanted: Wanted) -> Document:
    made: Document = {}
    if wanted.reviewed is not None:
        made["open"] = False if wanted.reviewed else _OPEN
    if wanted.rule is not None:
        made["rule"] = wanted.rule.value
    return made | ({"gate_id": wanted.gate_id} if wanted.gate_id else {})
