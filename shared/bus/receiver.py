"""At-least-once consumption: raw batches, decoded record by record, retried, dead-lettered and committed.

Partitions of a batch run side by side, each in order. Where one stops, its records come again; others' do not.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Generic, NamedTuple, TypeVar, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.base import metrics
from shared.base.clock import Clock
from shared.base.errors import DomainError
from shared.base.logs import correlation_id
from shared.bus.consumer import AT_LEAST_ONCE, EventConsumer, Handler, next_batch
from shared.bus.dead_letters import DeadLetters
from shared.bus.membership import Membership, commit
from shared.bus.positions import Positions
from shared.bus.reading import read_event
from shared.envelope import letters
from shared.envelope.event import FORGED, MARKER_TYPE, BrokenMessage, Event, type_of
from shared.envelope.letters import Record
from shared.envelope.macs import OFF, Macs
from shared.store.faults import is_fault
from shared.store.unit_of_work import AlreadyHandled

PARTITIONS_AT_ONCE = 8
BACKOFF_S = (0.05, 0.2, 0.5, 1.0)
# After this long no further record of a batch is begun: the rest comes again, long before the group would give it away.
BATCH_S = 15.0
PAUSE_AFTER_FAULT_S = 1.0

logger = logging.getLogger(__name__)


class _Item(NamedTuple):
    """One record to be handled: its offset where it was read, where it stood first, and what it says.

    `origin` names the dead letter whose replay it is; empty for any other record.
    """

    offset: int
    record: Record
    content: Event | BrokenMessage
    origin: str = ""


_Portion = list[_Item]  # what is handled in one go: one record, or a run of the same event for bulk work


D = TypeVar("D")


class Receiver(Generic[D]):
    """Runs one `EventConsumer` against the bus: decode, call, retry, dead-letter, commit."""

    def __init__(
        self,
        consumer: EventConsumer[D],
        dead: DeadLetters,
        clock: Clock,
        deps: D,
        backoff_s: Sequence[float] = BACKOFF_S,
        macs: Macs = OFF,
    ) -> None:
        self._consumer = consumer
        self._clock = clock
        self._dead = dead
        self._deps = deps
        self._backoff_s = backoff_s
        self._macs = macs
        self._busy = asyncio.Lock()
        self._slots = asyncio.Semaphore(PARTITIONS_AT_ONCE)
        self._positions = Positions()
        self._subscriber: Any = None  # Any: FastStream's own type
        self._membership = Membership(self.drain)
        self._leaving = False
        self._draining = False

    @property
    def topics(self) -> list[str]:
        """The topics of its events, and the service's own dead letters, from where replayed ones come back."""
        return [*self._consumer.topics, self._dead.topic]

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribe to the topics."""
        self._subscriber = subscriber = broker.subscriber(
            *self.topics,
            group_id=self._consumer.group,
            max_records=self._consumer.batch_records,
            listener=self._membership,
            parser=self._parse,
            decoder=_raw,
            **AT_LEAST_ONCE,
        )
        self._subscriber.get_msg = partial(next_batch, self._consumer.batch_records)  # FastStream's sleeps when idle
        subscriber(self._receive)

    @property
    def ready(self) -> bool:
        """Whether the consumer has its partitions (perhaps none, where replicas outnumber partitions)."""
        return self._membership.joined

    def leave(self) -> None:
        """Begin nothing more: what is in hand ends, the rest of the batch is left to the next reader."""
        self._leaving = True

    async def drain(self) -> None:
        """Return once what is in hand has ended and is committed; the rest of the batch comes again."""
        self._draining = True
        try:
            async with self._busy:
                self._positions.forget()
        finally:
            self._draining = False

    async def _parse(self, records: tuple[Record, ...]) -> KafkaMessage:
        # FastStream's own parser decodes every header as UTF-8: one broken header would stop the whole batch for ever.
        consumer = self._subscriber.consumer
        return KafkaAckableMessage(body=[], headers={}, message_id="", raw_message=records, consumer=consumer)

    async def _receive(self, message: KafkaMessage) -> None:
        records = cast("tuple[Record, ...]", message.raw_message)
        consumer = cast(AIOKafkaConsumer, message.consumer)
        async with self._busy:
            try:
                stopped = await self.handle(records)
            except Exception:
                logger.exception("a batch could not be handled at all")
                await asyncio.sleep(PAUSE_AFTER_FAULT_S)  # FastStream hands it over again at once
                raise
            for partition, offset in stopped.items():
                if partition in consumer.assignment():
                    consumer.seek(partition, offset)
            await commit(message)
        if stopped and not (self._leaving or self._draining):
            await asyncio.sleep(PAUSE_AFTER_FAULT_S)

    async def handle(self, records: Iterable[Record]) -> dict[TopicPartition, int]:
        """Handle the records. Return, by partition that had to stop, the offset of the first one not handled."""
        ordered = sorted(records, key=lambda r: (r.topic, r.partition, r.offset))
        runs = {TopicPartition(*place): list(run) for place, run in groupby(ordered, lambda r: (r.topic, r.partition))}
        self._positions.came_to({place: run[0].offset for place, run in runs.items()})
        until = asyncio.get_running_loop().time() + BATCH_S
        async with asyncio.TaskGroup() as group:
            tasks = {place: group.create_task(self._in_order(run, until)) for place, run in runs.items()}
        stopped = {place: at for place, task in tasks.items() if (at := task.result()) is not None}
        self._positions.came_to({place: stopped.get(place, run[-1].offset + 1) for place, run in runs.items()})
        return stopped

    async def _in_order(self, records: Sequence[Record], until: float) -> int | None:
        async with self._slots:
            portions = deque(self._portions(records))
            while portions:
                portion = portions.popleft()
                if self._leaving or self._draining or asyncio.get_running_loop().time() > until:
                    return portion[0].offset
                try:
                    portions.extendleft(reversed(await self._handle(portion)))
                except Exception as error:
                    if not is_fault(error):
                        raise
                    logger.warning("a partition waits: %s", type(error).__name__, extra={"topic": records[0].topic})
                    return portion[0].offset
        return None

    def _portions(self, records: Iterable[Record]) -> Iterator[_Portion]:
        items = (item for record in records if (item := self._item(record)))
        for handled_as, run in groupby(items, key=self._handled_as):
            if handled_as in self._consumer.many:
                yield list(run)
            else:
                yield from ([item] for item in run)

    def _handled_as(self, item: _Item) -> type[Event] | None:
        return self._consumer.registered(type(item.content)) if isinstance(item.content, Event) else None

    def _item(self, read: Record) -> _Item | None:
        record, origin = read, ""
        if read.topic == self._dead.topic:
            letter = letters.read(read)
            if not letter.replayed or letter.group not in ("", self._consumer.group):
                return None
            record, origin = letter.original, letter.origin
        if type_of(record.headers) == MARKER_TYPE:
            return None
        try:
            return _Item(read.offset, record, read_event(record, self._consumer, self._macs), origin)
        except BrokenMessage as error:
            return _Item(read.offset, record, error, origin)

    async def _handle(self, portion: _Portion) -> list[_Portion]:
        """Handle a portion; return its parts where it must be taken apart. Raises only what `is_fault`, or bugs."""
        first, events = portion[0], [item.content for item in portion if isinstance(item.content, Event)]
        if isinstance(first.content, BrokenMessage):
            await self._bury(first.record, first.content.reason, str(first.content), "decode")
            await self._settle(portion, "dead")
            return []
        handled_as = self._consumer.registered(type(first.content))
        if handled_as is None:
            metrics.HANDLED.labels(type(first.content).type, "skipped").inc()
            await self._settle(portion, "skipped")
            return []
        in_bulk = handled_as in self._consumer.many
        handler = self._consumer.many[handled_as] if in_bulk else self._consumer.one[handled_as]
        correlation_id.set(first.content.meta.correlation_id if len(events) == 1 else "")
        try:
            await self._tried(handler, events if in_bulk else events[0])
        except Exception as error:
            if is_fault(error):
                raise
            if len(portion) > 1:  # find the one that cannot be handled; its neighbours go on
                return [[item] for item in portion]
            outcome = await self._refused(first, handler, error)
        else:
            outcome = "done"
        self._count(events, outcome)
        await self._settle(portion, outcome)
        return []

    async def _settle(self, portion: _Portion, outcome: str) -> None:
        """Have it known what became of the replays in a portion."""
        for item in portion:
            if item.origin:
                await self._dead.settle(item.origin, outcome)

    async def _tried(self, handler: Handler[D], argument: Event | Sequence[Event]) -> None:
        for pause in self._backoff_s:
            try:
                await handler(self._deps, argument)
                return
            except Exception as error:
                if isinstance(error, AlreadyHandled | DomainError) and not is_fault(error):
                    raise
                logger.warning("handler failed, tried again: %s", type(error).__name__, extra={"pause_s": pause})
            await asyncio.sleep(pause)
        await handler(self._deps, argument)

    async def _refused(self, item: _Item, handler: Handler[D], error: Exception) -> str:
        name = handler.__name__
        if isinstance(error, AlreadyHandled):
            return "repeated"
        if isinstance(error, DomainError):
            await self._bury(item.record, error.code, error.message, name)
            return "dead"
        logger.error("handler failed", exc_info=error, extra={"handler": name, "topic": item.record.topic})
        advice = "see the service's log, mend it, then replay"  # an error's own text may hold what the event says
        await self._bury(item.record, "failed", f"{type(error).__name__} in {name}: {advice}", name)
        return "dead"

    async def _bury(self, record: Record, reason: str, message: str, handler: str) -> None:
        await self._dead.bury(record, reason, message, handler, self._consumer.group)
        metrics.DEAD.labels(record.topic, reason).inc()
        if reason == FORGED:
            metrics.FORGED.labels(record.topic).inc()

    def _count(self, events: Sequence[Event], outcome: str) -> None:
        metrics.HANDLED.labels(events[0].type, outcome).inc(len(events))
        if outcome == "done":
            now = self._clock.now()
            for event in events:
                metrics.EVENT_AGE.observe(max(0.0, (now - event.time).total_seconds()))
            metrics.NEWEST_EVENT.set(events[-1].time.timestamp())

    async def learn_positions(self) -> None:
        """Find out where the partitions stand of which nothing has been handled yet."""
        if consumer := self._reader:
            await self._positions.learn(consumer)

    def lag(self, topic: str) -> int:
        """Return how many records of the topic are not handled. It is 0 only where that is known."""
        ahead = self._positions.ahead(self._reader, topic) if self._reader else 0
        return ahead if self.ready else max(1, ahead)

    @property
    def _reader(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer if self._subscriber else None


async def _raw(message: Any) -> Any:  # Any: FastStream's own type
    return message.body
