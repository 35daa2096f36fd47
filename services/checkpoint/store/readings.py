"""Who read what is known of somebody, of whom and why (R2.8)."""

from datetime import datetime
from enum import StrEnum

from services.checkpoint.store.pages import DAY_S, After, page
from shared.base import area
from shared.base.ids import new_id
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel, insert_new

READING_RETENTION_S = 3 * 365 * DAY_S
_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]

INDEXES = {
    "readings": [
        IndexModel([("subject", ASCENDING), *_NEWEST]),
        IndexModel([("reader", ASCENDING), *_NEWEST]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=READING_RETENTION_S),
    ]
}


class Kind(StrEnum):
    """What was read: where somebody was, whom they met, or what visitors said of themselves."""

    TRAJECTORY = "trajectory"
    CONTACTS = "contacts"
    VISITORS = "visitors"


class Readings:
    """The named queries over readings."""

    def __init__(self, database: Database) -> None:
        self._readings = database["readings"]

    async def note(self, kind: Kind, reader: tuple[str, str], subject: str, purpose: str, at: datetime) -> None:
        """Record that a reader, known by id and area, read of a resident, a visitor's permit or a place, and why."""
        who, reader_area = reader
        said = {"reader": who, "reader_area": reader_area, "subject": subject, "purpose": purpose, "at": at}
        # The driver sends it again when an answer is lost: then it is there already.
        await insert_new(self._readings, [{"_id": new_id(), "kind": kind.value} | said])

    async def find(self, who: dict[str, str], path: str, before: After | None, limit: int) -> list[Document]:
        """Return readings of a subject, by a reader or both, the newest first, by those who read within the path."""
        (name, value), *others = who.items()  # the first has an index together with the time
        at: Document = {"$lte": before.at} if before else {"$gte": datetime.min}
        further = [area.query(path, "reader_area"), dict(others)]
        if before:
            further.append({"$or": [{"at": {"$lt": before.at}}, {"_id": {"$lt": before.id}}]})
        return await page(self._readings, {name: value, "at": at}, further, {"at": -1, "_id": -1}, limit)
