"""When places move: the paths that a service's documents hold follow, some at a time, while the service works.

A move is a list of changes of paths. Its steps are one deadline that falls due again until a whole round over all
collections has moved nothing; how far it is stands in `relocations`, so that any process goes on where one was killed.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import randbits
from typing import Any, Generic, NamedTuple, TypeVar

from shared.base.area import rebased, within
from shared.base.json_types import JsonView
from shared.envelope.event import Event
from shared.events.registration_moves import PathChange, PlaceMoveEvent
from shared.store.changes import MARK, mark
from shared.store.deadlines import Bulk, Deadline
from shared.store.deps import ServiceDeps
from shared.store.documents import REVISION
from shared.store.mongo import Database, Document, UpdateOne
from shared.store.queries import find_each, page
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

STEP, RELOCATIONS = "places.relocate", "relocations"
A_STEP = 250
# A request that had read the old path may still write it: what it wrote is looked for once more.
LATE = timedelta(minutes=2)
_PATHS = re.compile("path|area|home|door|^to$|handover|refused_for")
_REVISION_BITS = 62
_AT_ONCE = datetime.fromtimestamp(0, UTC)  # the same for every process, so that there is one such deadline

D = TypeVar("D", bound=ServiceDeps)


class Reached(NamedTuple):
    """How many documents a part of a step has moved, and behind which the next one goes on; None at the end."""

    moved: int
    after: str | None


Stage = Callable[[D, Database, str, PathChange, str, UnitOfWork], Awaitable[Reached]]


@dataclass(frozen=True)
class Kept:
    """A collection whose field `by` holds the path of a place; `events` state a document whose path has changed.

    `only` are the conditions with which the index of that field begins; `derived` gives the fields that follow from a
    document's path.
    """

    collection: str
    by: str = "area_path"
    events: Callable[[JsonView], Sequence[Event]] | None = None
    only: Sequence[Document] = field(default_factory=lambda: [{}])
    derived: Callable[[JsonView], Document] | None = None

    @property
    def stages(self) -> "list[Stage[Any]]":  # Any: deps of any service
        """Return what moves the documents, for each condition."""
        return [partial(_move, self, only) for only in self.only]


async def _move(
    kept: Kept,
    only: Document,
    deps: ServiceDeps,
    database: Database,
    move_id: str,
    change: PathChange,
    after: str,
    work: UnitOfWork,
) -> Reached:
    collection = database[kept.collection]
    rows, following = await page(collection, change.old, after, A_STEP, only, field=kept.by)
    ids = [row["_id"] for row in rows]
    # Read again in the transaction: what another one has changed since meets this one with a conflict.
    documents = await find_each(collection, ids, session=work.session)
    writes: list[UpdateOne] = []
    for document in documents:
        if not within(str(document.get(kept.by)), change.old):
            continue
        facts = moved_fields(document, change)
        if kept.derived:
            facts |= kept.derived(document | facts)
        if REVISION in document:
            facts[REVISION] = randbits(_REVISION_BITS)
        if MARK in document:
            facts[MARK] = mark(work.mark())
        writes.append(UpdateOne({"_id": document["_id"]}, {"$set": facts}))
        if kept.events:
            work.emit(*kept.events(document | facts))
    if writes:
        await collection.bulk_write(writes, session=work.session)
    return Reached(len(writes), following)


def moved_fields(document: JsonView, change: PathChange) -> Document:
    """Return the fields of a document in which a path has become another, whole; texts that people write stay."""
    made = {name: _moved(value, change) for name, value in document.items() if _PATHS.search(name)}
    return {name: value for name, value in made.items() if value != document[name]}


def _moved(value: Any, change: PathChange) -> Any:  # Any: a value of a document
    if isinstance(value, str):
        return rebased(value, change.old, change.new)
    if isinstance(value, dict):
        return {name: _moved(one, change) if _PATHS.search(name) else one for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, change) for one in value]
    return value


async def begin(deps: ServiceDeps, move_id: str, changes: Sequence[PathChange], work: UnitOfWork) -> None:
    """Have a move carried out by steps from now on; again, it changes nothing."""
    payload = {"changes": [one.model_dump() for one in changes]}
    await deps.deadlines.schedule_all(work, [(STEP, move_id, _AT_ONCE, "", payload)])


@retry_conflicts
async def follow(deps: ServiceDeps, event: PlaceMoveEvent) -> None:
    """Begin to move what this service keeps, once for each move, whichever of its events is read first."""
    async with deps.unit_of_work(event) as work:
        await begin(deps, event.move_id, event.changes, work)
    deps.deadlines.wake()


@dataclass
class _State:
    """How far a move is: round, stage and change, behind which document, and how many have moved, also this round."""

    stage: int = 0
    change: int = 0
    after: str = ""
    moved: int = 0
    this_round: int = 0
    ended: bool = False
    over: bool = False


class Relocation(Generic[D]):
    """Carries out moves in the store of one service; `ended` is called in the unit of work in which all has moved."""

    def __init__(
        self,
        database: Database,
        stages: "Sequence[Stage[D]]",
        ended: Callable[[D, str, UnitOfWork], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._stages = stages
        self._ended = ended

    def handler(self) -> Bulk[D]:
        """Return what handles the deadlines of moves in one process."""
        return Bulk(self.step)

    @retry_conflicts
    async def step(self, deps: D, deadline: Deadline) -> timedelta:
        """Move some documents; return how long the store rests before the next step."""
        changes = [PathChange.model_validate(one) for one in deadline.payload["changes"]]
        relocations = self._database[RELOCATIONS]
        async with deps.unit_of_work() as work:
            row = await relocations.find_one({"_id": deadline.subject}, session=work.session)
            state = _State(**{name: row[name] for name in vars(_State())}) if row else _State()
            if state.over:
                return timedelta()
            if changes and state.stage < len(self._stages):
                reached = await self._stages[state.stage](
                    deps, self._database, deadline.subject, changes[state.change], state.after, work
                )
                _advance(state, reached, len(changes))
            rests = timedelta()
            if not changes or state.stage >= len(self._stages):
                rests = await self._end_round(deps, deadline.subject, state, work)
            await relocations.update_one(
                {"_id": deadline.subject}, {"$set": vars(state)}, upsert=True, session=work.session
            )
            if not state.over:
                # The handler's claim makes it the only one at work; a turn that is lost is taken again.
                due_at = deps.clock.now() + rests if rests else deadline.due_at
                await deps.deadlines.again(work, deadline, due_at)
        return timedelta()

    async def _end_round(self, deps: D, move_id: str, state: _State, work: UnitOfWork) -> timedelta:
        """Begin another round, or end after one that has moved nothing; return when to look again."""
        still = not state.this_round
        state.stage = state.change = state.this_round = 0
        state.after = ""
        if not still:
            return timedelta()
        if state.ended:
            state.over = True
            return timedelta()
        state.ended = True
        if self._ended:
            await self._ended(deps, move_id, work)
        return LATE


def _advance(state: _State, reached: Reached, changes: int) -> None:
    state.moved += reached.moved
    state.this_round += reached.moved
    state.after = reached.after or ""
    if reached.after is None:
        state.change += 1
        if state.change == changes:
            state.stage, state.change = state.stage + 1, 0


async def documents_moved(database: Database, move_id: str) -> int:
    """Return how many documents of this service have followed a move."""
    row = await database[RELOCATIONS].find_one({"_id": move_id})
    return int(row["moved"]) if row else 0
