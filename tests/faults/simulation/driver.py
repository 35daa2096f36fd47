"""What the plumbing calls of Motor: collections, cursors and sessions, over the simulated store."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.store.mongo import Document
from tests.faults.simulation.queries import changed, made_from, meets
from tests.faults.simulation.session import Session
from tests.faults.simulation.store import (
    TRANSIENT,
    DocumentKey,
    Store,
    Transaction,
    broken,
    in_order,
    labelled,
)
from tests.faults.simulation.wire import Wire


class Result(NamedTuple):
    """What a write tells."""

    modified_count: int = 0
    deleted_count: int = 0


class Client:
    """A connection of one process to the store."""

    def __init__(self, store: Store, wire: Wire) -> None:
        self._store, self._wire = store, wire

    async def start_session(self) -> Session:
        """Return a session; no server is asked."""
        self._wire.check()
        return Session(self._store, self._wire)

    def __getitem__(self, name: str) -> "Database":
        return Database(self._store, self._wire, name)


class Database:
    """A database as one process reaches it; collections of a database that has a name are apart from the others."""

    def __init__(self, store: Store, wire: Wire, name: str = "") -> None:
        self.store, self.wire, self.name = store, wire, name
        self.client = Client(store, wire)

    def __getitem__(self, name: str) -> "Collection":
        return Collection(f"{self.name}.{name}" if self.name else name, self.store, self.wire)


class Collection:
    """The commands, each of which may end unknown."""

    def __init__(self, name: str, store: Store, wire: Wire) -> None:
        self._name, self._store, self._wire = name, store, wire

    async def insert_one(self, document: Document, session: Session | None = None) -> None:
        """Insert one document."""
        await self._ask("insert", session, lambda at: self._store.insert(self._name, document, at))

    async def insert_many(
        self, documents: Sequence[Document], ordered: bool = True, session: Session | None = None
    ) -> None:
        """Insert documents; outside of a transaction a part of them may get there."""
        await self.bulk_write([InsertOne(one) for one in documents], ordered=ordered, session=session)

    async def bulk_write(self, writes: Sequence[Any], ordered: bool = True, session: Session | None = None) -> None:
        """Write in bulk."""

        def effect(share: float) -> None:
            at = session.transaction() if session else None
            self._store.await_free(self._name, [_id_of(write) for write in writes], at)
            errors = []
            for number, write in enumerate(writes[: round(share * len(writes))]):
                try:
                    self._write(write, at)
                except DuplicateKeyError:
                    errors.append({"index": number, "code": 11000, "keyPattern": {"_id": 1}})
                    if ordered:
                        break
            if errors:
                raise BulkWriteError({"writeErrors": errors, "writeConcernErrors": []})

        await self._ask_for("bulk write", session, effect)

    def _write(self, write: Any, at: Transaction | None) -> None:
        if isinstance(write, InsertOne):
            self._store.insert(self._name, write._doc, at)
        elif isinstance(write, ReplaceOne):
            self._replace(write._filter, write._doc, bool(write._upsert), at)
        elif isinstance(write, UpdateOne):
            self._update(write._filter, write._doc, at, most=1)
        else:
            raise TypeError(f"{write} is not simulated")

    def _replace(self, condition: Document, document: Document, upsert: bool, at: Transaction | None) -> None:
        matching = self._matching(condition, at)
        if matching:
            self._put(dict(document), at)
        elif upsert:
            self._store.insert(self._name, document, at)

    def _update(
        self, condition: Document, update: Document, at: Transaction | None, *, most: int = 0, share: float = 1.0
    ) -> int:
        matching = self._matching(condition, at)
        matching = matching[:most] if most else matching[: round(share * len(matching))]
        self._store.await_free(self._name, [one["_id"] for one in matching], at)
        for one in matching:
            self._put(changed(one, update), at)
        return len(matching)

    def _put(self, document: Document, at: Transaction | None) -> None:
        self._store.put(DocumentKey(self._name, document["_id"]), document, at)

    def _matching(self, condition: Document, at: Transaction | None) -> list[Document]:
        seen = self._store.seen(self._name, at)
        if isinstance(one := condition.get("_id"), str):
            return [seen[one]] if one in seen and meets(seen[one], condition) else []
        return [document for document in seen.values() if meets(document, condition)]

    async def update_one(
        self, condition: Document, update: Document, upsert: bool = False, session: Session | None = None
    ) -> Result:
        """Change one document, or make it."""

        def effect(at: Transaction | None) -> Result:
            count = self._update(condition, update, at, most=1)
            if not count and upsert:
                self._store.insert(self._name, changed(made_from(condition), update), at)
            return Result(count)

        return Result(*await self._ask("update", session, effect))

    async def update_many(self, condition: Document, update: Document, session: Session | None = None) -> Result:
        """Change all that meet the condition; outside of a transaction a part of them may be."""

        def effect(share: float) -> Result:
            at = session.transaction() if session else None
            return Result(self._update(condition, update, at, share=share))

        return Result(*await self._ask_for("update many", session, effect))

    async def find_one_and_update(
        self,
        condition: Document,
        update: Document,
        sort: Sequence[tuple[str, int]] = (),
        upsert: bool = False,
        return_document: bool = False,
    ) -> Document | None:
        """Change the first that meets the condition, or make it; return it as it is afterwards."""
        assert return_document, "only what is there afterwards is simulated"

        def effect(at: Transaction | None) -> Document | None:
            matching = in_order(self._matching(condition, at), sort)
            if matching:
                new = changed(matching[0], update)
                self._put(new, at)
                return dict(new)
            if upsert:
                new = changed(made_from(condition), update)
                self._store.insert(self._name, new, at)
                return dict(new)
            return None

        matching: Document | None = await self._ask("find and update", None, effect)
        return matching

    async def delete_one(self, condition: Document, session: Session | None = None) -> Result:
        """Remove one document."""

        def effect(at: Transaction | None) -> Result:
            matching = self._matching(condition, at)[:1]
            for one in matching:
                self._store.put(DocumentKey(self._name, one["_id"]), None, at)
            return Result(0, len(matching))

        return Result(*await self._ask("delete", session, effect))

    async def count_documents(self, condition: Document) -> int:
        """Count the documents that meet the condition."""
        return int(await self._ask("count", None, lambda at: len(self._matching(condition, at))))

    def find(self, condition: Document | None = None, _: Any = None, session: Session | None = None) -> "Cursor":
        """Return a cursor; whole documents, whatever fields are wanted."""
        return Cursor(self, condition or {}, session)

    async def find_one(
        self,
        condition: Document,
        _: Any = None,
        sort: Sequence[tuple[str, int]] = (),
        session: Session | None = None,
    ) -> Document | None:
        """Return the first that meets the condition."""
        cursor = self.find(condition, session=session)
        cursor.order = list(sort)
        return next(iter(await cursor.to_list(1)), None)

    async def read(self, condition: Document, order: Sequence[tuple[str, int]], session: Session | None) -> Any:
        """Return copies of the documents, in order."""

        def effect(at: Transaction | None) -> list[Document]:
            return [dict(one) for one in in_order(self._matching(condition, at), order)]

        return await self._ask("find", session, effect)

    async def _ask(self, what: str, session: Session | None, effect: Callable[[Transaction | None], Any]) -> Any:
        def done(share: float) -> Any:
            return effect(session.transaction() if session else None) if share > 0.5 else None

        return await self._ask_for(what, session, done)

    async def _ask_for(self, what: str, session: Session | None, effect: Callable[[float], Any]) -> Any:
        def unknown(fate: str) -> Exception:
            return labelled(broken(fate), TRANSIENT) if session else broken(fate)

        return await self._wire.ask(f"{what} {self._name}", effect, unknown)


class Cursor:
    """Documents that are read when they are asked for."""

    def __init__(self, collection: Collection, condition: Document, session: Session | None) -> None:
        self._collection, self._condition, self._session = collection, condition, session
        self._rows: list[Document] | None = None
        self._most: int | None = None
        self.order: list[tuple[str, int]] = []

    def sort(self, name: str, direction: int) -> Self:
        """Put them in order."""
        self.order = [(name, direction)]
        return self

    def limit(self, most: int) -> Self:
        """Return no more than so many."""
        self._most = most
        return self

    async def to_list(self, most: int | None = None) -> list[Document]:
        """Return them all, or so many."""
        rows: list[Document] = await self._collection.read(self._condition, self.order, self._session)
        return rows[: most or self._most]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Document:
        if self._rows is None:
            self._rows = list(reversed(await self.to_list()))
        if not self._rows:
            raise StopAsyncIteration
        return self._rows.pop()


def _id_of(write: Any) -> Any:
    return write._doc["_id"] if isinstance(write, InsertOne) else write._filter.get("_id")
