"""Deadlines: things that fall due are documents, claimed with a lease by any replica. No timer lives in a process."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakSet

from shared.base import metrics
from shared.base.clock import Clock, loop_time, machine_time
from shared.base.errors import DomainError, Unreadable
from shared.base.ids import derived_id, new_id
from shared.base.json_types import Json, JsonView
from shared.base.logs import correlation_id
from shared.store.faults import SERVER_ERRORS, is_fault
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, ReplaceOne
from shared.store.queries import find_each
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork

DEADLINES = "deadlines"
# A handler that takes longer is called a second time, which its unit of work makes harmless.
LEASE = timedelta(seconds=15)
POLL_S = 0.5
AT_ONCE = 4
DUE_AT_ONCE = 50
MAX_MISTAKES = 12
LONGEST_PAUSE_S = 60.0
PAUSE_AFTER_FAULT_S = 1.0
RETENTION_S = 90 * 86_400
_NEVER = datetime.fromtimestamp(0, UTC)
_AS_READ = ("_id", "state", "due_at", "leased_until", "turn")

INDEXES = {
    DEADLINES: [
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("subject", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("closed_at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ]
}

logger = logging.getLogger(__name__)


class Deadline(NamedTuple):
    """Something due: `subject` is the aggregate it belongs to. It is the cause of the unit of work that answers it.

    `turn` counts how often it was made to fall due again, `mistakes` the failed attempts since.
    """

    id: str
    kind: str
    subject: str
    due_at: datetime
    payload: JsonView
    turn: int = 0
    mistakes: int = 0


D = TypeVar("D")

Handler = Callable[[D, Deadline], Awaitable[None]]


class Bulk(Generic[D]):
    """A handler of bulk work: one call at a time in a process, each as long after the one before as that one returned.

    Nothing else of its kind is claimed during a call, so that bulk work never takes every worker from other due work.
    """

    def __init__(self, handle: Callable[[D, Deadline], Awaitable[timedelta]]) -> None:
        self._handle = handle
        self._at_work = asyncio.Lock()
        self._rests_until = 0.0

    @property
    def ready(self) -> bool:
        """Whether it takes a call now."""
        return not self._at_work.locked() and loop_time() >= self._rests_until

    async def __call__(self, deps: D, deadline: Deadline) -> None:
        """Handle one thing that is due."""
        async with self._at_work:
            rest = await self._handle(deps, deadline)
            self._rests_until = loop_time() + rest.total_seconds()


class Deadlines:
    """The deadlines in a service's database; schedule and cancel take part in a unit of work."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._deadlines = database[DEADLINES]
        self._clock = clock
        self._owner = new_id()
        self._ending = False
        self._awake = asyncio.Event()
        self._claiming = asyncio.Lock()  # those at work here would only meet at the same document
        self._due: deque[Document] = deque()  # what was due and free at the last look
        self._due_until = self._in_vain_at = -math.inf
        self._scheduling: WeakSet[asyncio.Task[Any]] = WeakSet()  # Any: a task of any kind

    # Any: a payload, as a document
    async def schedule(
        self, work: UnitOfWork, kind: str, subject: str, due_at: datetime, *, key: str = "", **payload: Any
    ) -> None:
        """Have the handler of `kind` called once at `due_at`; `key` tells apart several of one kind and subject."""
        await self.schedule_all(work, [(kind, subject, due_at, key, payload)])

    async def schedule_all(self, work: UnitOfWork, wanted: list[tuple[str, str, datetime, str, Json]]) -> None:
        """Schedule many at once, each as (kind, subject, due_at, key, payload); one that is there already stays."""
        documents = {document["_id"]: document for document in (_document(*one) for one in wanted)}
        present = await find_each(self._deadlines, documents, ["_id"], session=work.session, state={"$ne": "cancelled"})
        kept = {row["_id"] for row in present}
        writes = [ReplaceOne({"_id": key}, doc, upsert=True) for key, doc in documents.items() if key not in kept]
        if writes:
            await self._deadlines.bulk_write(writes, session=work.session)
            self._note(min(document["due_at"] for document in documents.values()))

    async def cancel(self, work: UnitOfWork, subject: str, kind: str | None = None, key: str | None = None) -> None:
        """Withdraw what is still pending for the subject: all of it, one kind, or one key of a kind."""
        condition: Document = {"subject": subject, "state": "pending"}
        condition |= {name: value for name, value in (("kind", kind), ("key", key)) if value is not None}
        update = {"$set": {"state": "cancelled", "closed_at": machine_time()}}
        await self._deadlines.update_many(condition, update, session=work.session)

    async def again(self, work: UnitOfWork, deadline: Deadline, due_at: datetime) -> None:
        """Have the same deadline fall due again at `due_at`, for what is looked at time and again.

        It answers the deadline once, in a unit of work without a cause: years of checks leave one document, and none in
        the inbox. Raises `AlreadyHandled` where it has moved on or was withdrawn.
        """
        moved = await self._deadlines.update_one(
            {"_id": deadline.id, "state": "pending", "due_at": deadline.due_at, "turn": deadline.turn},
            {
                "$set": {"due_at": due_at, "leased_until": _NEVER, "attempts": 0, "mistakes": 0},
                "$inc": {"turn": 1},
            },
            session=work.session,
        )
        if not moved.modified_count:
            raise AlreadyHandled(deadline.id)
        self._note(due_at)

    def _note(self, due_at: datetime) -> None:
        """Note that something is to fall due before what was found to be due: it has its turn in its order."""
        if self._due and due_at <= self._due[-1]["due_at"] and (task := asyncio.current_task()):
            self._scheduling.add(task)

    async def run(self, handlers: Mapping[str, Handler[D]], deps: D) -> None:
        """Handle what falls due until ended or cancelled; a fault of the store is waited out."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE if handlers else 0):
                group.create_task(self._work(handlers, deps))

    def end(self) -> None:
        """Begin nothing more: `run` returns once what is in hand has ended."""
        self._ending = True
        self.wake()

    def wake(self) -> None:
        """Look at once, where `run` waits: something is due now that a unit of work has just scheduled here."""
        self._awake.set()

    async def _work(self, handlers: Mapping[str, Handler[D]], deps: D) -> None:
        while not self._ending:
            self._awake.clear()
            pause, asked_at = POLL_S, loop_time()
            await asyncio.sleep(0)  # workers that wake together all ask before the first of them looks
            try:
                if not self._ending and await self.handle_one(handlers, deps, asked_at):
                    continue
                pause = max(0.0, self._due_until - loop_time())
            except SERVER_ERRORS as error:
                logger.warning("due work waits: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), pause)

    async def handle_one(self, handlers: Mapping[str, Handler[D]], deps: D, asked_at: float = math.inf) -> bool:
        """Claim and handle one thing that is due; whether there was one. Repeats no vain look since `asked_at`."""
        async with self._claiming:
            if not self._due and self._in_vain_at >= asked_at:
                return False
            ready = {kind for kind, handler in handlers.items() if not isinstance(handler, Bulk) or handler.ready}
            row = await self._claim(ready)
        if row is None:
            return False
        await self._handle(row, handlers[row["kind"]], deps)
        task = asyncio.current_task()
        if task is not None and task in self._scheduling:
            self._scheduling.discard(task)
            self._due.clear()  # now that it is committed, the next look finds it
        return True

    async def _claim(self, kinds: set[str]) -> Document | None:
        """Return the first due deadline that no process has claimed, as it is once it is ours.

        What is due is looked for by the index alone and claimed by its id: for a condition on more, or to find and
        change in one call, an embedded server goes through every deadline there is.
        """
        looked = False
        while True:
            if not self._due or loop_time() > self._due_until:
                if looked:
                    return None
                await self._look_for_due(kinds)
                looked = True
            while self._due:
                row = self._due.popleft()
                if row["kind"] in kinds and (claimed := await self._claimed(row)):
                    return claimed

    async def _look_for_due(self, kinds: set[str]) -> None:
        """Find what is due first and has no owner, some at a time: a server may read all that is due for each look."""
        self._due.clear()
        began = loop_time()
        due = {"state": "pending", "due_at": {"$lte": self._clock.now()}}
        now = machine_time()  # leases run on machine time, which a drill's clock does not move
        async for row in self._deadlines.find(due).sort("due_at", ASCENDING):
            if row["kind"] in kinds and row["leased_until"] < now:
                self._due.append(row)
                if len(self._due) == DUE_AT_ONCE:
                    break
        if not self._due:
            self._in_vain_at = began
        self._due_until = loop_time() + POLL_S

    async def _claimed(self, row: Document) -> Document | None:
        """Return the deadline as it is once it is ours; None where it has changed since it was read."""
        as_read = {name: row[name] for name in _AS_READ if name in row}
        ours = {"leased_until": machine_time() + LEASE, "owner": self._owner, "turn": row.get("turn", 0)}
        claimed = await self._deadlines.update_one(as_read, {"$set": ours, "$inc": {"attempts": 1}})
        return dict(row, **ours, attempts=row["attempts"] + 1) if claimed.modified_count else None

    async def _handle(self, row: Document, handler: Handler[D], deps: D) -> None:
        deadline = _deadline(row)
        correlation_id.set(row.get("correlation_id", ""))
        if row["attempts"] == 1 and not isinstance(handler, Bulk):  # bulk work is due when there is time for it
            metrics.LATENESS.observe(max(0.0, (self._clock.now() - deadline.due_at).total_seconds()))
        try:
            await handler(deps, deadline)
        except AlreadyHandled:
            pass  # it had its effect, and only the mark below was missing
        except Exception as error:
            await self._put_back(row, error)
            return
        await self._close(row, "done")

    async def _put_back(self, row: Document, error: Exception) -> None:
        logger.error("due work failed", exc_info=error, extra={"kind": row["kind"], "deadline": row["_id"]})
        if is_fault(error):  # not counted against it: however long a server is away, nothing is given up
            await self._again(row["_id"], PAUSE_AFTER_FAULT_S, 0)
            return
        deadline = _deadline(row)
        if self.gives_up(deadline, error):
            await self._close(row, "failed")
            metrics.DEAD.labels(DEADLINES, row["kind"]).inc()
            return
        await self._again(row["_id"], min(LONGEST_PAUSE_S, 0.1 * 2 ** (min(deadline.mistakes, MAX_MISTAKES) + 1)), 1)

    def gives_up(self, deadline: Deadline, error: Exception) -> bool:
        """Whether a deadline whose handler raises this is not tried again: a refusal, or one mistake too many."""
        # What waits for an operator to mend a record that cannot be read is tried until it succeeds.
        if is_fault(error) or isinstance(error, Unreadable):
            return False
        return isinstance(error, DomainError) or deadline.mistakes + 1 >= MAX_MISTAKES

    async def _again(self, deadline_id: str, pause_s: float, mistakes: int) -> None:
        change = {"$set": {"leased_until": machine_time() + timedelta(seconds=pause_s)}, "$inc": {"mistakes": mistakes}}
        await self._deadlines.update_one({"_id": deadline_id}, change)

    async def _close(self, row: Document, state: str) -> None:
        # One that was made to fall due again is not done.
        pending = {name: row[name] for name in ("_id", "due_at", "turn")} | {"state": "pending"}
        await self._deadlines.update_one(pending, {"$set": {"state": state, "closed_at": machine_time()}})


def _deadline(row: Document) -> Deadline:
    about = (row["_id"], row["kind"], row["subject"], row["due_at"], row["payload"])
    return Deadline(*about, row["turn"], row.get("mistakes", 0))


def _document(kind: str, subject: str, due_at: datetime, key: str, payload: Json) -> Document:
    return {
        "_id": derived_id(kind, subject, key, due_at.isoformat()),
        "kind": kind,
        "subject": subject,
        "key": key,
        "due_at": due_at,
        "payload": payload,
        "state": "pending",
        "leased_until": _NEVER,
        "attempts": 0,
        "turn": 0,
        "correlation_id": correlation_id.get(),
    }
