"""What a service holds of persons, declared once by kind: for the export of one's own data, its erasure, its purge.

A kind names its collection, the fields that hold the person's id, and what becomes of its documents when the person is
erased. Nothing that a person may be known by stays; what stays by law is under the random id alone (ADR 45).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from shared.base.json_types import Json
from shared.base.sealing import Sealer, is_seal
from shared.events.erasures import Erased
from shared.events.registration_rights import ErasureOrdered
from shared.store.deps import ServiceDeps
from shared.store.documents import Mapper, plain
from shared.store.mongo import ASCENDING, Collection, Database, Document
from shared.store.unit_of_work import AlreadyHandled, retry_conflicts

DOCUMENTS_A_STEP = 200
MOST_ROWS = 2_000  # of one kind in one export; beyond it the answer states that more is held


class Then(StrEnum):
    """What becomes of documents when their person is erased."""

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


@dataclass(frozen=True)
class Kind:
    """A kind of data. `name` is its row in the table of retention (`retention.py`).

    `persons`: the fields with the person's id, or with a list of ids. `opens`: fields that use cases seal themselves,
    with their contexts. `hides`: fields that are no one's to read, as hashes. `blank`: the values that are set at an
    erasure where `then` is BLANK, `part.field` too, `AREA` for the community; `why` states by what law something stays.
    """

    name: str
    collection: str
    persons: tuple[str, ...]
    then: Then = Then.DELETE
    hides: tuple[str, ...] = ()
    opens: Mapping[str, str] = field(default_factory=dict)
    blank: Mapping[str, object] = field(default_factory=dict)
    why: str = ""

    def of(self, person_id: str) -> Document:
        """Return the condition on documents of a person."""
        each = [{name: person_id} for name in self.persons]
        return each[0] if len(each) == 1 else {"$or": each}

    def updates(self, area: str) -> Iterator[tuple[Document, Document]]:
        """Yield what is set at an erasure: a further condition, and the values."""
        whole = {name: area if value is AREA else value for name, value in self.blank.items() if "." not in name}
        yield {}, whole
        for name, value in self.blank.items():
            if "." in name:
                yield {name.partition(".")[0]: {"$ne": None}}, {name: value}


READINGS_STAY = "查阅记录须留存三年以备审计"
# The value of a field that is set to the community of the person.
AREA = object()


class Held(NamedTuple):
    """What a service holds of a person of one kind: the documents, and whether there are more."""

    kind: Kind
    rows: list[Json]
    more: bool


class Outcome(NamedTuple):
    """How many documents of each kind an erasure has removed or blanked, and how many stay."""

    removed: dict[str, int]
    kept: dict[str, int]


class PersonalData:
    """What a service holds of persons, by its declared kinds.

    `contract` is the event by which it confirms an erasure, None for the service that orders it.
    `home` returns the area path of a person, None for a person not known here. `classes` read documents with sealed
    fields, by collection; others are shown as they are stored. `erase_more` does what no declaration can; it is
    repeated where a step fails, and returns counts by kind.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        service: str,
        contract: type[Erased] | None,
        kinds: Sequence[Kind],
        home: Callable[[str], Awaitable[str | None]],
        classes: Mapping[str, Mapper[Any]],  # Any: aggregates of any class
        erase_more: Callable[[str], Awaitable[Mapping[str, int]]] | None = None,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._mappers = {name: mapper.sealing(name, sealer) for name, mapper in classes.items()}
        self.service = service
        self.contract = contract
        self.kinds = kinds
        self.home = home
        self._erase_more = erase_more
        # What a use case opens for the copy, of which the documents alone say nothing.
        self.beside: Callable[[str], Awaitable[Sequence[Held]]] | None = None

    def collection(self, kind: Kind) -> Collection:
        """Return the collection of a kind."""
        return self._database[kind.collection]

    async def held(self, person_id: str) -> AsyncIterator[Held]:
        """Yield what is held of a person, kind by kind."""
        for beside in await self.beside(person_id) if self.beside else ():
            yield beside
        for kind in self.kinds:
            cursor = self.collection(kind).find(kind.of(person_id)).sort("_id", ASCENDING).limit(MOST_ROWS + 1)
            rows = await cursor.to_list(MOST_ROWS + 1)
            yield Held(kind, [self._as_read(kind, row) for row in rows[:MOST_ROWS]], len(rows) > MOST_ROWS)

    async def erase(self, person_id: str, area: str) -> Outcome:
        """Remove, blank or count the documents of a person, some at a time. Again changes nothing."""
        removed = dict(await self._erase_more(person_id)) if self._erase_more else {}
        kept: dict[str, int] = {}
        for kind in self.kinds:
            documents = self.collection(kind)
            if kind.then is Then.KEEP:
                kept[kind.name] = kept.get(kind.name, 0) + await documents.count_documents(kind.of(person_id))
            elif kind.then is Then.BLANK:
                kept[kind.name] = kept.get(kind.name, 0) + await documents.count_documents(kind.of(person_id))
                for further, values in kind.updates(area):
                    await documents.update_many({"$and": [kind.of(person_id), further]}, {"$set": values})
            else:
                removed[kind.name] = removed.get(kind.name, 0) + await self._delete(kind, person_id)
        return Outcome(_some(removed), _some(kept))

    def _as_read(self, kind: Kind, row: Document) -> Json:
        """Return a document as its person may read it."""
        mapper = self._mappers.get(kind.collection)
        facts = vars(mapper.read(row)) if mapper else row
        opened = {
            name: self._sealer.show(row[name], context, row["_id"])
            for name, context in kind.opens.items()
            if isinstance(row.get(name), str) and is_seal(row[name])
        }
        left_out = {"revision", "changed", *kind.hides}
        return {name: as_json(value) for name, value in {**facts, **opened}.items() if name not in left_out}

    async def _delete(self, kind: Kind, person_id: str) -> int:
        documents, count = self.collection(kind), 0
        while rows := await documents.find(kind.of(person_id), {"_id": 1}).limit(DOCUMENTS_A_STEP).to_list(None):
            done = await documents.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
            count += done.deleted_count
        return count


async def follow_erasure(deps: Any, event: ErasureOrdered) -> None:  # Any: each service's deps
    """Erase what this service holds of a person and confirm it; a repeated event changes nothing."""
    outcome = await deps.personal.erase(event.resident_id, event.area_path)
    contract: type[Erased] | None = deps.personal.contract
    if contract is None:
        return
    with suppress(AlreadyHandled):
        await _confirm(deps, contract, event, outcome)


@retry_conflicts
async def _confirm(deps: ServiceDeps, contract: type[Erased], event: ErasureOrdered, outcome: Outcome) -> None:
    async with deps.unit_of_work(event) as work:
        about = {"resident_id": event.resident_id, "request_id": event.request_id, "area_path": event.area_path}
        counts = {"removed": outcome.removed, "kept": outcome.kept}
        work.emit(contract.model_validate({**about, **counts, "erased_at": deps.clock.now()}))


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def as_json(value: object) -> Any:  # Any: a value of a document
    """Return a value of a document or an aggregate as JSON holds it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: as_json(one) for name, one in vars(value).items()}
    return value.hex() if isinstance(value, bytes) else plain(value)
