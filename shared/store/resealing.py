"""Brings seals along while the city works: those of an earlier form, and those of a key that another one follows.

A turn reads some documents in the order of their ids and seals again what is not current; it writes a field only where
the field still holds what was read. A record that does not open stays as it is, and the others are brought along. A
whole round is repeated every day: a process that was slower to get the new key may have sealed with the old one until
then.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.base.errors import Unreadable
from shared.base.json_types import JsonView
from shared.base.sealing import FIRST_FORM, Sealer, is_seal
from shared.store.deps import ServiceDeps
from shared.store.mongo import ASCENDING, Collection, Database, Document
from shared.store.personal_documents import SealedOfPersons
from shared.store.recurring import Recurring
from shared.store.sealed_fields import SealedFields, sealed_tree, texts_of

STATE = "resealing"
EVERY, AGAIN_AFTER = timedelta(minutes=1), timedelta(days=1)
DOCUMENTS_A_TURN = 500

logger = logging.getLogger(__name__)


def _id(document: Document) -> str:
    return str(document["_id"])


@dataclass(frozen=True)
class SealedByHand:
    """A field, `part.field` too, that a use case seals itself: the documents' ids are the records of `context`.

    `record` returns another record. `through` is a use case that seals a document's field again, where others must
    learn of it: (deps, id).
    """

    collection: str
    field: str
    context: str
    through: Callable[[Any, str], Awaitable[None]] | None = None  # Any: each service's deps, a document's value
    record: Callable[[Document], str] = _id

    def texts(self, document: JsonView) -> Iterator[tuple[str, str, str]]:
        """Yield the seal of a document: its context, its path, and the seal."""
        value: Any = document  # Any: each service's deps, a document's value
        for name in self.field.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value:
            yield self.context, self.field, value


@dataclass(frozen=True)
class SealedByStore:
    """The fields of a collection that its mapper seals."""

    fields: SealedFields

    @property
    def collection(self) -> str:
        """The name of the collection."""
        return self.fields.collection

    def texts(self, document: JsonView) -> Iterator[tuple[str, str, str]]:
        """Yield each text of a document: its context, its path, and the seal, or what an earlier version left clear."""
        for path, there, text in texts_of(document, self.fields.tree):
            yield f"{self.collection}.{path}", there, text


Sealed = SealedByHand | SealedByStore | SealedOfPersons


def by_store(sealer: Sealer, **classes: type) -> list[SealedByStore]:
    """Return what the mappers of these classes seal, by collection."""
    return [SealedByStore(SealedFields(name, sealed_tree(kind), sealer)) for name, kind in classes.items()]


class Resealing:
    """Seals again what is not sealed in the present form by the present key, collection by collection."""

    def __init__(self, database: Database, sealer: Sealer, sealed: Sequence[Sealed]) -> None:
        self._database = database
        self._state: Collection = database[STATE]
        self._sealer = sealer
        self._sealed = sealed

    async def turn(self, deps: ServiceDeps) -> None:
        """Bring some documents of each collection along. Raises the driver's errors."""
        if self._sealer.form == FIRST_FORM:
            return
        for collection in dict.fromkeys(one.collection for one in self._sealed):
            await self._bring(deps, collection)

    async def _bring(self, deps: ServiceDeps, name: str) -> None:
        state = await self._state.find_one({"_id": name}) or {}
        whole_at, now = state.get("whole_at"), deps.clock.now()
        if state.get("by") != self._sealer.current:
            state = {}
        elif whole_at and now - whole_at < AGAIN_AFTER:
            return
        after = "" if whole_at else state.get("after", "")
        rows = await self._database[name].find({"_id": {"$gt": after}}).sort("_id", ASCENDING).to_list(DOCUMENTS_A_TURN)
        unread = state.get("unread", 0) + sum([not await self._reseal(deps, name, row) for row in rows])
        is_whole = len(rows) < DOCUMENTS_A_TURN
        if is_whole and unread:
            logger.error("%s records of %s cannot be read and keep their seals", unread, name)
        elif is_whole:
            logger.info("every seal in %s is by the present key, %s", name, self._sealer.current)
        facts = {
            "by": self._sealer.current,
            "after": rows[-1]["_id"] if rows else "",
            "whole_at": now if is_whole else None,
            "unread": 0 if is_whole else unread,
        }
        await self._state.update_one({"_id": name}, {"$set": facts}, upsert=True)

    async def _reseal(self, deps: ServiceDeps, name: str, row: Document) -> bool:
        """Seal again what is not current; return whether all of the document could be read."""
        here = [sealed for sealed in self._sealed if sealed.collection == name]
        is_readable = all([await self._wrap(deps, one, row) for one in here if isinstance(one, SealedOfPersons)])
        old = [
            (sealed, *one)
            for sealed in here
            if not isinstance(sealed, SealedOfPersons)
            for one in sealed.texts(row)
            if not self._sealer.is_current(one[2])
        ]
        for sealed, context, there, text in old:
            try:
                if isinstance(sealed, SealedByHand) and sealed.through:
                    await sealed.through(deps, row["_id"])
                    continue
                record = sealed.record(row) if isinstance(sealed, SealedByHand) else _id(row)
                clear = self._sealer.open(text, context, record) if is_seal(text) else text
                new = self._sealer.seal(clear, context, record)
                await self._database[name].update_one({"_id": row["_id"], there: text}, {"$set": {there: new}})
            except Unreadable:  # counted and logged where it was opened; the other records are brought along
                is_readable = False
        return is_readable

    async def _wrap(self, deps: ServiceDeps, sealed: SealedOfPersons, row: Document) -> bool:
        if all(sealed.is_current(self._sealer, text) for _, _, text in sealed.texts(row)):
            return True
        try:
            await sealed.bring(deps, row, self._sealer)
        except Unreadable:
            return False
        return True

    @property
    def recurring(self) -> "Recurring[Any]":  # Any: each service has its own deps
        """The work as a declaration."""
        return Recurring("seals.brought_along", EVERY, self.turn)
