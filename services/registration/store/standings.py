"""Evidence and the standings that follow from it, in the store."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime

from services.registration.domain.colours import Change, Evidence, EvidenceKind, Standing
from shared.base.json_types import JsonView
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import find_each, stages
from shared.store.unit_of_work import UnitOfWork

_WITHOUT_TRACE = [one.name for one in fields(Standing) if one.name != "resident_id"]
INDEXES = {"evidence": [IndexModel([("resident_id", ASCENDING)])]}


class _EvidenceMapper(Mapper[Evidence]):
    """Reads evidence of the version before this one too, whose source is its `order_id` or else its `_id`."""

    def read(self, document: JsonView) -> Evidence:  # Any: values of a document
        return super().read({"source_id": document.get("order_id", document["_id"]), **document})


class Standings:
    """The named queries over evidence and standings."""

    def __init__(self, database: Database) -> None:
        self._evidence = Documents(database["evidence"], _EvidenceMapper(Evidence, derived=_evidence_key))
        self._standings = Documents(database["standings"], Mapper(Standing, key="resident_id"))
        self._changes = Mapper(Change)

    async def evidence(self, resident_ids: Sequence[str], work: UnitOfWork | None) -> list[Evidence]:
        """Return everything that the colour of a resident of these ids may rest on."""
        return await self._evidence.find({"resident_id": {"$in": list(resident_ids)}}, work)

    async def judged(self, after: str, limit: int, now: datetime) -> list[str]:
        """Return, in order, residents behind `after` with evidence that counts or will; of up to `limit` documents."""
        counts = {"$or": [{"until": None}, {"until": {"$gt": now}}]}
        steps = [*stages([{"resident_id": {"$gt": after}}, counts]), {"$sort": {"resident_id": 1}}, {"$limit": limit}]
        rows = await self._evidence.collection.aggregate([*steps, {"$project": {"resident_id": 1}}]).to_list(limit)
        return list(dict.fromkeys(row["resident_id"] for row in rows))

    async def one(self, evidence_id: str, work: UnitOfWork) -> Evidence | None:
        """Return evidence that was ever recorded, even if it counts no longer; not of orders by hand."""
        return await self._evidence.get(evidence_id, work)

    async def add_evidence(self, item: Evidence, work: UnitOfWork) -> None:
        """Store new evidence."""
        await self._evidence.insert([item], work)

    async def put_evidence(self, item: Evidence, work: UnitOfWork) -> None:
        """Store evidence, new or with other days."""
        await self._evidence.put(item, work)

    async def end_evidence(
        self, resident_id: str, source_id: str, kind: EvidenceKind, at: datetime, work: UnitOfWork
    ) -> None:
        """Let evidence count no longer from `at` on; evidence that is not recorded yet will never count."""
        stored = self._evidence.mapper.document(Evidence(source_id, resident_id, kind, at, at))
        key, until = stored.pop("_id"), stored.pop("until")
        stored.pop("ended")
        change = {"$set": {"until": until, "ended": True}, "$setOnInsert": stored}
        await self._evidence.collection.update_one({"_id": key}, change, upsert=True, session=work.session)

    async def get(self, resident_id: str, work: UnitOfWork | None = None) -> Standing | None:
        """Return the resident's stored standing; None means green without any history."""
        session = work.session if work else None
        row = await self._standings.collection.find_one({"_id": resident_id}, {"trace": 0}, session=session)
        return self._standings.mapper.read(row) if row else None

    async def each(self, resident_ids: Iterable[str]) -> dict[str, Standing]:
        """Return the stored standings of these residents, by resident; who has none is green."""
        rows = await find_each(self._standings.collection, resident_ids, _WITHOUT_TRACE)
        return {one.resident_id: one for one in self._standings.mapper.read_each(rows)}

    async def history(self, resident_id: str) -> list[Change]:
        """Return every change of the resident's standing, in order."""
        row = await self._standings.collection.find_one({"_id": resident_id}, {"trace": 1})
        return self._changes.read_each(row.get("trace", ())) if row else []

    async def put(self, new: Standing, changed_at: datetime | None, work: UnitOfWork) -> None:
        """Store the resident's standing and, where it changed, the change in its trace."""
        stored = self._standings.mapper.document(new)
        key = stored.pop("_id")
        # An update that changes nothing writes nothing, and would not meet another's: so each is counted.
        change: Document = {"$set": stored, "$inc": {"reviews": 1}}
        if changed_at:
            change["$push"] = {"trace": self._changes.document(new.changed(changed_at))}
        await self._standings.collection.update_one({"_id": key}, change, upsert=True, session=work.session)


def _evidence_key(item: Evidence) -> Document:
    key = f"{item.source_id}/{item.resident_id}" if item.kind is EvidenceKind.MANUAL else item.source_id
    return {"_id": key, "order_id": item.source_id}  # the version before this one takes the source from `order_id`
