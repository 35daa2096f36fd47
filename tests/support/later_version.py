"""What a later version of a service leaves in a shared store: fields that this version does not know."""

from shared.store.documents import Documents
from shared.store.mongo import Database

FIELD, VALUE = "added_later", {"by": "a later version"}


def readers(store: object) -> set[str]:
    """Return the names of the collections of documents that a store has as attributes."""
    return {one.collection.name for one in vars(store).values() if isinstance(one, Documents)}


async def add_field(database: Database, collection: str) -> int:
    """Give every document of a collection a field that this version does not know; return how many there are."""
    changed = await database[collection].update_many({}, {"$set": {FIELD: VALUE}})
    return int(changed.modified_count)


async def lacking(database: Database, collection: str, among: set[object]) -> int:
    """Return how many of the documents with these ids have lost that field."""
    return await database[collection].count_documents({"_id": {"$in": list(among)}, FIELD: {"$ne": VALUE}})


async def ids(database: Database, collection: str) -> set[object]:
    """Return the ids of a collection's documents."""
    return {row["_id"] async for row in database[collection].find({}, {"_id": 1})}
