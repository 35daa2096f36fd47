"""Publishing in order per key, with an eye on the offsets: they only grow while the bus keeps what it was given."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from shared.base.yielding import yielding
from shared.envelope.macs import OFF, Macs
from shared.store.mongo import Document

# More at once only wait for each other inside the producer, until the last of them have waited too long.
AT_ONCE = 500

Place = tuple[str, str]  # topic and key

logger = logging.getLogger(__name__)


class OrderedPublisher:
    """Publishes stored events. An event goes only when the one before it of its key has arrived.

    `lost` names the topics on which an offset was given twice: the bus there has lost what it held.
    """

    def __init__(
        self, producer: AIOKafkaProducer, before_each_wave: Callable[[], Awaitable[None]], macs: Macs = OFF
    ) -> None:
        self._producer = producer
        self._macs = macs
        self._before_each_wave = before_each_wave
        self._newest: dict[TopicPartition, int] = {}
        self.lost: set[str] = set()

    async def publish(self, events: Sequence[Document], failed: set[Place]) -> list[bool]:
        """Publish the events and return for each whether the bus has it.

        Nothing goes to a topic and key in `failed`; those of events that did not arrive are added to it.
        """
        arrived = [False] * len(events)
        for wave in _waves(events):
            await self._before_each_wave()
            going = [at for at in wave if place(events[at]) not in failed]
            handed = [await self._hand_over(events[at]) async for at in yielding(going)]
            outcomes = await asyncio.gather(*handed, return_exceptions=True)
            for at, outcome in zip(going, outcomes, strict=True):
                arrived[at] = not isinstance(outcome, BaseException)
                if isinstance(outcome, BaseException):
                    logger.warning("not published: %s", type(outcome).__name__, extra={"topic": events[at]["topic"]})
                    failed.add(place(events[at]))
            self.observe(*(written for written in outcomes if not isinstance(written, BaseException)))
        return arrived

    async def _hand_over(self, event: Document) -> "asyncio.Future[RecordMetadata]":
        """Return the future of an event's place on the bus; it has failed already where the producer refuses it."""
        headers = [(name, bytes(value)) for name, value in event["headers"]]
        value, key = bytes(event["value"]), _key(event)
        handed: asyncio.Future[RecordMetadata]
        try:
            # Signed here and not in the store, so that whatever is published again has the MAC of the present key.
            signed = headers if event.get("as_is") else self._macs.sign(event["topic"], key or b"", value, headers)
            handed = await self._producer.send(event["topic"], value, key=key, headers=signed)
        except KafkaError as error:
            handed = asyncio.get_running_loop().create_future()
            handed.set_exception(error)
        return handed

    def observe(self, *written: RecordMetadata) -> None:
        """Store the offsets of records that were written just now."""
        for one in sorted(written, key=lambda one: one.offset):
            partition = TopicPartition(one.topic, one.partition)
            if one.offset <= self.newest(partition):
                self.lost.add(one.topic)
            self._newest[partition] = one.offset

    def observe_end(self, partition: TopicPartition, end: int) -> None:
        """Store the end of a partition; 0 where something was written before means that the bus has lost it."""
        if end == 0 <= self.newest(partition):
            self.lost.add(partition.topic)
        self._newest[partition] = max(self.newest(partition), end - 1)

    def newest(self, partition: TopicPartition) -> int:
        """Return the highest offset known to have been written, or -1."""
        return self._newest.get(partition, -1)

    def forget(self, topic: str) -> None:
        """Begin anew with a topic that was lost."""
        self.lost.discard(topic)
        self._newest = {partition: at for partition, at in self._newest.items() if partition.topic != topic}


def _key(event: Document) -> bytes | None:
    """Return the key of a stored event; of a record that is sent as it is, whatever bytes that had."""
    if "raw_key" not in event:
        return str(event["key"]).encode()
    return None if event["raw_key"] is None else bytes(event["raw_key"])


def place(event: Document) -> Place:
    """Return the topic and key of a stored event."""
    return event["topic"], event["key"]


def _waves(events: Sequence[Document]) -> list[list[int]]:
    """Return the events, by their numbers and in their order, each key at most once in a wave and not too many."""
    waves: list[list[int]] = []
    seen: Counter[Place] = Counter()
    for number, event in enumerate(events):
        at = seen[place(event)]
        seen[place(event)] += 1
        if at == len(waves):
            waves.append([])
        waves[at].append(number)
    return [wave[at : at + AT_ONCE] for wave in waves for at in range(0, len(wave), AT_ONCE)]
