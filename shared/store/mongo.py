"""MongoDB: the only module that imports the driver, so that PyMongo's own async client can take Motor's place here."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar
from datetime import UTC
from typing import Any

# Motor has a thread for each call under way, by default five a core, and reads this when it is imported. Where the
# store falls silent, consumers' calls, which wait long for an answer, would keep all of them from all other callers.
os.environ.setdefault("MOTOR_MAX_WORKERS", "64")

import pymongo
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import (
    ASCENDING,
    DESCENDING,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateOne,
)
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    WriteError,
)

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "Client",
    "Collection",
    "ConnectionFailure",
    "Database",
    "Document",
    "DuplicateKeyError",
    "IndexModel",
    "InsertOne",
    "OperationFailure",
    "PyMongoError",
    "ReplaceOne",
    "ReturnDocument",
    "Session",
    "UpdateOne",
    "answering_within",
    "connect",
    "drop_index",
    "ensure_indexes",
    "insert_new",
    "is_duplicate",
    "is_passing",
    "is_transient",
    "is_uncertain_commit",
    "serves",
    "set_unchanged",
    "to_the_end",
    "write_conflict",
]

Document = dict[str, Any]  # Any: values of a document
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]
Session = AsyncIOMotorClientSession

_DUPLICATE_KEY, _WRITE_CONFLICT = 11000, 112
_NO_COLLECTION, _NO_INDEX = 26, 27
_BY_ID = {"_id": 1}
# A server that holds its connection and never answers would keep a consumer's partitions for ever.
_ANSWER_MS = 30_000
_PING_S, _READ_S = 2.0, 1.0
# After so long a silent server is known as one: its connections are given up and its calls fail at once.
_CONNECT_MS = 5_000
_LAST_WORDS_S = 2.0

_limited: ContextVar[bool] = ContextVar("limited", default=False)


def connect(url: str) -> Client:
    """Return a client; it connects at the first command. Times come back timezone-aware, in UTC."""
    return AsyncIOMotorClient(
        url,
        tz_aware=True,
        tzinfo=UTC,
        serverSelectionTimeoutMS=5000,
        connectTimeoutMS=_CONNECT_MS,
        socketTimeoutMS=_ANSWER_MS,
        w="majority",
        appname="lastmetre",
    )


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """Let the calls to the store in this context take so long together; then they fail with what `is_passing`."""
    limited = _limited.set(True)
    try:
        with pymongo.timeout(seconds):
            yield
    finally:
        _limited.reset(limited)


async def to_the_end(call: Callable[[], Coroutine[Any, Any, None]]) -> None:  # Any: a coroutine's own types
    """Await a call that ends a transaction. Where the time of others is limited it has some of its own.

    No other process could end it: what it has locked stays so for a minute, and a new attempt runs out of time too.
    """
    if not _limited.get():
        await call()
        return

    async def within_its_own_time() -> None:
        with answering_within(_LAST_WORDS_S):
            await call()

    await asyncio.create_task(within_its_own_time(), context=Context())


async def serves(database: Database, collection: str) -> bool:
    """Whether the server answers soon and refuses no reading: it may answer a ping and reach its disk no more."""
    try:
        with answering_within(_PING_S):
            await asyncio.wait_for(database.client.admin.command("ping"), _PING_S)
    except (PyMongoError, TimeoutError):
        return False
    try:
        with answering_within(_READ_S):
            await asyncio.wait_for(database[collection].find_one({"_id": ""}, {"_id": 1}), _READ_S)
    except TimeoutError:
        pass  # it is busy, not away
    except PyMongoError as error:
        return error.timeout
    return True


async def ensure_indexes(
    database: Database, indexes: Mapping[str, Sequence[IndexModel]], retired: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Make the indexes of each collection that are not there yet, and drop the retired ones, given by their names."""
    for collection, names in (retired or {}).items():
        there = await database[collection].index_information()
        for name in set(names).intersection(there):
            await drop_index(database[collection], name)
    for collection, models in indexes.items():
        await database[collection].create_indexes(list(models))


async def drop_index(collection: Collection, name: str) -> None:
    """Drop an index, where it is there: of several processes that start at once, one drops it."""
    try:
        await collection.drop_index(name)
    except OperationFailure as error:
        if error.code not in (_NO_COLLECTION, _NO_INDEX):
            raise


async def insert_new(collection: Collection, documents: Sequence[Document]) -> set[Any]:  # Any: values of a document
    """Insert those whose `_id` is not there yet and return the ids of the new ones.

    Raises the driver's error for anything but a duplicate `_id`.
    """
    if not documents:
        return set()
    there: set[int] = set()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        there = {e["index"] for e in _duplicates(error)}
    return {document["_id"] for at, document in enumerate(documents) if at not in there}


async def set_unchanged(collection: Collection, documents: Sequence[Document]) -> set[Any]:  # Any: values of a document
    """Set the fields of documents that were read before, or make them; return the ids of those changed since.

    A document's `version` is one more than when it was read. Raises the driver's error for anything else.
    """
    if not documents:
        return set()
    changes = [
        UpdateOne({"_id": one["_id"], "version": one["version"] - 1}, {"$set": _without_id(one)}, upsert=True)
        for one in documents
    ]
    try:
        await collection.bulk_write(changes, ordered=False)
    except BulkWriteError as error:
        # Where that version is gone nothing is changed, and the id that would be made is there.
        return {documents[e["index"]]["_id"] for e in _duplicates(error)}
    return set()


def is_duplicate(error: PyMongoError) -> bool:
    """Whether an insert was refused for nothing but an `_id` that is there already."""
    if isinstance(error, BulkWriteError):
        errors: list[Document] = (error.details or {}).get("writeErrors", [])
        return bool(errors) and all(map(_is_there, errors))
    return isinstance(error, DuplicateKeyError)


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


def _duplicates(error: BulkWriteError) -> list[Document]:
    """Return the errors of a bulk write, all of which say that an `_id` is there; raises it when one says otherwise."""
    details = error.details or {}
    errors: list[Document] = details.get("writeErrors", [])
    if not all(map(_is_there, errors)) or details.get("writeConcernErrors"):
        raise error
    return errors


def _is_there(error: Document) -> bool:
    return error.get("code") == _DUPLICATE_KEY and error.get("keyPattern", _BY_ID) == _BY_ID


def write_conflict(what: str) -> OperationFailure:
    """Return the error of a transaction that met another's: `is_transient`."""
    return OperationFailure(what, _WRITE_CONFLICT, {"errorLabels": ["TransientTransactionError"]})


def is_transient(error: BaseException) -> bool:
    """Whether the whole transaction may be tried again."""
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")


def is_uncertain_commit(error: BaseException) -> bool:
    """Whether a commit may or may not have happened; committing again is safe."""
    return isinstance(error, PyMongoError) and error.has_error_label("UnknownTransactionCommitResult")


def is_passing(error: PyMongoError) -> bool:
    """Whether the same may succeed later. Not so when the store refuses what is written, or the call is wrong."""
    if is_transient(error) or is_uncertain_commit(error):
        return True
    refused = isinstance(error, WriteError | BulkWriteError)
    return isinstance(error, ConnectionFailure | OperationFailure) and not refused


def both(*conditions: Document | None) -> Document:
    """Return the condition that a document meets each of these; an empty one asks for nothing."""
    wanted = [one for one in conditions if one]
    return {"$and": wanted} if len(wanted) > 1 else next(iter(wanted), {})
