"""Passages in the store. They come in bulk, thousands a second, so msgspec reads and writes them here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from services.checkpoint.domain.contacts import Bystander
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.store.retention import PASSAGES_S
from shared.base import area
from shared.base.ids import derived_id
from shared.store.by_time import TimePosition, by_time, exists_since, newest_by_time, up_to
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, UpdateOne, insert_new
from shared.store.queries import find_each

PASSAGE_RETENTION = timedelta(seconds=PASSAGES_S)
COUNTED: Document = {"repeat_of": None}  # a repeat is no crossing of its own
_BYSTANDER = {"resident_id": 1, "at": 1, "vehicle_scan_id": 1}

INDEXES = {
    "passages": [
        IndexModel([("resident_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("gate_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("device_id", ASCENDING), ("seq", ASCENDING)]),
        IndexModel([("at", ASCENDING), ("_id", ASCENDING)]),
    ],
    "reused": [IndexModel([("at", ASCENDING)], expireAfterSeconds=PASSAGES_S)],
}


class Passages:
    """The named queries over passages."""

    def __init__(self, database: Database) -> None:
        self._passages = database["passages"]
        self._reused = database["reused"]

    async def add(self, passages: Iterable[StoredPassage]) -> tuple[dict[str, StoredPassage], set[str]]:
        """Store the passages that are not stored yet, one a scan id; return what is stored by id, and the new ids."""
        first: dict[str, StoredPassage] = {}
        for passage in passages:
            first.setdefault(passage.scan_id, passage)
        new = await insert_new(self._passages, list(map(document, first.values())))
        known = await find_each(self._passages, first.keys() - new)
        return first | {row["_id"]: _passage(row) for row in known}, new

    async def add_reused(self, passages: Iterable[StoredPassage]) -> int:
        """Keep other scans whose id is taken apart from the passages; return how many were not kept yet."""
        return len(await insert_new(self._reused, list(map(_apart, passages))))

    async def add_later_verdicts(self, passages: Iterable[StoredPassage]) -> None:
        """Keep, beside the verdicts that count, those of the same scans when they were sent again."""
        writes = [UpdateOne({"_id": one.scan_id}, {"$addToSet": {"also_told": one.verdict.value}}) for one in passages]
        if writes:
            await self._passages.bulk_write(writes, ordered=False)

    async def forget(self, now: datetime) -> int:
        """Remove the passages whose retention is over; return how many they were."""
        return (await self._passages.delete_many({"at": {"$lt": now - PASSAGE_RETENTION}})).deleted_count

    async def around(self, passages: Sequence[StoredPassage], wide: timedelta) -> list[StoredPassage]:
        """Return a resident's passages from `wide` before the first of these passages to `wide` after the last."""
        times = [passage.at for passage in passages]
        at = {"$gte": min(times) - wide} | up_to(max(times) + wide)
        rows = self._passages.find({"resident_id": passages[0].resident_id, "at": at})
        return list(map(_passage, await rows.to_list(None)))

    async def of_persons(
        self, whose: str, persons: Sequence[str], gates: Sequence[str], since: datetime, until: datetime
    ) -> list[StoredPassage]:
        """Return the passages of residents (`whose` is `resident_id`) or permit holders (`permit_id`) at the gates."""
        wanted = {whose: {"$in": persons}, "gate_id": {"$in": gates}, "at": {"$gte": since} | up_to(until)}
        return list(map(_passage, await self._passages.find(wanted).to_list(None)))

    async def mark_repeats(self, marks: Mapping[str, str | None]) -> None:
        """Store which scan each of these repeats; None for one that counts."""
        writes = [
            UpdateOne({"_id": scan_id}, {"$set": {"repeat_of": first}} if first else {"$unset": {"repeat_of": ""}})
            for scan_id, first in marks.items()
        ]
        if writes:
            await self._passages.bulk_write(writes, ordered=False)

    async def find(
        self,
        who: dict[str, str],
        within: str,
        since: datetime,
        until: datetime,
        newest_first: bool,
        after: TimePosition | None,
        limit: int,
    ) -> list[StoredPassage]:
        """Return passages of a resident, at a gate or both in the order of their times, a page at a time."""
        (name, value), *others = who.items()  # the first has an index together with the time
        further = [area.query(within), dict(others)]
        rows = await by_time(
            self._passages, {name: value}, further, after, limit, newest_first, since=since, until=until
        )
        return list(map(_passage, rows))

    async def seqs_of(self, device_id: str, after: int, upto: int | None, limit: int) -> list[int]:
        """Return up to `limit` numbers of the device's passages behind `after`, up to `upto`: the index holds them."""
        wanted: Document = {"$gt": after} if upto is None else {"$gt": after, "$lte": upto}
        numbers = self._passages.find({"device_id": device_id, "seq": wanted}, {"_id": 0, "seq": 1})
        return [row["seq"] for row in await numbers.sort("seq", 1).limit(limit).to_list(None)]

    async def numbered(self, device_id: str, seq: int) -> StoredPassage | None:
        """Return a passage of the device with that number."""
        row = await self._passages.find_one({"device_id": device_id, "seq": seq})
        return _passage(row) if row else None

    async def recorded_since(self, at: datetime) -> bool:
        """Whether any passage of that instant or later is stored."""
        return await exists_since(self._passages, "at", at, PASSAGE_RETENTION)

    async def latest(
        self, resident_id: str, within: str, since: datetime, until: datetime, limit: int
    ) -> list[StoredPassage]:
        """Return the newest crossings of a resident at gates within the path, the newest first."""
        whose, further = {"resident_id": resident_id}, [area.query(within), COUNTED]
        rows = await newest_by_time(self._passages, whose, further, None, limit, since=since, until=until)
        return list(map(_passage, rows))

    async def near(self, gate_id: str, at: datetime, window: timedelta, limit: int) -> list[Bystander]:
        """Return whose crossings lie at the gate within `window` before and after, up to `limit` of them."""
        times = {"gate_id": gate_id, "at": {"$gte": at - window} | up_to(at + window)} | COUNTED
        rows = await self._passages.find(times, _BYSTANDER).limit(limit).to_list(limit)
        return [Bystander(row["_id"], row["resident_id"], row["at"], row.get("vehicle_scan_id")) for row in rows]


def document(passage: StoredPassage) -> Document:
    """Return a passage as the store holds it; `repeat_of` comes later."""
    row = msgspec.structs.asdict(passage)
    row["_id"] = row.pop("scan_id")
    del row["repeat_of"]
    if not passage.also_told:
        del row["also_told"]
    return row


def _passage(row: Document) -> StoredPassage:
    row["scan_id"] = row.pop("_id")
    return msgspec.convert(row, StoredPassage)


def _apart(passage: StoredPassage) -> Document:
    sent = (passage.scan_id, passage.gate_id, passage.direction, str(passage.seq), passage.at.isoformat())
    return document(passage) | {"_id": derived_id("reused", *sent, passage.subject), "scan_id": passage.scan_id}
