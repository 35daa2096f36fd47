"""Journeys and lists of risk regions in the store."""

from collections.abc import Mapping
from datetime import date

from shared.events.registration import Risk
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import Page, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "journeys": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]), IndexModel([("resident_id", ASCENDING)])],
    "risk_lists": [IndexModel([("day", ASCENDING)])],
}


class Journeys:
    """The named queries over journeys and risk lists."""

    def __init__(self, database: Database) -> None:
        self._journeys = database["journeys"]
        self._risk_lists = database["risk_lists"]

    async def get(self, journey_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a declared journey."""
        return await self._journeys.find_one({"_id": journey_id}, session=work and work.session)

    async def insert(self, journey: Document, work: UnitOfWork) -> None:
        """Store a declared journey."""
        await self._journeys.insert_one(journey, session=work.session)

    async def page(self, path: str, after: str, limit: int) -> Page:
        """Return up to `limit` journeys of residents within the path, door by door."""
        return await page(self._journeys, path, after, limit)

    async def put_risk_list(self, day: date, regions: Mapping[str, Risk]) -> None:
        """Store the risk regions that count from that day on."""
        rows = [{"region": region, "risk": risk.value} for region, risk in sorted(regions.items())]
        listed = {"day": day.isoformat(), "regions": rows}
        await self._risk_lists.replace_one({"_id": day.isoformat()}, listed, upsert=True)

    async def risk_list(self, day: date) -> tuple[date, list[tuple[str, Risk]]] | None:
        """Return the list in force on that day, with its date."""
        found = await self._risk_lists.find_one({"day": {"$lte": day.isoformat()}}, sort=[("day", -1)])
        if found is None:
            return None
        return date.fromisoformat(found["_id"]), [(r["region"], Risk(r["risk"])) for r in found["regions"]]
