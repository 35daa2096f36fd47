"""The scan path's only write: passages appended to Kafka with acks=all, before the gate is answered.

Each partition has a lane, and the lanes go out in waves: while one wave is on its way, what comes meanwhile waits and
goes out as the next. So a quiet gate does not wait, and a rush makes the batches larger instead of more. A partition
that does not answer holds up its own lane alone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.checkpoint.domain.passage import Passage, partition_of
from shared.envelope.event import Headers, Stamp
from shared.envelope.macs import OFF, Macs
from shared.events.checkpoint import PASSAGES

PROBE_EVERY_S = 1.0
REAP_EVERY_S = 0.1
# A wave is usually back within some milliseconds; after this long the next one goes without waiting for it.
LONGEST_WAVE_S = 0.03
# Whole pieces go into a batch, and both stay below the producer's limit of 256 KiB.
BATCH_BYTES, PIECE_BYTES = 240_000, 120_000
OVERHEAD_BYTES = 700  # key and headers

logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


_Record = tuple[bytes, bytes, Headers]  # key, value and headers, as Kafka carries them


class _Piece:
    """Records of one request for one partition: they arrive together or not at all."""

    __slots__ = ("arrived", "began", "bytes", "records")

    def __init__(self, began: float, arrived: "asyncio.Future[bool]") -> None:
        self.began = began
        self.arrived = arrived
        self.records: list[_Record] = []
        self.bytes = 0

    def end(self, arrived: bool) -> None:
        """Resolve what became of it, unless that was done before or the request is gone."""
        if not self.arrived.done():
            self.arrived.set_result(arrived)


class _Lane:
    """One partition: the pieces on their way, and those that wait for them."""

    __slots__ = ("on_the_way", "partition", "waiting")

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.waiting: list[_Piece] = []
        self.on_the_way: list[_Piece] = []

    @property
    def pieces(self) -> "list[_Piece]":
        """All of them."""
        return self.on_the_way + self.waiting


class ScanLog:
    """Appends passages; while the bus is away it answers so at once, and one request a second tries again."""

    def __init__(self, producer: Callable[[], AIOKafkaProducer | None], timeout_s: float, macs: Macs = OFF) -> None:
        self._producer = producer
        self._macs = macs
        self._timeout_s = timeout_s
        self._probe_at: float | None = None  # set while the bus is away
        self._acknowledged_at = float("-inf")
        self._lanes: list[_Lane] = []
        self._under_way: set[int] = set()  # partitions of which a batch is on its way
        self._wave_at = float("-inf")
        self._sending: asyncio.Task[None] | None = None
        self._next_wave: asyncio.TimerHandle | None = None
        self._reaping: asyncio.TimerHandle | None = None

    async def append(self, passages: Sequence[Passage], stamp: Stamp) -> list[bool]:
        """Return for each passage whether the bus has it. False means unknown: the device sends the scan again."""
        began = time.monotonic()
        producer = self._producer()
        if not passages or producer is None or self._waits(began) or not await self._has_lanes(producer):
            return [False] * len(passages)
        homes = self._put(passages, stamp, began)
        self._wake(producer)
        if self._reaping is None:
            self._reaping = asyncio.get_running_loop().call_later(REAP_EVERY_S, self._reap)
        return [await arrived for arrived in homes]

    def _put(self, passages: Sequence[Passage], stamp: Stamp, began: float) -> "list[asyncio.Future[bool]]":
        """Put each passage into its lane; return for each the future of its arrival."""
        pieces: dict[int, _Piece] = {}
        lanes, homes = len(self._lanes), []
        for passage in passages:
            key = passage.subject.encode()
            number = partition_of(key, lanes)  # every writer of this topic is this class
            piece = pieces.get(number)
            if piece is None or piece.bytes >= PIECE_BYTES:
                piece = pieces[number] = self._begin(self._lanes[number], began)
            value = _encode(passage)
            headers = self._macs.sign(PASSAGES, key, value, stamp.headers(passage.scan_id))
            piece.records.append((key, value, headers))
            piece.bytes += len(value) + OVERHEAD_BYTES
            homes.append(piece.arrived)
        return homes

    def _begin(self, lane: _Lane, began: float) -> _Piece:
        piece = _Piece(began, asyncio.get_running_loop().create_future())
        lane.waiting.append(piece)
        return piece

    async def _has_lanes(self, producer: AIOKafkaProducer) -> bool:
        """Learn the topic's partitions once. Whether they are known."""
        if not self._lanes:
            try:
                async with asyncio.timeout(self._timeout_s):
                    partitions = await producer.partitions_for(PASSAGES)
            except (TimeoutError, KafkaError) as error:
                self._failed(error, time.monotonic())
                return False
            self._lanes = self._lanes or [_Lane(partition) for partition in sorted(partitions)]
        return True

    def _wake(self, producer: AIOKafkaProducer) -> None:
        """Begin a wave, unless one is on its way: then its end does, or the time that a wave may take."""
        if self._sending is not None:
            return
        left = self._wave_at + LONGEST_WAVE_S - time.monotonic() if self._under_way else 0.0
        if left <= 0:
            self._sending = asyncio.create_task(self._send_wave(producer))
        elif self._next_wave is None:
            self._next_wave = asyncio.get_running_loop().call_later(left, self._wake_late, producer)

    def _wake_late(self, producer: AIOKafkaProducer) -> None:
        self._next_wave = None
        self._wake(producer)

    async def _send_wave(self, producer: AIOKafkaProducer) -> None:
        self._wave_at = time.monotonic()
        try:
            for lane in self._lanes:
                if lane.waiting and not lane.on_the_way:
                    await self._send(producer, lane)
        finally:
            self._sending = None
            if any(lane.waiting and not lane.on_the_way for lane in self._lanes):  # it came while the wave went out
                self._wake(producer)

    async def _send(self, producer: AIOKafkaProducer, lane: _Lane) -> None:
        batch, taken, size = producer.create_batch(), 0, 0
        for piece in lane.waiting:
            size += piece.bytes
            if taken and size > BATCH_BYTES:
                break
            for key, value, headers in piece.records:
                batch.append(timestamp=None, key=key, value=value, headers=headers)
            taken += 1
        batch.close()
        lane.on_the_way, lane.waiting = lane.waiting[:taken], lane.waiting[taken:]
        self._under_way.add(lane.partition)
        try:
            sent = await producer.send_batch(batch, PASSAGES, partition=lane.partition)
        except KafkaError as error:
            self._ended(lane, error)
        else:
            sent.add_done_callback(lambda done: self._ended(lane, _error_of(done)))

    def _ended(self, lane: _Lane, error: BaseException | None) -> None:
        """Resolve a batch, and send what has waited for it."""
        ended, lane.on_the_way = lane.on_the_way, []
        self._under_way.discard(lane.partition)
        for piece in ended:
            piece.end(error is None)
        if error is None:
            self._succeeded()
        elif isinstance(error, KafkaError):
            self._failed(error, min(piece.began for piece in ended))
        producer = self._producer()
        if producer is not None and any(lane.waiting for lane in self._lanes):
            self._wake(producer)

    def _reap(self) -> None:
        """Bound every request's wait by the timeout: a piece that still waits for its lane is dropped then."""
        self._reaping = None
        oldest = time.monotonic() - self._timeout_s
        open_ones = [piece for lane in self._lanes for piece in lane.pieces if not piece.arrived.done()]
        late = [piece for piece in open_ones if piece.began <= oldest]
        for piece in late:
            piece.end(False)
        for lane in self._lanes:
            lane.waiting = [piece for piece in lane.waiting if not piece.arrived.done()]
        if late:
            self._failed(TimeoutError(), min(piece.began for piece in late))
        if len(late) < len(open_ones):
            self._reaping = asyncio.get_running_loop().call_later(REAP_EVERY_S, self._reap)

    def _waits(self, now: float) -> bool:
        if self._probe_at is None:
            return False
        if now < self._probe_at:
            return True
        self._probe_at = now + PROBE_EVERY_S  # this request tries, the others do not wait for it
        return False

    def _failed(self, error: Exception, began: float) -> None:
        # While anything gets through, a partition without a leader is no reason to give up on the others.
        if self._acknowledged_at >= began:
            return
        if self._probe_at is None:
            logger.warning("the bus does not take passages: %s", type(error).__name__)
        self._probe_at = time.monotonic() + PROBE_EVERY_S

    def _succeeded(self) -> None:
        if self._probe_at is not None:
            logger.info("the bus takes passages again")
        self._acknowledged_at, self._probe_at = time.monotonic(), None


def _error_of(done: "asyncio.Future[object]") -> BaseException | None:
    return asyncio.CancelledError() if done.cancelled() else done.exception()
