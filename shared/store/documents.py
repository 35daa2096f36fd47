"""Documents of aggregates: read into frozen dataclasses, written field by field (docs/adr/0016-documents.md).

A reader ignores fields that it does not know, and a writer sets the fields that it knows and leaves the others: so two
versions of a service work on one store while one takes the place of the other.
"""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from secrets import randbits
from typing import Any, Generic, Self, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter

from shared.base.sealing import Sealer
from shared.store.changes import MARK, mark
from shared.store.mongo import Collection, Document, InsertOne, UpdateOne
from shared.store.queries import find_each
from shared.store.sealed_fields import SealedFields, sealed_tree
from shared.store.unit_of_work import UnitOfWork

T = TypeVar("T")

REVISION = "revision"
_REVISION_BITS = 62
_KEPT_AS_IS = frozenset({str, int, float, bool, bytes, datetime, type(None)})
_SEQUENCES = (tuple, list, frozenset, set)


def plain(value: Any) -> Any:  # Any: what a field of any type becomes in a document
    """Return a value as documents hold it: enums by value, dates in ISO form, sequences as lists."""
    # The commonest types come first, by identity: bulk work calls this many times a document.
    kind = type(value)
    if kind in _KEPT_AS_IS:
        return value
    if kind is dict:
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, _SEQUENCES):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return value


@cache  # each takes milliseconds, and every service that is built in one process asks for the same ones
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@cache
def _parts(kind: Any) -> frozenset[str]:
    """Return the names of the fields that hold a dataclass."""
    return frozenset(name for name, hint in get_type_hints(kind).items() if is_dataclass(hint))


class Mapper(Generic[T]):
    """Turns documents into instances of a frozen dataclass and back; `key` names the field that is the `_id`.

    Without `key` the id is made by the caller. `derived` gives fields that queries need beside those of the class.
    """

    def __init__(self, kind: type[T], key: str = "", derived: Callable[[T], Document] | None = None) -> None:
        self._adapter: TypeAdapter[T] = _adapter(cast(Hashable, kind))
        self._names = frozenset(field.name for field in fields(kind))  # type: ignore[arg-type]  # a dataclass
        self._parts = _parts(cast(Hashable, kind))
        self._key = key
        self._derived = derived
        self._tree = sealed_tree(kind)
        self._seals: SealedFields | None = None

    def sealing(self, collection: str, sealer: Sealer) -> Self:
        """Return the mapper for a collection whose fields that are marked as `SEALED` are sealed in the store."""
        made = copy(self)
        made._seals = SealedFields(collection, self._tree, sealer) if self._tree else None
        return made

    @property
    def seals(self) -> SealedFields | None:
        """What seals and opens the fields; None where no field is sealed."""
        return self._seals

    def read(self, document: Mapping[str, Any]) -> T:
        """Return what a document holds.

        Raises pydantic's `ValidationError` for one that lacks a field, `ValueError` for a seal of another document.
        """
        if self._seals:
            document = self._seals.open(document, str(document["_id"]))
        facts = {name: value for name, value in document.items() if name in self._names}
        if self._key:
            facts[self._key] = document["_id"]
        return self._adapter.validate_python(facts)

    def read_each(self, documents: Iterable[Mapping[str, Any]]) -> list[T]:
        """Return what each of the documents holds, in their order."""
        return [self.read(document) for document in documents]

    def document(self, value: T) -> Document:
        """Return the fields of a document, its `_id` among them where `key` names it."""
        facts: Document = plain(self._adapter.dump_python(value))
        if self._key:
            facts["_id"] = facts.pop(self._key)
        if self._derived:
            facts |= plain(self._derived(value))
        return self._seals.seal(facts, str(facts["_id"])) if self._seals else facts

    def update(self, facts: Document) -> Document:
        """Return the update that sets these fields of a document: those of a part, a dataclass, each by itself.

        So what a later version has added to a part stays too.
        """
        flat: Document = {}
        for name, value in facts.items():
            flat |= {f"{name}.{inner}": value[inner] for inner in value} if name in self._parts else {name: value}
        return {"$set": flat}


class Documents(Generic[T]):
    """A collection of aggregates of one class.

    `put` gives each document a new `revision`: a write that changed nothing would write nothing, and two transactions
    that decide by the same document would not meet. `revised=False` leaves it out where readers of the version before
    this one refuse a field that they do not know, and every `put` changes something anyway. `marked` documents are
    listed by their last change (`shared/store/changes.py`): they are written in units of work alone. `sealer` seals the
    fields that the class marks as `SEALED`.
    """

    def __init__(
        self,
        collection: Collection,
        mapper: Mapper[T],
        *,
        revised: bool = True,
        marked: bool = False,
        sealer: Sealer | None = None,
    ) -> None:
        self.collection = collection
        self.mapper = mapper.sealing(collection.name, sealer) if sealer else mapper
        self._revised = revised
        self._marked = marked

    async def get(self, key: str, work: UnitOfWork | None = None) -> T | None:
        """Return the aggregate with that id, or None."""
        return await self.first({"_id": key}, work)

    async def first(self, condition: Document, work: UnitOfWork | None = None) -> T | None:
        """Return one aggregate that meets the condition, or None."""
        row = await self.collection.find_one(condition, session=work.session if work else None)
        return self.mapper.read(row) if row else None

    async def find(self, condition: Document, work: UnitOfWork | None = None) -> list[T]:
        """Return all aggregates that meet the condition, in no order."""
        rows = self.collection.find(condition, session=work.session if work else None)
        return self.mapper.read_each(await rows.to_list(None))

    async def every(self) -> AsyncIterator[T]:
        """Yield every aggregate of the collection, in no order."""
        async for row in self.collection.find():
            yield self.mapper.read(row)

    async def each(self, keys: Iterable[str], work: UnitOfWork | None = None, by: str = "_id") -> list[T]:
        """Return the aggregates whose `by` is one of the keys, in no order; those that are missing are left out."""
        rows = await find_each(self.collection, keys, by=by, session=work.session if work else None)
        return self.mapper.read_each(rows)

    async def insert(self, values: Sequence[T], work: UnitOfWork) -> None:
        """Store new aggregates. Raises `DuplicateKeyError` where one is there."""
        if values:
            await self.collection.insert_many([self._document(value, work) for value in values], session=work.session)

    async def put(self, value: T, work: UnitOfWork | None = None) -> None:
        """Store an aggregate, new or changed: its fields are set, others of the document stay."""
        facts = self._document(value, work)
        key = facts.pop("_id")
        session = work.session if work else None
        await self.collection.update_one({"_id": key}, self.mapper.update(facts), upsert=True, session=session)

    async def put_each(self, values: Sequence[T], new: Iterable[str], work: UnitOfWork) -> None:
        """Store aggregates in one call; those whose ids are in `new` are known not to be there."""
        made = set(new)
        writes = [self._write(self._document(value, work), made) for value in values]
        if writes:
            await self.collection.bulk_write(writes, session=work.session)

    def _write(self, facts: Document, new: set[str]) -> InsertOne[Document] | UpdateOne:
        if facts["_id"] in new:
            return InsertOne(facts)
        changed = {name: facts[name] for name in facts if name != "_id"}
        return UpdateOne({"_id": facts["_id"]}, self.mapper.update(changed))

    def _document(self, value: T, work: UnitOfWork | None) -> Document:
        facts = self.mapper.document(value)
        if self._revised:
            facts[REVISION] = randbits(_REVISION_BITS)
        if self._marked:
            if work is None:
                raise TypeError("a marked document is written in a unit of work")
            facts[MARK] = mark(work.mark())
        return facts
