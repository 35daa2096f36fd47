"""Reads the dead letters of a service where they lie on the bus, from a position on, or single ones."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.base.clock import loop_time
from shared.bus.kafka import asking, partitions, start, stop
from shared.envelope import letters
from shared.envelope.letters import DeadLetter

RECORDS = 500
_FETCH_BYTES = 8 << 20
_POLL_MS = 300
_ONE_WITHIN_S = 4.0


@dataclass(frozen=True)
class Stretch:
    """Records that follow each other: the letters, the position behind them by partition, and how many follow.

    A position is an offset and the id of the record before it.
    """

    letters: list[DeadLetter]
    positions: dict[int, tuple[int, str]]
    behind: int


@dataclass
class LetterReader:
    """Reads one dead-letter topic, in no consumer group."""

    consumer: AIOKafkaConsumer
    bootstrap: str
    topic: str
    ends: dict[TopicPartition, int] = field(default_factory=dict)
    known: dict[int, tuple[int, str]] = field(default_factory=dict)

    async def begin(self, known: Mapping[int, tuple[int, str]]) -> int:
        """Go to the positions that are known; return how many records follow them.

        Raises `UnknownTopic`, `KafkaError`.
        """
        places = await partitions(self.bootstrap, self.topic)
        self.ends = await self.consumer.end_offsets(places)
        begins = await self.consumer.beginning_offsets(places)
        self.known = dict(known)
        starts = {}
        for place in places:
            following, _ = self.known.get(place.partition, (0, ""))
            if following > self.ends[place]:  # the bus was lost and begins anew
                following = 0
                self.known.pop(place.partition, None)
            starts[place] = max(following, begins[place])
        waiting = {place: at for place, at in starts.items() if at < self.ends[place]}
        if waiting:
            self.consumer.assign(list(waiting))
        for place, at in waiting.items():
            # The record before is read again: another one there means that the bus was lost and filled since.
            self.consumer.seek(place, max(begins[place], at - 1))
        return sum(self.ends[place] - at for place, at in waiting.items())

    async def next_stretch(self) -> Stretch:
        """Return the next records. Raises `KafkaError`."""
        letters_read: list[DeadLetter] = []
        positions: dict[int, tuple[int, str]] = {}
        for place, records in (await self.consumer.getmany(timeout_ms=_POLL_MS, max_records=RECORDS)).items():
            for record in records:
                letter = letters.read(record)
                following, last = self.known.get(place.partition, (0, ""))
                if record.offset == following - 1 and last and letter.letter_id != last:
                    self.known[place.partition] = (0, "")
                    await self.consumer.seek_to_beginning(place)
                    break
                if record.offset >= following:
                    letters_read.append(letter)
                    positions[place.partition] = self.known[place.partition] = (record.offset + 1, letter.letter_id)
        behind = [
            max(0, self.ends[place] - await self.consumer.position(place)) for place in self.consumer.assignment()
        ]
        return Stretch(letters_read, positions, sum(behind))

    async def find(self, letter_ids: Iterable[str]) -> dict[str, DeadLetter]:
        """Return those of the letters that the bus still has, by their ids.

        Raises `UnknownTopic`, `KafkaError`.
        """
        letters_read = {}
        places = {place.partition: place for place in await partitions(self.bootstrap, self.topic)}
        for letter_id in letter_ids:
            partition, offset, _ = map(int, letter_id.split("-"))
            if partition in places and (letter := await self._at(places[partition], offset)):
                letters_read[letter.letter_id] = letter
        return {letter_id: letters_read[letter_id] for letter_id in letter_ids if letter_id in letters_read}

    async def _at(self, place: TopicPartition, offset: int) -> DeadLetter | None:
        begins, ends = await self.consumer.beginning_offsets([place]), await self.consumer.end_offsets([place])
        if not begins[place] <= offset < ends[place]:
            return None
        self.consumer.assign([place])
        self.consumer.seek(place, offset)
        until = loop_time() + _ONE_WITHIN_S
        while loop_time() < until:
            for records in (await self.consumer.getmany(timeout_ms=_POLL_MS, max_records=1)).values():
                for record in records:
                    return letters.read(record) if record.offset == offset else None
        raise TimeoutError(f"the bus does not give the record at {offset}")


@asynccontextmanager
async def letters_from(bootstrap: str, topic: str) -> AsyncIterator[LetterReader]:
    """Give a reader of a dead-letter topic. Raises `KafkaError`."""
    consumer = AIOKafkaConsumer(
        **asking(bootstrap),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await start(consumer, bootstrap)
        yield LetterReader(consumer, bootstrap, topic)
    finally:
        await stop(consumer)
