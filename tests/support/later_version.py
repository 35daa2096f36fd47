"""What a later version of a service leaves in a shared store: fields that this version does not know."""

from collections import Counter
from collections.abc import Container, Iterator
from typing import Any

from shared.store.documents import Documents, Mapper
from shared.store.mongo import Database, Document

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


def _objects(value: object) -> Iterator[Document]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def add_within(document: Document, parts: Container[str]) -> None:
    """Give every object within those fields of a document, at any depth, a field that this version does not know."""
    for name, value in document.items():
        for one in list(_objects(value)) if name in parts else ():
            one[FIELD] = VALUE


def marked_within(document: Document) -> Counter[str]:
    """Return how many objects within each field of a document have that field."""
    return Counter(name for name, value in document.items() for one in _objects(value) if FIELD in one)


def _mapper_of(queries: object, collection: str) -> Mapper[Any] | None:
    for one in vars(queries).values():
        if isinstance(one, Documents) and one.collection.name == collection:
            return one.mapper
        if type(one).__module__.startswith("services.") and (mapper := _mapper_of(one, collection)):
            return mapper
    return None


async def add_to_parts(database: Database, store: object, collection: str) -> dict[object, Document]:
    """Give every part of every document of a collection that field; return the documents by id."""
    mapper, changed = _mapper_of(store, collection), {}
    async for row in database[collection].find():
        add_within(row, mapper.parts if mapper else ())
        await database[collection].replace_one({"_id": row["_id"]}, row)
        changed[row["_id"]] = row
    return changed


async def lost_from_parts(database: Database, collection: str, before: dict[object, Document]) -> list[str]:
    """Return from which fields of the documents a part has lost that field; a part that is gone has lost none."""
    lost = []
    async for row in database[collection].find({"_id": {"$in": list(before)}}):
        there = marked_within(row)
        for name, count in marked_within(before[row["_id"]]).items():
            left = sum(1 for one in _objects(row.get(name)) if one != VALUE)
            lost += [name] if there[name] < min(count, left) else []
    return lost
