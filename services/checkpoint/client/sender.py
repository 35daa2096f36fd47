"""Sending what the book holds: in the order of the numbers, in batches, until each scan is accepted or rejected."""

from services.checkpoint.client.background import Condition
from services.checkpoint.client.book import Book, BookUnusable
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.link import Refused
from services.checkpoint.client.posting import (
    LONGEST_PAUSE_S,
    PARKED,
    Pause,
    Poster,
    Receipt,
    clock_offset_of,
    receipt_of,
)

BATCH = 500
IDLE_S = 1.0


class Sender:
    """Sends one device's scans; killed at any point, the next run sends the same ids again."""

    def __init__(
        self, book: Book, poster: Poster, condition: Condition, clock: DeviceClock, batch: int = BATCH
    ) -> None:
        self._book = book
        self._clock = clock
        self._poster = poster
        self._condition = condition
        self._batch = batch
        self._pause = Pause()
        self._unwritten: dict[int, Receipt] = {}  # answers that the disk did not take
        self._unanswered: list[int] = []

    def turn(self) -> float:
        """Send one batch; return how many seconds may pass before the next."""
        try:
            self._write()
            return self._send()
        except BookUnusable as error:
            self._condition.trouble = error.texts
            return LONGEST_PAUSE_S

    def _write(self) -> None:
        if self._unwritten or self._unanswered:
            self._book.settle(self._unwritten)
            self._book.give_back(self._unanswered)
            self._unwritten, self._unanswered = {}, []

    def _send(self) -> float:
        batch = self._book.take(self._batch)
        if not batch:
            return IDLE_S
        seqs = [kept.seq for kept in batch]
        try:
            posted = self._poster.post([kept.scan for kept in batch], self._clock.by(batch[0].offset_s))
        except Refused as error:
            self._condition.mark_offline(error.texts)
            self._unanswered = seqs
            self._write()
            return self._pause.next_s(LONGEST_PAUSE_S)
        answered = dict(zip(seqs, posted.answers, strict=False))
        self._unwritten = {
            kept.seq: receipt_of(kept.scan["scan_id"], answered[kept.seq]) for kept in batch[: len(answered)]
        }
        self._unanswered = seqs[len(answered) :]
        wrong_s = clock_offset_of(posted.answers)
        if wrong_s is not None:
            self._clock.learn(batch[0].offset_s + wrong_s)
        parked = any(receipt.state == PARKED for receipt in self._unwritten.values())
        if answered:
            self._condition.mark_online()
        else:
            self._condition.mark_offline()
        self._write()
        if parked or len(answered) < len(batch):
            return self._pause.next_s(posted.wait_s)
        self._pause.reset()
        return 0.0
