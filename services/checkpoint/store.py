"""Checkpoint's store: gates, passages, presence, alerts and who read a trajectory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared import area
from shared.events.checkpoint import Direction, PassageRecorded, Verdict
from shared.ids import new_id
from shared.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel, UpdateOne, insert_new
from shared.unit_of_work import UnitOfWork

PASSAGE_RETENTION_S = 30 * 86_400

INDEXES = {
    "passages": [
        IndexModel([("resident_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("gate_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("area_path", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=PASSAGE_RETENTION_S),
    ],
    "presence": [IndexModel([("inside", ASCENDING)])],
    "alerts": [IndexModel([("area_path", ASCENDING), ("_id", DESCENDING)]), IndexModel([("resident_id", ASCENDING)])],
    "gates": [IndexModel([("area_path", ASCENDING)])],
}


class Store:
    """The named queries of checkpoint."""

    def __init__(self, database: Database) -> None:
        self._gates = database["gates"]
        self._passages = database["passages"]
        self._presence = database["presence"]
        self._alerts = database["alerts"]
        self._readings = database["readings"]

    async def gate(self, gate_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a gate."""
        return await self._gates.find_one({"_id": gate_id}, session=work and work.session)

    async def gates_within(self, path: str) -> list[Document]:
        """Return the gates of places within the path."""
        return await self._gates.find(area.query(path)).sort("_id", 1).to_list(None)

    async def put_gate(self, gate: Document, work: UnitOfWork) -> None:
        """Store a gate."""
        await self._gates.replace_one({"_id": gate["_id"]}, gate, upsert=True, session=work.session)

    async def add_passages(self, passages: Sequence[PassageRecorded]) -> int:
        """Store the passages that are not there yet, one a scan id; return how many were new."""
        return await insert_new(self._passages, [_passage(p) for p in passages])

    async def note_presence(self, passages: Sequence[PassageRecorded]) -> None:
        """Keep where each resident is by the newest allowed passage; a late or repeated one changes nothing."""
        writes = [_moved(p) for p in passages if p.resident_id and p.verdict is Verdict.ALLOW]
        if writes:
            await self._presence.bulk_write(writes)

    async def inside(self, path: str) -> int:
        """Return how many residents are inside the places within the path."""
        return await self._presence.count_documents(area.query(path, "inside"))

    async def known_alerts(self, ids: Sequence[str]) -> set[str]:
        """Return which of the alerts are stored."""
        return {a["_id"] async for a in self._alerts.find({"_id": {"$in": list(ids)}}, {"_id": 1})}

    async def insert_alerts(self, alerts: Sequence[Document], work: UnitOfWork) -> None:
        """Store new alerts."""
        await self._alerts.insert_many(alerts, session=work.session)

    async def alerts_within(self, path: str, limit: int) -> list[Document]:
        """Return the newest alerts at gates within the path."""
        return await self._alerts.find(area.query(path)).sort("at", -1).limit(limit).to_list(limit)

    async def passages(
        self, who: dict[str, str], within: str, since: datetime, until: datetime, after: str, limit: int
    ) -> list[Document]:
        """Return passages by resident or gate in the order of their times, a page at a time."""
        condition: dict[str, Any] = who | {"at": {"$gte": since, "$lt": until}}
        clauses = [condition, area.query(within)]
        if after:
            at, _, scan_id = after.partition("/")
            then = datetime.fromisoformat(at)
            clauses.append({"$or": [{"at": {"$gt": then}}, {"at": then, "_id": {"$gt": scan_id}}]})
        found = self._passages.find({"$and": [c for c in clauses if c]}).sort([("at", 1), ("_id", 1)])
        return await found.limit(limit).to_list(limit)

    async def note_reading(self, reader: str, resident_id: str, purpose: str, at: datetime) -> None:
        """Record who read a trajectory, and why (R2.8)."""
        row = {"_id": new_id(), "reader": reader, "resident_id": resident_id, "purpose": purpose, "at": at}
        await self._readings.insert_one(row)


def _passage(passage: PassageRecorded) -> Document:
    document = passage.model_dump(mode="python")
    document["_id"] = document.pop("scan_id")
    return {name: str(value) if isinstance(value, str) else value for name, value in document.items()} | {
        "reasons": list(passage.reasons)
    }


def _moved(passage: PassageRecorded) -> UpdateOne:
    inside = passage.area_path if passage.direction is Direction.IN else None
    newer = {"$gt": [passage.at, {"$ifNull": ["$at", datetime.fromtimestamp(0, passage.at.tzinfo)]}]}
    update = {
        "inside": {"$cond": [newer, {"$literal": inside}, "$inside"]},
        "at": {"$cond": [newer, passage.at, "$at"]},
    }
    return UpdateOne({"_id": passage.resident_id}, [{"$set": update}], upsert=True)
