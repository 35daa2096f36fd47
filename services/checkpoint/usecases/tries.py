"""Wrong one-time codes are counted, so that no code is guessed."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.base.errors import DomainError, Unavailable

WRONG_TRIES = 5
WITHIN = timedelta(minutes=1)


@dataclass
class Tries:
    """When this process last received wrong codes."""

    wrong: deque[datetime] = field(default_factory=lambda: deque(maxlen=WRONG_TRIES))

    @contextmanager
    def counted(self, now: datetime) -> Iterator[None]:
        """Count a refusal of the code that is tried. Raises `Unavailable` after five within a minute: none is tried."""
        if len(self.wrong) == WRONG_TRIES and now - self.wrong[0] < WITHIN:
            wait_s = int((self.wrong[0] + WITHIN - now).total_seconds()) + 1
            text = f"Too many wrong codes were tried: try again in {wait_s} s"
            raise Unavailable("checkpoint.too_many_tries", text, wait_s)
        try:
            yield
        except DomainError:
            self.wrong.append(now)
            raise
