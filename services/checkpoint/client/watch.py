"""Asking whether the service answers between the scans, so that the screen knows it before the next person comes."""

import random
import time

from services.checkpoint.client.background import Condition
from services.checkpoint.client.book import Book
from services.checkpoint.client.link import LATER, Away, Link, Refused

EVERY_S, AWAY_S = 10.0, 2.5
TIMEOUT_S = 3.0
_LIVE = "/health/live"


class Watch:
    """Asks when nothing else has answered for some seconds; while scans wait, their sending is the proof."""

    def __init__(self, link: Link, book: Book, condition: Condition) -> None:
        self._link = link
        self._book = book
        self._condition = condition

    def turn(self) -> float:
        """Ask once; return how many seconds may pass before the next time."""
        silent_s = time.monotonic() - self._condition.known_at
        if self._condition.online and silent_s < EVERY_S / 2:
            return EVERY_S / 2 - silent_s
        try:
            answers = self._link.get(_LIVE, {}, TIMEOUT_S).status_code not in LATER
        except Away:
            answers = False
        except Refused as error:
            self._condition.mark_offline(error.texts)
            return EVERY_S
        self._learn(answers)
        return (EVERY_S if answers else AWAY_S) * random.uniform(
            0.8, 1.2
        )  # a city's devices were switched on at the same time

    def _learn(self, answers: bool) -> None:
        condition = self._condition
        if not answers:
            condition.mark_offline()
        elif condition.online:
            condition.known_at = time.monotonic()
        elif condition.trouble is None and not self._book.unsent()[0]:
            condition.mark_online()
