"""What a service's `main.py` fills the process with: its deps, routes, consumers, deadlines and declarations."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from fastapi import APIRouter

from shared.bus import letter_book
from shared.bus.consumer import EventConsumer
from shared.envelope.event import Event, contracts
from shared.outbox.bring_along import BroughtAlong
from shared.replicas.replica import Replica
from shared.store import deadlines, processes, unit_of_work
from shared.store.deadlines import Handler
from shared.store.deps import ServiceDeps
from shared.store.mongo import IndexModel
from shared.store.recurring import Recurring
from shared.web import disclosures
from shared.web.access import Principal, let_in
from shared.web.direct import Direct
from shared.web.edge import ByCookie

D = TypeVar("D", bound=ServiceDeps)


@dataclass(frozen=True)
class Gauges(Generic[D]):
    """Gauges that `read` sets, by what the store holds: every process that works does so `every` so often."""

    read: Callable[[D], Awaitable[None]]
    every: timedelta = timedelta(minutes=1)


@dataclass
class Parts(Generic[D]):
    """What a service adds to the plumbing. `replicas` are read by every process, the rest by its role.

    `serves_without_store`: a process that only serves HTTP is ready while the store is away. `long_work`: requests that
    ask the store dozens of times, by their beginnings, as in `PUT /v1/gates/{gate_id}/lists`. `retired_indexes`: names
    of earlier versions' indexes by collection, dropped at the start. `recurring` and `gauges` run where deadlines do.
    `by_cookie` returns whose session a browser's cookie is. `replicas_beside` are read by every process, which is ready
    without them. `turn_away` raises for callers whose token is good and who may do nothing. `brought_along` states what
    an earlier version stored for topics that were not compacted then.
    """

    deps: D
    routers: Sequence[APIRouter] = ()
    consumers: Sequence[EventConsumer[D]] = ()
    deadlines: Mapping[str, Handler[D]] = field(default_factory=dict)
    replicas: Sequence[Replica] = ()
    replicas_beside: Sequence[Replica] = ()
    indexes: Mapping[str, Sequence[IndexModel]] = field(default_factory=dict)
    retired_indexes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body_limits: Mapping[str, int] = field(default_factory=dict)
    direct: Sequence[Direct] = ()
    serves_without_store: bool = False
    long_work: Sequence[str] = ()
    turn_away: Callable[[Principal], None] = let_in
    by_cookie: ByCookie | None = None
    recurring: Sequence[Recurring[D]] = ()
    gauges: Sequence[Gauges[D]] = ()
    brought_along: Sequence[BroughtAlong[D]] = ()

    @property
    def handlers(self) -> dict[str, Handler[D]]:
        """What is done when a deadline falls due, by its kind."""
        return dict(self.deadlines) | {one.name: one.handle for one in self.recurring}

    @property
    def all_indexes(self) -> dict[str, Sequence[IndexModel]]:
        """The service's own indexes and those of the plumbing."""
        plumbing = unit_of_work.INDEXES | deadlines.INDEXES | disclosures.INDEXES
        return plumbing | letter_book.INDEXES | processes.INDEXES | dict(self.indexes)

    @property
    def reads(self) -> list[type[Event]]:
        """The events it reads, handled or kept in replicas, in the order of their types."""
        kept = {replica.topic for replica in (*self.replicas, *self.replicas_beside)}
        in_replicas = {contract for contract in contracts().values() if contract.topic in kept}
        return sorted(in_replicas.union(*(c.contracts for c in self.consumers)), key=lambda contract: contract.type)
