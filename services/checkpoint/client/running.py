"""A whole device: the gate, and beside it the sending, the lists and the signs of life."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from services.checkpoint.client.background import Background, Condition
from services.checkpoint.client.book import KEPT, Book, BookUnusable
from services.checkpoint.client.clock import DeviceClock, steady_s
from services.checkpoint.client.copy import Copy
from services.checkpoint.client.device import Heart
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.gate import PATIENCE_S, Display, Gate, Passing
from services.checkpoint.client.link import Link
from services.checkpoint.client.lists import Fetcher
from services.checkpoint.client.posting import Poster
from services.checkpoint.client.sender import Sender
from services.checkpoint.client.watch import Watch

POST_S = 30.0
_END_S = 2.0
_POLL_S = 0.05


@dataclass(frozen=True)
class Running:
    """What runs on a device, composed."""

    book: Book
    copy: Copy
    gate: Gate
    condition: Condition
    link: Link
    sending: Background
    listing: Background
    beating: Background
    watching: Background
    clock: DeviceClock

    @classmethod
    def on(
        cls,
        book: Book,
        url: str,
        token: str,
        gate_id: str,
        clock: Callable[[], datetime],
        cached_for: timedelta,
        version: str,
        steady: Callable[[], float] = steady_s,
    ) -> Self:
        """Compose a device around its book; `clock` is the machine's. Raises `BookUnusable`."""
        copy = Copy(Path(f"{book.path}.lists"))
        corrected = DeviceClock(book, clock, steady, lambda: copy.lists.as_of if copy.lists else None)
        condition, link = Condition(), Link(url, token, corrected.now)
        return cls(
            book,
            copy,
            Gate(gate_id, book, copy, Poster(link, PATIENCE_S), condition, corrected, cached_for),
            condition,
            link,
            Background("sending", Sender(book, Poster(link, POST_S), condition, corrected).turn),
            Background("lists", Fetcher(link, copy, gate_id, condition).turn),
            Background("heartbeat", Heart(link, book, copy, condition, corrected, version).turn),
            Background("watch", Watch(link, book, condition).turn),
            corrected,
        )

    def start(self, beating: bool) -> None:
        """Begin, where the last run ended; a device without a credential of its own gives no signs of life."""
        self.book.resume((self.clock.now() - KEPT).isoformat())
        self.sending.start()
        self.listing.start()
        self.watching.start()
        if beating:
            self.beating.start()

    def scan(self, passing: Passing) -> Display:
        """Take one scan."""
        display = self.gate.scan(passing)
        self.sending.call()
        return display

    def around(self) -> tuple[int, Pair | None, Mapping[str, Pair]]:
        """Return how many scans are not sent yet, what is wrong, and the reasons' texts as the service says them."""
        try:
            unsent, _ = self.book.unsent()
        except BookUnusable as error:
            return 0, error.texts, {}
        return unsent, self.condition.trouble, self.copy.lists.texts if self.copy.lists else {}

    def drain(self, within_s: float) -> None:
        """Wait until all is sent, for so many seconds at most."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and self.around()[0]:
            time.sleep(_POLL_S)

    def end(self) -> None:
        """End; what is not sent is in the book."""
        for work in (self.sending, self.listing, self.beating, self.watching):
            work.end(_END_S)
        self.link.close()
        self.copy.close()
