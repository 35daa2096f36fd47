"""Reports of returnees in the store: their words are sealed, of the reporter it holds a keyed hash alone."""

from datetime import datetime

from services.registration.domain.returnee_reports import ReturneeReport
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.events.registration_reports import ReportState
from shared.store.by_time import TimePosition, by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "returnee_reports": [
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("reporter", ASCENDING), ("reported_at", ASCENDING)]),
    ]
}


class ReturneeReports:
    """The named queries over reports of returnees."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._reports = Documents(database["returnee_reports"], Mapper(ReturneeReport, key="report_id"), sealer=sealer)

    async def get(self, report_id: str, work: UnitOfWork | None = None) -> ReturneeReport | None:
        """Return one."""
        return await self._reports.get(report_id, work)

    async def count_since(self, reporter: str, since: datetime, work: UnitOfWork) -> int:
        """Return how many one reporter has made since then."""
        condition = {"reporter": reporter, "reported_at": {"$gte": since}}
        rows = self._reports.collection.find(condition, {"_id": 1}, session=work.session)
        return len(await rows.to_list(None))

    async def page(
        self, area: str, state: ReportState, latest_first: bool, after: TimePosition | None, limit: int
    ) -> list[ReturneeReport]:
        """Return up to `limit` reports from within the area, by the time when they are due, those behind `after`."""
        only, within = {"state": state.value}, [query(area)]
        rows = await by_time(self._reports.collection, only, within, after, limit, latest_first, field="due_at")
        return self._reports.mapper.read_each(rows)

    async def put(self, report: ReturneeReport, work: UnitOfWork) -> None:
        """Store one, new or decided."""
        await self._reports.put(report, work)
