"""Documents of which some texts are wrapped by the key of the person whom they are about (ADR 45).

Above the store nothing is wrapped: aggregates hold the seals of the service's key, as they always did.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared.base.json_types import JsonView
from shared.base.sealing import Sealer, is_seal
from shared.store.documents import Documents, Mapper
from shared.store.mongo import Collection, Document, Session
from shared.store.person_keys import WRAPPED, Keys, PersonKeys, is_current, unwrap, wrap
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

T = TypeVar("T")


@dataclass(frozen=True)
class Owned:
    """Which texts of a document, `part.field` too, belong to the person whose id is in the field `person`."""

    texts: tuple[str, ...]
    person: str = "_id"


class PersonalDocuments(Documents[T], Generic[T]):
    """A collection of aggregates that wraps the `owned` texts when it writes and unwraps them when it reads."""

    def __init__(
        self,
        collection: Collection,
        mapper: Mapper[T],
        owned: Owned,
        keys: PersonKeys,
        *,
        revised: bool = True,
        marked: bool = False,
    ) -> None:
        super().__init__(collection, mapper, revised=revised, marked=marked)
        self.owned = owned
        self.keys = keys

    async def read_each(self, rows: Sequence[Document], session: Session | None = None) -> list[T]:
        """Return what documents of the collection hold, in their order."""
        return self.mapper.read_each(await self.unwrapped(rows, session))

    async def unwrapped(self, rows: Sequence[Document], session: Session | None = None) -> Sequence[Document]:
        """Return documents with their texts as the aggregates have them."""
        wrapped = {
            row[self.owned.person] for row in rows if any(text.startswith(WRAPPED) for _, text in self._texts(row))
        }
        keys = await self.keys.of(wrapped, session) if wrapped else {}
        return [self._each(row, unwrap, keys) for row in rows] if keys else rows

    async def first(self, condition: Document, work: UnitOfWork | None = None) -> T | None:
        """Return one aggregate that meets the condition, or None."""
        session = work.session if work else None
        row = await self.collection.find_one(condition, session=session)
        return (await self.read_each([row], session))[0] if row else None

    async def find(self, condition: Document, work: UnitOfWork | None = None) -> list[T]:
        """Return all aggregates that meet the condition, in no order."""
        session = work.session if work else None
        return await self.read_each(await self.collection.find(condition, session=session).to_list(None), session)

    async def every(self) -> AsyncIterator[T]:
        """Yield every aggregate of the collection, in no order."""
        async for row in self.collection.find():
            (one,) = await self.read_each([row])
            yield one

    async def each(self, keys: Iterable[str], work: UnitOfWork | None = None, by: str = "_id") -> list[T]:
        """Return the aggregates whose `by` is one of the keys, in no order; those that are missing are left out."""
        session = work.session if work else None
        return await self.read_each(await find_each(self.collection, keys, by=by, session=session), session)

    async def insert(self, values: Sequence[T], work: UnitOfWork) -> None:
        """Store new aggregates. Raises `DuplicateKeyError` where one is there."""
        if values:
            rows = await self.wrapped([self._document(value, work) for value in values], work)
            await self.collection.insert_many(rows, session=work.session)

    async def facts(self, values: Sequence[T], work: UnitOfWork | None, new: Container[str] = ()) -> list[Document]:
        """Return the fields of the documents that store the aggregates, their texts wrapped."""
        return await self.wrapped(await super().facts(values, work, new), work)

    async def wrapped(self, rows: list[Document], work: UnitOfWork | None) -> list[Document]:
        """Return documents as the store holds them. Raises `TypeError` without a unit of work."""
        if not self.keys.are_used:
            return rows
        if work is None:
            raise TypeError("what is wrapped by a person's key is written in a unit of work")
        keys = await self.keys.ensure((row[self.owned.person] for row in rows), work)
        return [self._each(row, wrap, keys) for row in rows]

    def _each(self, row: Document, change: Callable[..., str], keys: Keys) -> Document:
        key = keys.get(row[self.owned.person])
        if key is None:
            return row
        for path, text in list(self._texts(row)):
            row = _with(row, path.split("."), change(key, text, f"{self.collection.name}.{path}", row["_id"]))
        return row

    def _texts(self, row: JsonView) -> Iterable[tuple[str, str]]:
        for path in self.owned.texts:
            value: Any = row  # Any: values of a document
            for name in path.split("."):
                value = value.get(name) if isinstance(value, Mapping) else None
            if isinstance(value, str) and value:
                yield path, value


def _with(row: Document, path: Sequence[str], text: str) -> Document:
    name, *rest = path
    return row | {name: _with(row[name], rest, text) if rest else text}


def _id(document: Document) -> str:
    return str(document["_id"])


@dataclass(frozen=True)
class SealedOfPersons:
    """What a collection holds wrapped by persons' keys, brought along with the other seals of the service.

    `contexts` names, by field, for what the service's key seals it, of the `record` of the document. `through` is a use
    case for seals of an earlier sealing key, where others must learn of the new one: (deps, id).
    """

    documents: PersonalDocuments[Any]  # Any: a collection of any aggregate
    contexts: Mapping[str, str]
    through: Callable[[Any, str], Awaitable[None]] | None = None  # Any: each service's deps
    record: Callable[[Document], str] = field(default=_id)

    @property
    def collection(self) -> str:
        """The name of the collection."""
        return self.documents.collection.name

    def texts(self, document: JsonView) -> Iterable[tuple[str, str, str]]:
        """Yield each text of a document: its context, its path, and the text as it is stored."""
        for path, text in self.documents._texts(document):
            yield self.contexts.get(path, ""), path, text

    def is_current(self, sealer: Sealer, text: str) -> bool:
        """Whether a stored text is as this process would write it."""
        return is_current(sealer, text)

    async def bring(self, deps: Any, row: Document, sealer: Sealer) -> None:  # Any: each service's deps
        """Wrap the texts of a document, and seal anew what an earlier key sealed. Raises `Unreadable`."""
        (clear,) = await self.documents.unwrapped([row])
        inner = [(path, self.contexts.get(path, ""), text) for path, text in self.documents._texts(clear)]
        stale = [one for one in inner if one[1] and not sealer.is_current(one[2])]
        if stale and self.through:
            await self.through(deps, row["_id"])
            return
        record = self.record(row)
        for path, context, text in stale:
            opened = sealer.open(text, context, record) if is_seal(text) else text
            clear = _with(clear, path.split("."), sealer.seal(opened, context, record))
        await _store(deps, self.documents, row, clear)


@retry_conflicts
async def _store(deps: Any, documents: PersonalDocuments[Any], row: Document, clear: Document) -> None:  # Any: as above
    """Write the texts of a document that still holds what was read."""
    async with deps.unit_of_work() as work:
        (wrapped,) = await documents.wrapped([clear], work)
        was, new = dict(documents._texts(row)), dict(documents._texts(wrapped))
        if changed := {path: text for path, text in new.items() if was[path] != text}:
            condition = {"_id": row["_id"]} | {path: was[path] for path in changed}
            await documents.collection.update_one(condition, {"$set": changed}, session=work.session)
