"""Journeys and lists of risk regions in the store."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

from services.registration.domain.journeys import WATCHED_DAYS, Journey
from services.registration.domain.risk_lists import RiskList
from shared.base.sealing import Sealer
from shared.events.registration import Risk
from shared.store.counting import count
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "journeys": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_id", ASCENDING)]),
        IndexModel([("arrives_on", ASCENDING), ("_id", ASCENDING)]),
    ],
    "risk_lists": [IndexModel([("day", ASCENDING)])],
}


class Journeys:
    """The named queries over journeys and risk lists."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._journeys = Documents(database["journeys"], Mapper(Journey, derived=_journey_key), sealer=sealer)
        self._risk_lists = Documents(database["risk_lists"], Mapper(RiskList, derived=_list_key))

    async def get(self, journey_id: str, work: UnitOfWork | None = None) -> Journey | None:
        """Return a declared journey; its plate is sealed."""
        return await self._journeys.get(journey_id, work)

    def every(self) -> AsyncIterator[Journey]:
        """Yield every declared journey, in no order."""
        return self._journeys.every()

    async def insert(self, journey: Journey, work: UnitOfWork) -> None:
        """Store a declared journey, its plate sealed."""
        await self._journeys.insert([journey], work)

    async def put(self, journey: Journey, work: UnitOfWork) -> None:
        """Store a changed journey, its plate sealed. Of two units of work that put it at once, one is retried."""
        await self._journeys.put(journey, work)

    async def page(
        self, path: str, after: str, limit: int, state: str | None, today: date, days_before: int
    ) -> tuple[list[Journey], str | None]:
        """Return up to `limit` journeys of residents within the path, door by door, and what names the last.

        They stand as `state` says on that day, or wait for a second person; None: all.
        """
        also = _standing(state, today, days_before) if state else None
        rows, following = await page(self._journeys.collection, path, after, limit, also=also)
        return self._journeys.mapper.read_each(rows), following

    async def count(self, path: str, state: str, today: date, days_before: int) -> int:
        """Return how many journeys of residents within the path stand as `state` says on that day."""
        return await count(self._journeys.collection, path, also=_standing(state, today, days_before))

    async def arriving(self, day: date, after: str, limit: int, work: UnitOfWork) -> list[Journey]:
        """Return up to `limit` journeys that arrive on a day, by their ids, those behind `after`."""
        condition = {"arrives_on": day.isoformat(), "_id": {"$gt": after}}
        rows = self._journeys.collection.find(condition, session=work.session).sort("_id", ASCENDING).limit(limit)
        return self._journeys.mapper.read_each(await rows.to_list(None))

    async def next_arrival(self, day: date, work: UnitOfWork) -> date | None:
        """Return the next day after that one on which a journey arrives."""
        later = {"arrives_on": {"$gt": day.isoformat()}}
        row = await self._journeys.collection.find_one(
            later, {"arrives_on": 1}, sort=[("arrives_on", ASCENDING)], session=work.session
        )
        return date.fromisoformat(row["arrives_on"]) if row else None

    async def put_risk_list(self, listed: RiskList, work: UnitOfWork) -> None:
        """Store the risk regions that count from a day on."""
        await self._risk_lists.put(listed, work)

    async def list_of(self, day: date, work: UnitOfWork) -> RiskList | None:
        """Return the list that begins on that very day."""
        return await self._risk_lists.get(day.isoformat(), work)

    async def risk_lists(self, limit: int) -> list[RiskList]:
        """Return the latest lists, the newest day first."""
        rows = self._risk_lists.collection.find().sort("day", -1).limit(limit)
        return self._risk_lists.mapper.read_each(await rows.to_list(None))

    async def risk_list(self, day: date) -> RiskList | None:
        """Return the list in force on that day."""
        row = await self._risk_lists.collection.find_one({"day": {"$lte": day.isoformat()}}, sort=[("day", -1)])
        return self._risk_lists.mapper.read(row) if row else None


def _standing(state: str, today: date, days_before: int) -> Document:
    """Return the condition on journeys that stand so on a day, as `state_of` and `falls_back_at` have it."""
    near = (today + timedelta(days=days_before)).isoformat()
    watched = (today - timedelta(days=WATCHED_DAYS)).isoformat()
    counts: Document = {"cancelled": {"$ne": True}}
    taken_back: Document = {"cancelled": True}
    return {
        "planned": counts | {"arrives_on": {"$gt": near}},
        "current": counts | {"arrives_on": {"$lte": near, "$gte": watched}},
        "past": counts | {"arrives_on": {"$lt": watched}},
        "cancelled": taken_back | {"refused_by": None},
        "refused": taken_back | {"refused_by": {"$ne": None}},
        "waiting": counts
        | {"stated_by": {"$ne": None}, "confirmed_by": None, "risk": Risk.MEDIUM.value}
        | {"departs_on": {"$gt": watched}},
    }[state]


def _journey_key(journey: Journey) -> Document:
    return {"_id": journey.journey_id}  # beside `journey_id`, which the version before this one reads


def _list_key(listed: RiskList) -> Document:
    return {"_id": listed.day.isoformat()}
