"""Passages in the store."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.checkpoint.domain.presence import Row
from services.checkpoint.store.pages import DAY_S, After, by_id, page, up_to
from shared.base import area
from shared.base.ids import derived_id
from shared.events.checkpoint import PassageRecorded
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, UpdateOne, insert_new

PASSAGE_RETENTION_S = 30 * DAY_S
PASSAGE_RETENTION = timedelta(seconds=PASSAGE_RETENTION_S)
_STEPS_S = (1, 10, 100, 1_000, 10_000, 100_000, PASSAGE_RETENTION_S)

INDEXES = {
    "passages": [
        IndexModel([("resident_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("gate_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("device_id", ASCENDING), ("seq", ASCENDING)]),
        IndexModel([("at", ASCENDING), ("_id", ASCENDING)]),
    ],
    "reused": [IndexModel([("at", ASCENDING)], expireAfterSeconds=PASSAGE_RETENTION_S)],
}


class Passages:
    """The named queries over passages."""

    def __init__(self, database: Database) -> None:
        self._passages = database["passages"]
        self._reused = database["reused"]

    async def add(self, rows: Sequence[Document]) -> tuple[dict[str, Document], set[str]]:
        """Store the passages that are not there yet, one a scan id; return what is stored by id, and which were new."""
        first: dict[str, Document] = {}
        for row in rows:
            first.setdefault(row["_id"], row)
        new = await insert_new(self._passages, list(first.values()))
        return first | await by_id(self._passages, list(first.keys() - new)), new

    async def add_reused(self, rows: Iterable[Document]) -> int:
        """Keep other scans with an id that is taken, apart from the passages; return how many were not kept yet."""
        return len(await insert_new(self._reused, [_apart(row) for row in rows]))

    async def add_told(self, rows: Iterable[Document]) -> None:
        """Keep, beside the verdicts that count, those that were told later on the same scans."""
        writes = [UpdateOne({"_id": row["_id"]}, {"$addToSet": {"also_told": row["verdict"]}}) for row in rows]
        if writes:
            await self._passages.bulk_write(writes, ordered=False)

    async def forget(self, now: datetime) -> int:
        """Remove the passages that have been kept long enough; return how many they were."""
        return (await self._passages.delete_many({"at": {"$lt": now - PASSAGE_RETENTION}})).deleted_count

    async def around(self, rows: Sequence[Row], wide: timedelta) -> list[Document]:
        """Return the passages of one resident from `wide` before the first of the rows to `wide` after the last."""
        times = [row["at"] for row in rows]
        resident_id = rows[0]["resident_id"]
        # One resident a query: the embedded store reads everything for an $in together with a range.
        at = {"$gte": min(times) - wide} | up_to(max(times) + wide)
        return await self._passages.find({"resident_id": resident_id, "at": at}).to_list(None)

    async def find(
        self, who: dict[str, str], within: str, since: datetime, until: datetime, after: After | None, limit: int
    ) -> list[Document]:
        """Return passages of a resident, at a gate or both in the order of their times, a page at a time."""
        (name, value), *others = who.items()  # the first has an index together with the time
        further = [area.query(within), dict(others)]
        if after:
            since = max(since, after.at)  # a later page does not read the earlier ones again
            further.append({"$or": [{"at": {"$gt": after.at}}, {"_id": {"$gt": after.id}}]})
        indexed = {name: value, "at": {"$gte": since, "$lt": until}}
        return await page(self._passages, indexed, further, {"at": 1, "_id": 1}, limit)

    async def seqs_of(self, device_id: str, after: int, upto: int | None, limit: int) -> list[int]:
        """Return up to `limit` numbers of the device's passages behind `after`, up to `upto`: the index holds them."""
        wanted: Document = {"$gt": after} if upto is None else {"$gt": after, "$lte": upto}
        numbers = self._passages.find({"device_id": device_id, "seq": wanted}, {"_id": 0, "seq": 1})
        return [row["seq"] for row in await numbers.sort("seq", 1).limit(limit).to_list(None)]

    async def numbered(self, device_id: str, seq: int) -> Document | None:
        """Return a passage of the device with that number."""
        return await self._passages.find_one({"device_id": device_id, "seq": seq})

    async def recorded_since(self, at: datetime) -> bool:
        """Whether any passage of that instant or later is stored."""
        # The embedded store reads all that an index range holds before it gives the first: so by growing steps.
        for seconds in _STEPS_S:
            step = {"$gte": at, "$lt": at + timedelta(seconds=seconds)}
            if await self._passages.find_one({"at": step}, {"_id": 1}):
                return True
        return False

    async def latest(
        self, resident_id: str, within: str, since: datetime, until: datetime, limit: int
    ) -> list[Document]:
        """Return the newest passages of a resident at gates within the path, the newest first."""
        indexed = {"resident_id": resident_id, "at": {"$gte": since, "$lt": until}}
        return await page(self._passages, indexed, [area.query(within)], {"at": -1, "_id": -1}, limit)

    async def near(self, gate_id: str, at: datetime, window: timedelta, limit: int) -> list[Document]:
        """Return whose passages lie at the gate within `window` before and after, up to `limit` of them."""
        times = {"gate_id": gate_id, "at": {"$gte": at - window} | up_to(at + window)}
        fields = {"resident_id": 1, "at": 1, "vehicle_scan_id": 1}
        return await self._passages.find(times, fields).limit(limit).to_list(limit)


def passage_row(passage: PassageRecorded) -> Document:
    """Return a passage as it is stored."""
    row = passage.model_dump(mode="python")
    row["_id"] = row.pop("scan_id")
    plain = {name: str(value) if isinstance(value, str) else value for name, value in row.items()}
    return plain | {"reasons": list(passage.reasons)}


def _apart(row: Document) -> Document:
    said = (row["_id"], row["gate_id"], row["direction"], str(row["seq"]), row["at"].isoformat(), row["subject"])
    return row | {"_id": derived_id("reused", *said), "scan_id": row["_id"]}
