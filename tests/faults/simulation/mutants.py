"""Known mistakes in the plumbing: what shows that the simulation would notice."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from services.checkpoint.scanlog import _Piece
from shared.bus.receiver import Receiver
from shared.outbox.ordered import OrderedPublisher
from shared.outbox.relay import Relay
from shared.replicas.replica import Replica
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork
from tests.faults.simulation import registry

Patch = tuple[Any, str, Any]


def without_inbox() -> Patch:
    """A unit of work that does not claim its cause."""

    async def claim(self: UnitOfWork, cause: Any) -> None: ...

    return UnitOfWork, "_claim", claim


def outbox_outside_the_transaction() -> Patch:
    """Events stored beside the transaction, not in it."""
    inside = UnitOfWork._store_events

    async def outside(self: Any) -> None:
        session, self.session = self.session, None
        try:
            await inside(self)
        finally:
            self.session = session

    return UnitOfWork, "_store_events", outside


def marked_before_published() -> Patch:
    """A relay that marks what it is about to publish."""
    publish = Relay._publish

    async def early(self: Any, rows: list[Document], failed: set[Any]) -> int:
        mark = {"$set": {"published_at": self._clock.now()}}
        await self._outbox.update_many({"_id": {"$in": [row["_id"] for row in rows]}}, mark)
        return await publish(self, rows, failed)

    return Relay, "_publish", early


def committed_before_handled() -> Patch:
    """A receiver that commits a batch and then handles it."""

    async def receive(self: Receiver, message: Any) -> None:
        await message.ack()
        await self.handle(message.raw_message)

    return Receiver, "_receive", receive


def deadline_without_cause() -> Patch:
    """A deadline's handler whose unit of work does not answer to the deadline."""

    async def release(deps: registry.Deps, deadline: Any) -> None:
        async with deps.unit_of_work() as work:
            await registry.change(deps, work, deadline.subject, deadline.id, isolated=False)

    return registry, "DEADLINES", registry.DEADLINES | {registry.RELEASE: release}


def order_given_up() -> Patch:
    """A relay that goes on with a key after an event of it did not arrive."""
    publish = OrderedPublisher.publish

    async def careless(self: OrderedPublisher, events: Any, failed: set[Any]) -> list[bool]:
        arrived = []
        for event in events:
            arrived += await publish(self, [event], own := set[Any]())
            failed |= own
        return arrived

    return OrderedPublisher, "publish", careless


def ready_without_the_owners_word() -> Patch:
    """A replica that is ready at a partition's end, whether or not it has read a marker."""

    def work_out(self: Any) -> None:
        read = bool(self._partitions) and self._partitions <= self._caught_up
        self.as_of = self._clock.now() if read else None

    return Replica, "_work_out", work_out


def durable_before_acknowledged() -> Patch:
    """A scan log that says durable of whatever was handed over."""
    end = _Piece.end

    def ended(self: _Piece, arrived: bool) -> None:
        end(self, True)

    return _Piece, "end", ended


ALL: Mapping[str, Callable[[], Patch]] = {
    one.__name__: one
    for one in (
        without_inbox,
        outbox_outside_the_transaction,
        marked_before_published,
        committed_before_handled,
        deadline_without_cause,
        order_given_up,
        ready_without_the_owners_word,
        durable_before_acknowledged,
    )
}


@contextmanager
def make_mistake(name: str) -> Iterator[None]:
    """Make the mistake for a while."""
    owner, attribute, value = ALL[name]()
    before = getattr(owner, attribute)
    setattr(owner, attribute, value)
    try:
        yield
    finally:
        setattr(owner, attribute, before)
