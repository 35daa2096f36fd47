"""Changes of residents' files in the store: one document for each change, never changed, with its values sealed."""

from collections.abc import Iterable, Sequence

from services.registration.domain.changes import Change
from services.registration.store.imports import row_of
from shared.base.clock import machine_time
from shared.store.act_log import Act, digest
from shared.store.documents import Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.person_keys import PersonKeys
from shared.store.personal_documents import Owned, PersonalDocuments
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork

CHANGES = "resident_changes"
RETENTION_S = 3 * 365 * 86_400
INDEXES = {
    CHANGES: [
        IndexModel([("resident_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("import_id", ASCENDING), ("row", ASCENDING)]),
        IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ]
}


class History:
    """The named queries over changes of residents' files."""

    def __init__(self, database: Database, keys: PersonKeys) -> None:
        kept = Mapper(Change, "change_id", lambda _: {"kept_at": machine_time()})
        owned = Owned(("sealed",), "resident_id")
        self._changes = PersonalDocuments(database[CHANGES], kept, owned, keys, revised=False)

    @property
    def all(self) -> PersonalDocuments[Change]:
        """The changes, for resealing."""
        return self._changes

    async def insert(self, changes: Sequence[Change], work: UnitOfWork) -> None:
        """Store changes; the log of acts gets one entry for all of them."""
        await self._changes.insert(changes, work)
        if changes:
            parts = [(one.change_id, digest(_facts(self._changes.mapper.document(one)))) for one in changes]
            subject = changes[0].resident_id if len(changes) == 1 else changes[0].import_id or ""
            work.log(Act("registration.ResidentChange", subject, digest(parts)))

    async def get(self, change_id: str, work: UnitOfWork | None = None) -> Change | None:
        """Return a change."""
        return await self._changes.get(change_id, work)

    async def page(self, resident_ids: Sequence[str], after: str, limit: int) -> tuple[list[Change], str | None]:
        """Return up to `limit` changes of the file of these ids, the newest first, and what names the last of them."""
        condition: Document = {"resident_id": {"$in": list(resident_ids)}} | ({"_id": {"$lt": after}} if after else {})
        rows = await self._changes.collection.find(condition).sort("_id", DESCENDING).limit(limit).to_list(limit)
        return await self._changes.read_each(rows), rows[-1]["_id"] if len(rows) == limit else None

    async def of_import(self, import_id: str, after: str, limit: int) -> tuple[list[Change], str | None]:
        """Return up to `limit` changes that an import made, by the rows of its file, and what names the last."""
        condition: Document = {"import_id": import_id} | ({"row": {"$gt": row_of(after)}} if after else {})
        rows = await self._changes.collection.find(condition).sort("row", ASCENDING).limit(limit).to_list(limit)
        return await self._changes.read_each(rows), str(rows[-1]["row"]) if len(rows) == limit else None

    async def each(self, change_ids: Iterable[str], work: UnitOfWork) -> list[Change]:
        """Return these changes."""
        return await self._changes.each(change_ids, work)

    async def of_residents(self, resident_ids: Iterable[str], work: UnitOfWork) -> dict[str, list[Document]]:
        """Return by resident the ids (`_id`) and the `fields` of every change of the files, the oldest first."""
        by_resident: dict[str, list[Document]] = {}
        wanted = ["_id", "resident_id", "fields", "undoes"]
        rows = await find_each(self._changes.collection, resident_ids, wanted, by="resident_id", session=work.session)
        for row in sorted(rows, key=lambda row: str(row["_id"])):
            by_resident.setdefault(row["resident_id"], []).append(row)
        return by_resident


def _facts(document: Document) -> Document:
    """Return what of a change stays as it is: a seal is made anew for another key."""
    return {name: value for name, value in document.items() if name not in ("sealed", "kept_at")}
