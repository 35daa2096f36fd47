"""What a device does beside scanning: turn after turn, each in a thread of its own."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread

from services.checkpoint.client.errors import Pair

AFTER_MISTAKE_S = 5.0

logger = logging.getLogger(__name__)


@dataclass
class Condition:
    """How the device is doing, for the screen: whether the service answers, and what is wrong, in a sentence.

    `online` is None until the service has answered or not answered for the first time; `known_at` is when it last did.
    """

    online: bool | None = None
    trouble: Pair | None = None
    known_at: float = float("-inf")

    def mark_online(self) -> None:
        """Record that the service answers."""
        self.online, self.trouble, self.known_at = True, None, time.monotonic()

    def mark_offline(self, trouble: Pair | None = None) -> None:
        """Record that the service does not answer, or refuses this device; `trouble` says why."""
        self.online, self.trouble, self.known_at = False, trouble, time.monotonic()


class Background:
    """Takes turns until it is ended; a turn returns how many seconds may pass before the next."""

    def __init__(self, name: str, turn: Callable[[], float]) -> None:
        self.turn = turn
        self._called = Event()
        self._ended = False
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def call(self) -> None:
        """Let the next turn come now."""
        self._called.set()

    def end(self, within_s: float) -> None:
        """Take no more turns, and wait for the one in hand."""
        self._ended = True
        self._called.set()
        if self._thread.is_alive():
            self._thread.join(within_s)

    def _run(self) -> None:
        while not self._ended:
            self._called.clear()
            try:
                wait_s = self.turn()
            except Exception:
                # A defect of this program must not end the sending for good: the thread logs it and tries again.
                logger.exception("a turn of %s failed", self._thread.name)
                wait_s = AFTER_MISTAKE_S
            self._called.wait(wait_s)
