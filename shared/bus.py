"""Kafka through FastStream: at-least-once consumers that read raw batches, and dead letters for what cannot be handled.

One consumer a process reads all the topics of its service. A batch is split by partition: partitions run side by side,
a partition in order. Each record is decoded on its own, so that a bad one harms no neighbour.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeAlias, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.security import BaseSecurity

from shared import metrics
from shared.clock import Clock
from shared.dead_letters import DeadLetters
from shared.envelope import MARKER_TYPE, BrokenMessage, Event, decode, type_of
from shared.errors import DomainError, NotYet
from shared.kafka import connection, tls_context
from shared.logs import correlation_id
from shared.mongo import PyMongoError
from shared.unit_of_work import AlreadyHandled

# No other acknowledgement policy of FastStream keeps a message whose handler fails.
NACK_ON_ERROR = AckPolicy.NACK_ON_ERROR
AT_LEAST_ONCE: dict[str, Any] = {
    "ack_policy": NACK_ON_ERROR,
    "auto_offset_reset": "earliest",
    "batch": True,
    "batch_timeout_ms": 20,
    "fetch_max_wait_ms": 100,
}
BATCH_RECORDS = 500
PARTITIONS_AT_ONCE = 8
BACKOFF_S = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
MAX_MESSAGE_BYTES = 4 << 20
REQUEST_TIMEOUT_MS = 10_000

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
One = Callable[[Any, Any], Awaitable[None]]

logger = logging.getLogger(__name__)


class EventConsumer:
    """What a service does at which event: `on` for one at a time, `on_many` for bulk work that may be repeated."""

    def __init__(self, group: str, *, batch_records: int = BATCH_RECORDS) -> None:
        self.group = group
        self.batch_records = batch_records
        self.one: dict[type[Event], One] = {}
        self.many: dict[type[Event], One] = {}

    @property
    def topics(self) -> list[str]:
        """The topics of the events it handles."""
        return sorted({contract.topic for contract in (*self.one, *self.many)})

    def on(self, *contracts: type[Event]) -> Callable[[One], One]:
        """Call the function with each such event; it opens a unit of work with the event as its cause."""

        def register(handler: One) -> One:
            self.one.update(dict.fromkeys(contracts, handler))
            return handler

        return register

    def on_many(self, *contracts: type[Event]) -> Callable[[One], One]:
        """Call the function with runs of such events of one partition; repeating them must change nothing."""

        def register(handler: One) -> One:
            self.many.update(dict.fromkeys(contracts, handler))
            return handler

        return register


class Receiver:
    """Runs one `EventConsumer` against the bus: decode, call, retry, dead-letter, commit."""

    def __init__(self, consumer: EventConsumer, dead_letters: DeadLetters, clock: Clock, deps: Any) -> None:
        self._consumer = consumer
        self._clock = clock
        self._dead = dead_letters
        self._deps = deps
        self._busy = asyncio.Lock()
        self._slots = asyncio.Semaphore(PARTITIONS_AT_ONCE)
        self._in_hand: dict[str, int] = {}
        self._subscriber: Any = None

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribe to the topics of the consumer's events."""
        subscriber = broker.subscriber(
            *self._consumer.topics,
            group_id=self._consumer.group,
            max_records=self._consumer.batch_records,
            listener=_DrainBeforeRevoke(self._busy),
            parser=self._parse,
            decoder=_raw,
            **AT_LEAST_ONCE,
        )
        self._subscriber = subscriber
        subscriber(self._receive)

    async def _parse(self, records: tuple[Record, ...]) -> KafkaMessage:
        # FastStream's own parser decodes every header as UTF-8: one broken header would stop the whole batch for ever.
        consumer = self._subscriber.consumer
        return KafkaAckableMessage(body=[], headers={}, message_id="", raw_message=records, consumer=consumer)

    async def _receive(self, message: KafkaMessage) -> None:
        records = cast("tuple[Record, ...]", message.raw_message)
        async with self._busy:
            await self.handle(records)
            # A failed commit is normal in a rebalance: the records come again and their repeats are known.
            await message.ack()
        await self.report_lag()

    async def handle(self, records: Iterable[Record]) -> None:
        """Handle the records. Raises when the store or the bus is away: then nothing may be committed."""
        ordered = sorted(records, key=lambda r: (r.topic, r.partition, r.offset))
        runs = [list(run) for _, run in groupby(ordered, key=lambda r: (r.topic, r.partition))]
        for run in runs:
            self._in_hand[run[0].topic] = self._in_hand.get(run[0].topic, 0) + len(run)
        try:
            async with asyncio.TaskGroup() as group:
                for run in runs:
                    group.create_task(self._in_order(run))
        finally:
            self._in_hand.clear()

    async def _in_order(self, records: Sequence[Record]) -> None:
        async with self._slots:
            for contract, run in groupby(await self._decoded(records), key=lambda pair: type(pair[1])):
                pairs = list(run)
                if many := self._consumer.many.get(contract):
                    await self._call_many(many, pairs)
                elif one := self._consumer.one.get(contract):
                    for record, event in pairs:
                        await self._call(one, record, event)
                else:
                    metrics.HANDLED.labels(contract.type, "skipped").inc(len(pairs))

    async def _decoded(self, records: Sequence[Record]) -> list[tuple[Record, Event]]:
        read = []
        for record in records:
            if type_of(record.headers) == MARKER_TYPE:
                continue
            try:
                event = decode(record.headers, record.value)
                if record.key != event.key.encode():
                    raise BrokenMessage("wrong_key", f"the key is not the {event.key_field} in the value")
            except BrokenMessage as error:
                await self._bury(record, error.reason, str(error), "decode")
            else:
                read.append((record, event))
        return read

    async def _call_many(self, handler: One, pairs: Sequence[tuple[Record, Event]]) -> None:
        events = [event for _, event in pairs]
        try:
            await self._tried(handler, events)
        except Exception as error:
            if _is_infrastructure(error):
                raise
            for record, event in pairs:  # find the one that cannot be handled; its neighbours go on
                await self._call(_one_of_many(handler), record, event)
            return
        for event in events:
            self._count(event, "done")

    async def _call(self, handler: One, record: Record, event: Event) -> None:
        correlation_id.set(event.meta.correlation_id)
        try:
            await self._tried(handler, event)
        except AlreadyHandled:
            self._count(event, "repeated")
        except DomainError as error:
            await self._bury(record, error.code, error.message, handler.__name__)
            self._count(event, "dead")
        except Exception as error:
            if _is_infrastructure(error):
                raise
            logger.exception("handler failed", extra={"handler": handler.__name__, "event_id": event.id})
            await self._bury(record, "failed", f"{type(error).__name__}: {error}", handler.__name__)
            self._count(event, "dead")
        else:
            self._count(event, "done")

    async def _tried(self, handler: One, argument: Any) -> None:
        for pause in BACKOFF_S:
            try:
                await handler(argument, self._deps)
                return
            except (AlreadyHandled, DomainError):
                raise
            except Exception as error:
                logger.warning("handler failed, tried again: %s", type(error).__name__, extra={"pause_s": pause})
                await asyncio.sleep(pause)
        await handler(argument, self._deps)

    async def _bury(self, record: Record, reason: str, message: str, handler: str) -> None:
        await self._dead.bury(record, reason, message, handler)
        metrics.DEAD.labels(record.topic, reason).inc()

    def _count(self, event: Event, outcome: str) -> None:
        metrics.HANDLED.labels(event.type, outcome).inc()
        if outcome == "done":
            metrics.EVENT_AGE.observe(max(0.0, (self._clock.now() - event.time).total_seconds()))
            metrics.NEWEST_EVENT.set(event.time.timestamp())

    @property
    def ready(self) -> bool:
        """Whether the consumer has its partitions (perhaps none, where replicas outnumber partitions)."""
        consumer = self._subscriber.consumer if self._subscriber else None
        return consumer is not None and consumer._subscription.subscription is not None and _joined(consumer)

    async def report_lag(self) -> None:
        """Set the lag of each topic: records on the bus, as far as seen, that are not handled."""
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer if self._subscriber else None
        if consumer is None:
            return
        lag = dict.fromkeys(self._consumer.topics, 0) | self._in_hand
        for partition in consumer.assignment():
            high = consumer.highwater(partition)
            if high is not None:
                lag[partition.topic] += max(0, high - await consumer.position(partition))
        for topic, records in lag.items():
            metrics.LAG.labels(topic).set(records)


class _DrainBeforeRevoke(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets the batch in hand finish and commit before its partitions go to another member."""

    def __init__(self, busy: asyncio.Lock) -> None:
        self._busy = busy

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        async with self._busy:
            pass

    async def on_partitions_assigned(self, assigned: set[Any]) -> None:
        pass


def _joined(consumer: AIOKafkaConsumer) -> bool:
    assignment = consumer._subscription.subscription.assignment
    return assignment is not None and assignment.active


def _one_of_many(handler: One) -> One:
    async def one(event: Any, deps: Any) -> None:
        await handler([event], deps)

    one.__name__ = handler.__name__
    return one


def _is_infrastructure(error: Exception) -> bool:
    return isinstance(error, PyMongoError | KafkaError | OSError | NotYet)


async def _raw(message: Any) -> Any:
    return message.body


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


def broker(bootstrap: str, service: str, publishes: Iterable[type[Event]]) -> KafkaBroker:
    """Return the FastStream broker of a service, with the events it publishes declared for AsyncAPI."""
    context = tls_context()
    made = KafkaBroker(
        bootstrap,
        client_id=service,
        security=BaseSecurity(ssl_context=context) if context else None,
        allow_auto_create_topics=False,
        logger=logging.getLogger("lastmetre.bus"),
    )
    for contract in publishes:
        made.publisher(contract.topic, title=contract.type, description=contract.__doc__, schema=contract)
    return made
