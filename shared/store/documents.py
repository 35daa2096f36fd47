"""Documents of aggregates: read into frozen dataclasses, written field by field (docs/adr/0016-documents.md).

A reader ignores fields that it does not know, and a writer sets the fields that it knows and leaves the others, those
within a part of the document too: so two versions of a service work on one store during a rolling upgrade.
"""

from collections.abc import AsyncIterator, Callable, Container, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from secrets import randbits
from typing import Any, Generic, Self, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter

from shared.base.json_types import JsonView
from shared.base.sealing import Sealer
from shared.store.changes import MARK, mark
from shared.store.mongo import Collection, Document, InsertOne, UpdateOne
from shared.store.queries import find_each
from shared.store.sealed_fields import SealedFields, sealed_tree
from shared.store.unit_of_work import UnitOfWork
from shared.store.unknown_parts import shape_of, with_unknown

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
def _adapter(kind: Any) -> TypeAdapter[Any]:  # Any: a class of any kind
    return TypeAdapter(kind)


@cache
def _parts(kind: Any) -> frozenset[str]:  # Any: a class of any kind
    """Return the names of the fields that always hold a dataclass, which has no parts itself."""
    shape = shape_of(kind)
    hints = get_type_hints(kind).items()
    return frozenset(name for name, hint in hints if is_dataclass(hint) and not shape.parts[name].parts)


class Mapper(Generic[T]):
    """Turns documents into instances of a frozen dataclass and back; `key` names the field that is the `_id`.

    Without `key` the id is made by the caller. `derived` gives fields that queries need beside those of the class.
    `parts` names the fields with objects, alone or in a list; `read_to_write` those of which a writer has to know what
    is stored, sealed ones among them: what cannot be read is not overwritten.
    """

    def __init__(self, kind: type[T], key: str = "", derived: Callable[[T], Document] | None = None) -> None:
        self._adapter: TypeAdapter[T] = _adapter(cast(Hashable, kind))
        self.kind = kind
        self._names = frozenset(field.name for field in fields(kind))  # type: ignore[arg-type]  # a dataclass
        self._parts = _parts(cast(Hashable, kind))
        self._shape = shape_of(cast(Hashable, kind))
        self.parts = frozenset(self._shape.parts)
        self.read_to_write = self.parts - self._parts
        self._key = key
        self._derived = derived
        self._tree = sealed_tree(cast(Hashable, kind))
        self._seals: SealedFields | None = None

    def sealing(self, collection: str, sealer: Sealer) -> Self:
        """Return the mapper for a collection whose fields that are marked as `SEALED` are sealed in the store."""
        made = copy(self)
        made._seals = SealedFields(collection, self._tree, sealer) if self._tree else None
        made.read_to_write |= self._tree.keys()
        return made

    @property
    def seals(self) -> SealedFields | None:
        """What seals and opens the fields; None where no field is sealed."""
        return self._seals

    def read(self, document: JsonView) -> T:
        """Return what a document holds.

        In place of a sealed text that does not open stands `UNREADABLE`: the document is shown, and cannot be written.
        Raises pydantic's `ValidationError` for one that lacks a field.
        """
        if self._seals:
            document = self._seals.show(document, str(document["_id"]))
        facts = {name: value for name, value in document.items() if name in self._names}
        if self._key:
            facts[self._key] = document["_id"]
        return self._adapter.validate_python(facts)

    def read_each(self, documents: Iterable[JsonView]) -> list[T]:
        """Return what each of the documents holds, in their order."""
        return [self.read(document) for document in documents]

    def document(self, value: T, stored: JsonView | None = None) -> Document:
        """Return the fields of a document, its `_id` among them where `key` names it.

        What only the `stored` document knows of its parts stays in them. Raises `Unreadable` where a sealed text of it
        does not open, or is `UNREADABLE`.
        """
        facts: Document = plain(self._adapter.dump_python(value))
        if stored:
            clear = self._seals.open(stored, str(stored["_id"])) if self._seals else stored
            facts = with_unknown(facts, clear, self._shape)
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
        """Store an aggregate, new or changed: its fields are set, others of the document and of its parts stay."""
        (facts,) = await self.facts([value], work)
        key = facts.pop("_id")
        session = work.session if work else None
        await self.collection.update_one({"_id": key}, self.mapper.update(facts), upsert=True, session=session)

    async def put_each(self, values: Sequence[T], new: Iterable[str], work: UnitOfWork) -> None:
        """Store aggregates in one call; those whose ids are in `new` are known not to be there."""
        made = set(new)
        writes = [self._write(facts, made) for facts in await self.facts(values, work, made)]
        if writes:
            await self.collection.bulk_write(writes, session=work.session)

    async def facts(self, values: Sequence[T], work: UnitOfWork | None, new: Container[str] = ()) -> list[Document]:
        """Return the fields of the documents that store the aggregates; those whose ids are in `new` are not there.

        Where the aggregates have parts or sealed texts, the stored documents are read first. Raises `Unreadable`.
        """
        documents = [self._document(value, work) for value in values]
        there = [facts["_id"] for facts in documents if facts["_id"] not in new] if self.mapper.read_to_write else []
        session = work.session if work else None
        rows = await find_each(self.collection, there, sorted(self.mapper.read_to_write), session=session)
        stored = {row["_id"]: row for row in rows}
        return [
            self._document(value, work, stored[facts["_id"]]) if facts["_id"] in stored else facts
            for value, facts in zip(values, documents, strict=True)
        ]

    def _write(self, facts: Document, new: set[str]) -> InsertOne[Document] | UpdateOne:
        if facts["_id"] in new:
            return InsertOne(facts)
        changed = {name: facts[name] for name in facts if name != "_id"}
        return UpdateOne({"_id": facts["_id"]}, self.mapper.update(changed))

    def _document(self, value: T, work: UnitOfWork | None, stored: Document | None = None) -> Document:
        facts = self.mapper.document(value, stored)
        if self._revised:
            facts[REVISION] = randbits(_REVISION_BITS)
        if self._marked:
            if work is None:
                raise TypeError("a marked document is written in a unit of work")
            facts[MARK] = mark(work.mark())
        return facts
