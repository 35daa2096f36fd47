"""A document store in memory: transactions with snapshots, write conflicts and unique ids, as MongoDB has them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure, PyMongoError

from shared.store.mongo import Document
from tests.faults.simulation.wire import Locked

TRANSIENT, UNKNOWN_COMMIT = "TransientTransactionError", "UnknownTransactionCommitResult"


class DocumentKey(NamedTuple):
    """Where a document is."""

    collection: str
    id: Any


def labelled(error: PyMongoError, *labels: str) -> PyMongoError:
    """Return the error with the driver's labels."""
    for label in labels:
        error._add_error_label(label)
    return error


def broken(what: str) -> AutoReconnect:
    """Return the error of a connection that broke."""
    return AutoReconnect(f"connection closed ({what})")


class Transaction:
    """What one transaction sees, and what it will have written. `end` is when the server gives it up."""

    def __init__(self, number: int, rows: dict[str, dict[Any, Document]], end: float) -> None:
        self.began = number
        self.view = {name: dict(there) for name, there in rows.items()}
        self.written: dict[DocumentKey, Document | None] = {}
        self.end = end
        self.state = "open"


class Store:
    """One database. `committed` is called with what has changed, at the instant it does."""

    def __init__(self, committed: Callable[[dict[DocumentKey, Document | None]], None]) -> None:
        self.rows: dict[str, dict[Any, Document]] = defaultdict(dict)
        self._committed = committed
        self._number = 0
        self._changed: dict[DocumentKey, int] = {}
        self._held: dict[DocumentKey, Transaction] = {}

    def begin(self, end: float) -> Transaction:
        """Begin a transaction, which sees what is there now."""
        return Transaction(self._number, self.rows, end)

    def seen(self, collection: str, transaction: Transaction | None) -> dict[Any, Document]:
        """Return the documents that are seen. Raises the driver's error where the transaction is no more."""
        if transaction is None:
            return self.rows[collection]
        self._open(transaction)
        return transaction.view.setdefault(collection, {})

    def insert(self, collection: str, document: Document, transaction: Transaction | None) -> None:
        """Insert a document. Raises `DuplicateKeyError`, `OperationFailure` (a write conflict) or `Locked`."""
        key = DocumentKey(collection, document["_id"])
        if key.id in self.seen(collection, transaction):
            if transaction is not None:
                self.abort(transaction)
            raise DuplicateKeyError(f"E11000 duplicate key {key.id}", 11000, {"code": 11000})
        self.put(key, dict(document), transaction)

    def put(self, key: DocumentKey, document: Document | None, transaction: Transaction | None) -> None:
        """Write a document, or remove it. Raises `OperationFailure` (a write conflict) or `Locked`."""
        holder = self._held.get(key)
        if transaction is None:
            if holder is not None:
                raise Locked
            self._apply({key: document})
            return
        if holder not in (None, transaction) or self._changed.get(key, 0) > transaction.began:
            self.abort(transaction)
            raise labelled(OperationFailure("WriteConflict", 112), TRANSIENT)
        self._held[key] = transaction
        transaction.written[key] = document
        _write(transaction.view, key, document)

    def await_free(self, collection: str, ids: Iterable[Any], transaction: Transaction | None) -> None:
        """Raise `Locked` where a transaction holds one of the documents that are to be written outside of any."""
        if transaction is None and self._held and any(DocumentKey(collection, one) in self._held for one in ids):
            raise Locked

    def commit(self, transaction: Transaction) -> None:
        """Make all that it wrote seen at once; again, it is harmless. Raises where the transaction is no more."""
        if transaction.state == "committed":
            return
        self._open(transaction)
        self._release(transaction, "committed")
        if transaction.written:
            self._apply(transaction.written)

    def abort(self, transaction: Transaction) -> None:
        """Forget all that it wrote."""
        if transaction.state == "open":
            self._release(transaction, "aborted")

    def expire(self, now: float) -> None:
        """Give up the transactions that have taken too long: their processes are dead or did not end them."""
        for transaction in {id(one): one for one in self._held.values()}.values():
            if transaction.end <= now:
                self.abort(transaction)

    def _open(self, transaction: Transaction) -> None:
        if transaction.state != "open":
            raise labelled(OperationFailure("NoSuchTransaction", 251), TRANSIENT)

    def _release(self, transaction: Transaction, state: str) -> None:
        transaction.state = state
        for key in transaction.written:
            self._held.pop(key, None)

    def _apply(self, written: dict[DocumentKey, Document | None]) -> None:
        self._number += 1
        for key, document in written.items():
            _write(self.rows, key, document)
            self._changed[key] = self._number
        self._committed(written)


def _write(rows: dict[str, dict[Any, Document]], key: DocumentKey, document: Document | None) -> None:
    there = rows.setdefault(key.collection, {})
    if document is None:
        there.pop(key.id, None)
    else:
        there[key.id] = document


def in_order(documents: Iterable[Document], sort: Iterable[tuple[str, int]]) -> list[Document]:
    """Return the documents sorted."""
    ordered = list(documents)
    for name, direction in reversed(list(sort)):
        ordered.sort(key=lambda document: document[name], reverse=direction < 0)
    return ordered
