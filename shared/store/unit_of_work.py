"""One transaction for the state, the outbox and the inbox: the effects of an event are exactly once."""

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Any, ParamSpec, Protocol, Self, TypeVar

from shared.base.clock import Clock, machine_time
from shared.base.ids import ids
from shared.base.logs import correlation_id
from shared.base.yielding import yielding
from shared.envelope.event import Event, Meta, Wire, encode
from shared.envelope.letters import letter
from shared.store import act_log, latest
from shared.store.latest import Latest
from shared.store.mongo import (
    ASCENDING,
    Database,
    Document,
    DuplicateKeyError,
    IndexModel,
    Session,
    to_the_end,
    write_conflict,
)
from shared.store.mongo import is_transient as transient
from shared.store.mongo import is_uncertain_commit as uncertain

INBOX, OUTBOX = "inbox", "outbox"
# Longer than any topic keeps an event, so that a repeat is always known as one.
INBOX_RETENTION_S = 45 * 86_400
OUTBOX_RETENTION_S = 7 * 86_400
CONFLICT_S, CONFLICT_PAUSE_S = 6.0, 0.6  # within the time of a request (`shared/web/edge.py`)
COMMIT_TRIES = 5
MARKED_COMMITS_WITHIN = timedelta(seconds=30)
EVENTS_A_ROW = 500

INDEXES = latest.INDEXES | {
    INBOX: [IndexModel([("at", ASCENDING)], expireAfterSeconds=INBOX_RETENTION_S)],
    OUTBOX: [
        IndexModel([("published_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("published_at", ASCENDING)], expireAfterSeconds=OUTBOX_RETENTION_S, name="retention"),
        IndexModel([("topic", ASCENDING)]),
    ],
}

P = ParamSpec("P")
T = TypeVar("T")


class AlreadyHandled(Exception):
    """This cause has had its effect: there is nothing left to do."""


class Cause(Protocol):
    """What a unit of work may answer to, once: an event or a deadline."""

    @property
    def id(self) -> str:
        """The same however often it is delivered."""
        ...


class UnitOfWork:
    """`async with deps.unit_of_work(cause) as work:` begins a transaction and commits it at the end.

    With a cause the block runs to its end once only: a repeat raises `AlreadyHandled` on entry. `step` tells apart
    several units of work that answer to one cause.
    """

    session: Session

    def __init__(
        self, database: Database, source: str, clock: Clock, wake: asyncio.Event, cause: Cause | None, step: str
    ) -> None:
        self._database = database
        self._source = source
        self._clock = clock
        self._wake = wake
        self._cause = cause
        self._step = step
        self._correlation = cause.meta.correlation_id if isinstance(cause, Event) else correlation_id.get()
        self._latest = Latest(database)
        self._first: list[Event] = []
        self._emitted: list[Event] = []
        self._letters: list[Document] = []
        self._rows: list[Document] = []
        self._acts: list[act_log.Act] = []
        self._marked_at: datetime | None = None

    def mark(self) -> datetime:
        """Return the time at which this unit of work changes a document that is marked (`shared/store/changes.py`).

        A unit of work that commits too long after that is refused, with an error that is tried again.
        """
        now = self._clock.now()
        self._marked_at = self._marked_at or now
        return now

    def emit(self, *events: Event, correlation: str = "") -> None:
        """Publish the events if, and only if, this unit of work commits.

        `correlation` names what they answer to where one unit of work serves many requests at once.
        """
        self._emitted += [self._stamped(event, correlation) for event in events]

    def emit_first(self, *events: Event) -> None:
        """Publish events as `emit` does, each the first of a key that the caller has just made, none of them twice.

        The store keeps those of compacted topics in bulk, and does not look for earlier events of their keys.
        """
        self._first += [self._stamped(event) for event in events]

    def log(self, act: act_log.Act) -> None:
        """Write an entry into the log of acts if, and only if, this unit of work commits.

        Events that tell of acts (`act_log.LOGGED`) are logged by themselves.
        """
        self._acts.append(act)

    def give_up(self, event: Event, reason: str, message: str, handler: str) -> None:
        """Leave a dead letter if, and only if, this unit of work commits; its replay publishes `event`."""
        stamped = self._stamped(event)
        self._letters.append(carried(stamped, letter(stamped, reason, message, handler)))

    def send(self, *carriers: Document) -> None:
        """Publish records as they are if, and only if, this unit of work commits; `carried` states their form."""
        self._rows += [{"_id": ids.new(), "topic": one["topic"], "events": [one]} for one in carriers]

    def _stamped(self, event: Event, correlation: str = "") -> Event:
        identity = ids.new()
        self._correlation = self._correlation or identity  # what one unit of work says belongs together
        causation = self._cause.id if self._cause else ""
        return event.stamped(
            Meta(identity, self._clock.now(), self._source, correlation or self._correlation, causation)
        )

    async def __aenter__(self) -> Self:
        self.session = await self._database.client.start_session()
        self.session.start_transaction()
        try:
            if self._cause is not None:
                await self._claim(self._cause)
        except BaseException:
            await self._abort()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self._abort()
            return
        try:
            await self._store_events()
            if self._marked_at and self._clock.now() - self._marked_at > MARKED_COMMITS_WITHIN:
                raise write_conflict("the unit of work has taken too long: lists of changes have gone past it")
            await _to_its_end(to_the_end(self._commit))
        except BaseException:
            await self._abort()
            raise
        await self.session.end_session()
        if self._first or self._emitted or self._letters or self._rows:
            self._wake.set()

    async def _claim(self, cause: Cause) -> None:
        claim = {"_id": f"{cause.id}/{self._step}" if self._step else cause.id, "at": machine_time()}
        if isinstance(cause, Event):
            claim["type"] = cause.type
        try:
            await self._database[INBOX].insert_one(claim, session=self.session)
        except DuplicateKeyError:
            raise AlreadyHandled(str(claim["_id"])) from None

    async def _store_events(self) -> None:
        compacted = [event for event in self._emitted if event.compacted]
        known = await self._latest.find_known({(event.topic, event.key) for event in compacted}, self.session)
        self._put_behind(known.newest)
        events = [*self._first, *self._emitted]
        wires = [encode(event) async for event in yielding(events)]
        await self._append_acts(act_log.of_events(events, wires))
        carriers = [carried(event, wire) for event, wire in zip(events, wires, strict=True)]
        first, emitted = carriers[: len(self._first)], carriers[len(self._first) :]
        rows = _bulks(first + emitted + self._letters) + self._rows
        if rows:
            await self._database[OUTBOX].insert_many(
                [row | {"published_at": None} for row in rows], session=self.session
            )
        topics = {event.topic for event in (*self._first, *compacted) if event.compacted}
        await self._latest.put_first(_bulks([event for event in first if event["topic"] in topics]), self.session)
        await self._latest.put([event for event in emitted if event["topic"] in topics], known, self.session)

    async def _append_acts(self, acts: list[act_log.Act]) -> None:
        cause = self._cause
        because = f"{cause.type} {cause.id}" if isinstance(cause, Event) else cause.id if cause else ""
        facts = {"by": "" if cause else act_log.acting.get(), "because": because, "correlation": self._correlation}
        await act_log.append(self._database, [*self._acts, *acts], facts, self._clock.now(), self.session)

    def _put_behind(self, newest: str) -> None:
        """Give the events new ids where another process, whose clock is ahead, has published the event before them.

        Readers take the event with the larger id for the newer one.
        """
        if self._emitted and newest >= min(event.id for event in self._emitted):
            ids.meet(newest)
            self._emitted = [event.stamped(event.meta._replace(id=ids.new())) for event in self._emitted]

    async def _commit(self) -> None:
        for tries_left in reversed(range(COMMIT_TRIES)):
            try:
                await self.session.commit_transaction()
                return
            except Exception as error:
                if not uncertain(error) or not tries_left:
                    raise

    async def _abort(self) -> None:
        try:
            if self.session.in_transaction:  # type: ignore[truthy-function]  # the stub hides a property
                await to_the_end(self.session.abort_transaction)
        finally:
            await self.session.end_session()


def carried(event: Event, wire: Wire) -> Document:
    """Return an event as the outbox and `latest` hold it."""
    return {
        "id": event.id,
        "topic": wire.topic,
        "key": wire.key.decode(),
        "type": event.type,
        "headers": [[name, value] for name, value in wire.headers],
        "value": wire.value,
    }


def _bulks(events: list[Document]) -> list[Document]:
    """Return documents that hold the events by topic, in their order: bulk work costs one, not one an event."""
    rows = []
    for topic, group in groupby(sorted(events, key=itemgetter("topic")), key=itemgetter("topic")):
        of_topic = list(group)
        for part in (of_topic[at : at + EVENTS_A_ROW] for at in range(0, len(of_topic), EVENTS_A_ROW)):
            rows.append({"_id": part[0]["id"], "topic": topic, "events": part})
    return rows


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:  # Any: a coroutine's own types
    """Await the work; when cancelled meanwhile, let it end first: a session serves one command at a time."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        task.cancelled() or task.exception()  # no other code will ask how it went
        raise


class UnitOfWorkFactory(Protocol):
    """`deps.unit_of_work(event)`: a unit of work that answers to `event`, once; without a cause, a plain one."""

    def __call__(self, cause: Cause | None = None, step: str = "") -> UnitOfWork:
        """Return a unit of work to enter."""
        ...


def retry_conflicts(use_case: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Run a use case again when its transaction met another's: it must do nothing but read and write the store."""

    @functools.wraps(use_case)
    async def again(*args: P.args, **kwargs: P.kwargs) -> T:
        loop, longest_s = asyncio.get_running_loop(), 0.02
        until = loop.time() + CONFLICT_S
        while True:
            try:
                return await use_case(*args, **kwargs)
            except Exception as error:
                if not transient(error) or loop.time() > until:
                    raise
            await asyncio.sleep(random.uniform(0, longest_s))
            longest_s = min(2 * longest_s, CONFLICT_PAUSE_S)

    return again


def units_of_work(database: Database, source: str, clock: Clock, wake: asyncio.Event) -> UnitOfWorkFactory:
    """Return the factory of one service's units of work; `wake` is set when there is something to publish."""

    def begin(cause: Cause | None = None, step: str = "") -> UnitOfWork:
        return UnitOfWork(database, source, clock, wake, cause, step)

    return begin
