"""Kafka through FastStream: what a service's consumers are made of, and the one way of producing."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, overload

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from shared.base.json_types import Json
from shared.bus.kafka import (
    ANSWER_MS,
    FETCH_WAIT_MS,
    LOOK_AGAIN_MS,
    MAX_MESSAGE_BYTES,
    POLL_MS,
    Certificates,
    addresses,
    connection,
    tls_context,
)
from shared.envelope.event import Event, contracts
from shared.envelope.letters import Record

# No other acknowledgement policy of FastStream keeps a message whose handler fails.
NACK_ON_ERROR = AckPolicy.NACK_ON_ERROR
AT_LEAST_ONCE: Json = {
    "ack_policy": NACK_ON_ERROR,
    "auto_offset_reset": "earliest",
    "batch": True,
    "fetch_max_wait_ms": FETCH_WAIT_MS,
    # Longer than a batch takes with all its retries: a member that drains is not put out of its group meanwhile.
    "rebalance_timeout_ms": 60_000,
}
BATCH_RECORDS = 500
REQUEST_TIMEOUT_MS = 5_000
# A produce may wait so long for metadata, then in the queue, then for its answer.
LONGEST_PRODUCE_S = 3 * REQUEST_TIMEOUT_MS / 1000

D = TypeVar("D")
E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Event)

# Any: one table holds the handlers of different contracts; `on` and `on_many` check each against its own.
Handler = Callable[[D, Any], Awaitable[None]]
HandlesOne = Callable[[D, E], Awaitable[None]]
HandlesMany = Callable[[D, Sequence[E]], Awaitable[None]]


class EventConsumer(Generic[D]):
    """Which event a service handles how: `on` for one at a time, `on_many` for bulk work that may be repeated.

    Handlers are given the service's deps, then the event or the events.
    """

    def __init__(self, group: str, *, batch_records: int = BATCH_RECORDS) -> None:
        self.group = group
        self.batch_records = batch_records
        self.one: dict[type[Event], Handler[D]] = {}
        self.many: dict[type[Event], Handler[D]] = {}

    @property
    def contracts(self) -> list[type[Event]]:
        """The events it handles, in the order of their types; for the base of an aggregate's events, all of them."""
        handled = tuple((*self.one, *self.many))
        return sorted({c for c in contracts().values() if issubclass(c, handled)}, key=lambda contract: contract.type)

    def registered(self, contract: type[Event]) -> type[Event] | None:
        """Return the contract or the nearest base of it that has a handler, or None."""
        return next((kind for kind in contract.__mro__ if kind in self.one or kind in self.many), None)

    @property
    def topics(self) -> list[str]:
        """The topics of the events it handles."""
        return sorted({contract.topic for contract in self.contracts})

    @overload
    def on(self, contract: type[E], /) -> Callable[[HandlesOne[D, E]], HandlesOne[D, E]]: ...

    @overload
    def on(self, one: type[E], other: type[F], /) -> Callable[[HandlesOne[D, E | F]], HandlesOne[D, E | F]]: ...

    @overload
    def on(self, *contracts: type[E]) -> Callable[[HandlesOne[D, E]], HandlesOne[D, E]]: ...

    def on(self, *contracts: type[Event]) -> Callable[[Handler[D]], Handler[D]]:
        """Call the function with each such event; it opens a unit of work with the event as its cause."""

        def register(handler: Handler[D]) -> Handler[D]:
            self.one.update(dict.fromkeys(contracts, handler))
            return handler

        return register

    def on_many(self, *contracts: type[E]) -> Callable[[HandlesMany[D, E]], HandlesMany[D, E]]:
        """Call the function with runs of such events of one partition; repeating them must change nothing."""

        def register(handler: HandlesMany[D, E]) -> HandlesMany[D, E]:
            self.many.update(dict.fromkeys(contracts, handler))
            return handler

        return register


async def next_batch(max_records: int, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
    """Return the records that come first, at most `max_records`; none after `POLL_MS` without any."""
    batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=max_records)
    return tuple(chain.from_iterable(batches.values()))


def producer(bootstrap: str) -> AIOKafkaProducer:
    """Return the process's producer: acks=all, and not idempotent, since that one can die for good."""
    return AIOKafkaProducer(
        **connection(bootstrap),
        acks="all",
        linger_ms=2,
        max_batch_size=256 << 10,
        max_request_size=MAX_MESSAGE_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )


def broker(bootstrap: str, service: str, graceful_timeout_s: float = 5.0) -> KafkaBroker:
    """Return the FastStream broker through which a service's consumers are subscribed."""
    files = Certificates()
    context, scram = tls_context(files), files.scram
    security: BaseSecurity | None = BaseSecurity(ssl_context=context) if context else None
    if scram:
        security = SASLScram512(*scram, ssl_context=context, use_ssl=context is not None)
    return KafkaBroker(
        addresses(bootstrap),
        client_id=service,
        request_timeout_ms=ANSWER_MS,
        metadata_max_age_ms=LOOK_AGAIN_MS,
        security=security,
        allow_auto_create_topics=False,
        graceful_timeout=graceful_timeout_s,
        logger=logging.getLogger("lastmetre.bus"),
    )
