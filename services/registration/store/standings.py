"""Evidence and the standings that follow from it, in the store."""

from datetime import datetime

from services.registration.domain.colours import Evidence, EvidenceKind, Standing
from shared.events.registration import Colour
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"evidence": [IndexModel([("resident_id", ASCENDING)])]}


class Standings:
    """The named queries over evidence and standings."""

    def __init__(self, database: Database) -> None:
        self._evidence = database["evidence"]
        self._standings = database["standings"]

    async def evidence(self, resident_id: str, work: UnitOfWork) -> list[Evidence]:
        """Return everything a resident's colour may rest on."""
        found = self._evidence.find({"resident_id": resident_id}, session=work.session)
        return [_evidence(document) async for document in found]

    async def has_evidence(self, evidence_id: str, work: UnitOfWork) -> bool:
        """Whether that evidence is known, be it past."""
        return await self._evidence.find_one({"_id": evidence_id}, {"_id": 1}, session=work.session) is not None

    async def add_evidence(self, resident_id: str, item: Evidence, work: UnitOfWork) -> None:
        """Store new evidence."""
        facts = {"resident_id": resident_id, "kind": item.kind.value, "since": item.since, "until": item.until}
        if item.kind is EvidenceKind.MANUAL:  # one order is evidence for many
            facts |= {"order_id": item.id, "colour": item.colour.value, "officer": item.officer}
        await self._evidence.insert_one({"_id": _key(item.id, item.kind, resident_id)} | facts, session=work.session)

    async def end_evidence(
        self, resident_id: str, evidence_id: str, kind: EvidenceKind, at: datetime, work: UnitOfWork
    ) -> None:
        """Let evidence count no longer; where it is not known yet, it never will count."""
        first = {"resident_id": resident_id, "kind": kind.value, "since": at}
        change = {"$set": {"until": at}, "$setOnInsert": first}
        await self._evidence.update_one(
            {"_id": _key(evidence_id, kind, resident_id)}, change, upsert=True, session=work.session
        )

    async def get(self, resident_id: str, work: UnitOfWork | None = None) -> Standing | None:
        """Return the resident's stored standing; None means green without any history."""
        found = await self._standings.find_one({"_id": resident_id}, {"trace": 0}, session=work and work.session)
        if found is None:
            return None
        return Standing(
            Colour(found["colour"]),
            found["isolated"],
            found["rule"],
            found["evidence"],
            found["since"],
            found["until"],
            found.get("officer"),
        )

    async def history(self, resident_id: str) -> list[Document]:
        """Return every change of the resident's standing, in order."""
        found = await self._standings.find_one({"_id": resident_id}, {"trace": 1})
        return list(found.get("trace", ())) if found else []

    async def put(self, resident_id: str, new: Standing, changed_at: datetime | None, work: UnitOfWork) -> None:
        """Store the resident's standing and, where it changed, the change in its trace."""
        row = vars(new) | {"colour": new.colour.value}
        # An update that changes nothing writes nothing, and would not meet another's: so each is counted.
        change: Document = {"$set": row, "$inc": {"reviews": 1}}
        change |= {"$push": {"trace": row | {"at": changed_at}}} if changed_at else {}
        await self._standings.update_one({"_id": resident_id}, change, upsert=True, session=work.session)


def _key(evidence_id: str, kind: EvidenceKind, resident_id: str) -> str:
    return f"{evidence_id}/{resident_id}" if kind is EvidenceKind.MANUAL else evidence_id


def _evidence(document: Document) -> Evidence:
    identity, given = str(document.get("order_id", document["_id"])), document.get("colour")
    facts = (EvidenceKind(document["kind"]), document["since"], document["until"])
    return Evidence(identity, *facts, Colour(given) if given else None, document.get("officer"))
