"""Checkpoint's store: gates, passages, presence, alerts and who read a trajectory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from shared import area
from shared.events.checkpoint import Direction, PassageRecorded, Verdict
from shared.ids import derived_id, new_id
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Collection,
    Database,
    Document,
    IndexModel,
    UpdateOne,
    find_each,
    insert_new,
)
from shared.unit_of_work import UnitOfWork

DAY_S = 86_400
PASSAGE_RETENTION_S = 30 * DAY_S
PRESENCE_RETENTION_S = 90 * DAY_S
ALERT_RETENTION_S = 365 * DAY_S
READING_RETENTION_S = 3 * 365 * DAY_S

INDEXES = {
    "passages": [
        IndexModel([("resident_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("gate_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=PASSAGE_RETENTION_S),
    ],
    "reused": [IndexModel([("at", ASCENDING)], expireAfterSeconds=PASSAGE_RETENTION_S)],
    "presence": [
        IndexModel([("last.inside", ASCENDING)]),
        IndexModel([("last.at", ASCENDING)], expireAfterSeconds=PRESENCE_RETENTION_S),
    ],
    "alerts": [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=ALERT_RETENTION_S),
    ],
    "gates": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "readings": [IndexModel([("at", ASCENDING)], expireAfterSeconds=READING_RETENTION_S)],
}


class After(NamedTuple):
    """The row behind which a page begins: its time and its id."""

    at: datetime
    id: str


class Store:
    """The named queries of checkpoint."""

    def __init__(self, database: Database) -> None:
        self._gates = database["gates"]
        self._passages = database["passages"]
        self._reused = database["reused"]
        self._presence = database["presence"]
        self._alerts = database["alerts"]
        self._readings = database["readings"]

    async def gate(self, gate_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a gate."""
        return await self._gates.find_one({"_id": gate_id}, session=work and work.session)

    async def gates_within(self, path: str, after: str, limit: int) -> list[Document]:
        """Return up to `limit` gates of places within the path whose id follows `after`."""
        further = [area.query(path), {"_id": {"$gt": after}}]
        return await _page(self._gates, _range(path, "area_path"), further, {"_id": 1}, limit)

    async def put_gate(self, gate: Document, work: UnitOfWork) -> None:
        """Store a gate."""
        await self._gates.replace_one({"_id": gate["_id"]}, gate, upsert=True, session=work.session)

    async def add_passages(self, rows: Sequence[Document]) -> dict[str, Document]:
        """Store the passages that are not there yet, one a scan id; return what is stored for each id."""
        first: dict[str, Document] = {}
        for row in rows:
            first.setdefault(row["_id"], row)
        if await insert_new(self._passages, list(first.values())) == len(first):
            return first
        return first | await _by_id(self._passages, list(first))

    async def add_reused(self, rows: Iterable[Document]) -> int:
        """Keep other scans with an id that is taken, apart from the passages; return how many were not kept yet."""
        return await insert_new(self._reused, [_apart(row) for row in rows])

    async def note_presence(self, rows: Iterable[Document]) -> None:
        """Keep where each resident is by the newest allowed passage; a late or repeated one changes nothing."""
        allowed = [row for row in rows if row["resident_id"] and row["verdict"] == Verdict.ALLOW]
        newest = {row["resident_id"]: row for row in sorted(allowed, key=lambda row: row["at"])}
        if newest:
            await self._presence.bulk_write([_moved(row) for row in newest.values()], ordered=False)

    async def inside(self, path: str) -> dict[str, int]:
        """Return how many residents are inside each of the places within the path where there are any."""
        stages = _matches(_range(path, "last.inside"), [area.query(path, "last.inside")])
        stages += [{"$group": {"_id": "$last.inside", "inside": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
        return {row["_id"]: row["inside"] async for row in self._presence.aggregate(stages)}

    async def known_alerts(self, ids: Sequence[str], work: UnitOfWork | None = None) -> set[str]:
        """Return which of the alerts are stored."""
        return set(await _by_id(self._alerts, ids, work))

    async def insert_alerts(self, alerts: Sequence[Document], work: UnitOfWork) -> None:
        """Store new alerts."""
        if alerts:
            await self._alerts.insert_many(alerts, session=work.session)

    async def alerts_within(self, path: str, since: datetime, before: After | None, limit: int) -> list[Document]:
        """Return alerts at gates within the path, the newest first, a page at a time."""
        at: Document = {"$gte": since}
        further = [area.query(path)]
        if before:
            at["$lte"] = before.at
            further.append({"$or": [{"at": {"$lt": before.at}}, {"_id": {"$lt": before.id}}]})
        return await _page(self._alerts, {"at": at}, further, {"at": -1, "_id": -1}, limit)

    async def passages(
        self, who: dict[str, str], within: str, since: datetime, until: datetime, after: After | None, limit: int
    ) -> list[Document]:
        """Return passages of a resident, at a gate or both in the order of their times, a page at a time."""
        (name, value), *others = who.items()  # the first has an index together with the time
        further = [area.query(within), dict(others)]
        if after:
            since = max(since, after.at)  # a later page does not read the earlier ones again
            further.append({"$or": [{"at": {"$gt": after.at}}, {"_id": {"$gt": after.id}}]})
        indexed = {name: value, "at": {"$gte": since, "$lt": until}}
        return await _page(self._passages, indexed, further, {"at": 1, "_id": 1}, limit)

    async def note_reading(self, reader: str, resident_id: str, purpose: str, at: datetime) -> None:
        """Record who read a trajectory, and why (R2.8)."""
        row = {"_id": new_id(), "reader": reader, "resident_id": resident_id, "purpose": purpose, "at": at}
        await self._readings.insert_one(row)


def passage_row(passage: PassageRecorded) -> Document:
    """Return a passage as it is stored."""
    row = passage.model_dump(mode="python")
    row["_id"] = row.pop("scan_id")
    plain = {name: str(value) if isinstance(value, str) else value for name, value in row.items()}
    return plain | {"reasons": list(passage.reasons)}


def _range(path: str, field: str) -> Document:
    """Return the range of an index in which everything within the path lies, and little else."""
    return {field: {"$gte": path, "$lt": f"{path}0"} if path != "/" else {"$gte": "/"}}


def _matches(indexed: Document, further: Iterable[Document]) -> list[Document]:
    # A server of MongoDB's makes one condition of all the stages. The embedded one finds an index for the first stage
    # alone, and for none that holds an $or.
    return [{"$match": condition} for condition in (indexed, *further) if condition]


async def _page(
    collection: Collection, indexed: Document, further: Iterable[Document], order: dict[str, int], limit: int
) -> list[Document]:
    stages = [*_matches(indexed, further), {"$sort": order}, {"$limit": limit}]
    return await collection.aggregate(stages).to_list(limit)


def _apart(row: Document) -> Document:
    said = (row["_id"], row["gate_id"], row["direction"], str(row["seq"]), row["at"].isoformat(), row["subject"])
    return row | {"_id": derived_id("reused", *said), "scan_id": row["_id"]}


def _moved(row: Document) -> UpdateOne:
    # Documents compare by their first field first: $max keeps the newest in one operation, whatever comes when.
    inside = row["area_path"] if row["direction"] == Direction.IN else None
    return UpdateOne({"_id": row["resident_id"]}, {"$max": {"last": {"at": row["at"], "inside": inside}}}, upsert=True)


async def _by_id(collection: Collection, ids: Sequence[str], work: UnitOfWork | None = None) -> dict[str, Document]:
    return {row["_id"]: row for row in await find_each(collection, ids, session=work.session if work else None)}
