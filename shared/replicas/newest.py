"""What keeps, of each key, the newest event: a collection of the store, or the memory of a process."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from shared.base.together import Together
from shared.envelope.event import Event
from shared.store.mongo import Collection, Document, UpdateOne, insert_new
from shared.store.queries import find_each

E = TypeVar("E", bound=Event)

NEWEST = "said"  # the field of the event's id


class Newest(Generic[E]):
    """Keeps documents that `facts` makes of events, with the event's key as `_id` and its id as `said`.

    An older event never undoes a newer one, whichever process applies it, so repeats and stale events are harmless.
    """

    def __init__(self, collection: Collection, facts: Callable[[E], Document]) -> None:
        self._collection = collection
        self._facts = facts
        self._together = Together(self._keep)

    async def keep(self, events: Sequence[E]) -> None:
        """Apply the events; callers at the same time share the writes. Raises the driver's errors."""
        await self._together(events)

    async def _keep(self, events: Sequence[E]) -> None:
        newest = {event.key: event for event in sorted(events, key=lambda event: event.id)}
        known = {row["_id"]: row[NEWEST] for row in await find_each(self._collection, newest, [NEWEST])}
        new = [key for key in newest if key not in known]
        if len(await insert_new(self._collection, [self._document(newest[key]) for key in new])) < len(new):
            known |= dict.fromkeys(new, "")  # another process was quicker with one of them
        changes = [self._change(event) for key, event in newest.items() if key in known and known[key] < event.id]
        if changes:
            await self._collection.bulk_write(changes)

    def _document(self, event: E) -> Document:
        return self._facts(event) | {"_id": event.key, NEWEST: event.id}  # UUIDv7: it tells the newer of two events

    def _change(self, event: E) -> UpdateOne:
        # The condition and the write are one operation, so two processes cannot undo each other.
        return UpdateOne({"_id": event.key, NEWEST: {"$lt": event.id}}, {"$set": self._document(event)})


class NewestInMemory(Generic[E]):
    """Keeps the newest event of each key in memory; an older event never undoes a newer one.

    `kind` is the contract, or the base of an aggregate's events.
    """

    def __init__(self, kind: type[E]) -> None:
        self._kind = kind
        self._events: dict[str, E] = {}

    def apply(self, event: Event) -> None:
        """Keep an event, unless it is of another kind or a newer one of its key is known."""
        if not isinstance(event, self._kind):
            return
        known = self._events.get(event.key)
        if known is None or known.id < event.id:
            self._events[event.key] = event

    def get(self, key: str) -> E | None:
        """Return the newest event of a key, or None."""
        return self._events.get(key)
