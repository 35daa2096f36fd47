"""Wrong one-time codes are counted by peer and gate, so that no code is guessed and no peer locks out another."""

import ipaddress
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.base.errors import DomainError, Unavailable

WRONG_TRIES = 5
WRONG_TRIES_OF_PEER = 30  # at all gates together
WITHIN = timedelta(minutes=1)
MAX_KEPT = 20_000
_V6_NETWORK = 64  # who has one address of it has all

Key = tuple[str, str | None]


@dataclass
class Tries:
    """When this process last received wrong codes, by peer and the gate that it names, and by peer alone (None)."""

    wrong: dict[Key, deque[datetime]] = field(default_factory=dict)

    @contextmanager
    def counted(self, peer: str, gate_id: str, now: datetime) -> Iterator[None]:
        """Count a code while it is tried, and further where it is refused: many at once are many.

        Raises `Unavailable` after five wrong ones within a minute for a gate, or 30 for all: then none is tried.
        """
        network = network_of(peer)
        counts = [self._recent((network, gate_id), now), self._recent((network, None), now)]
        for times, most in zip(counts, (WRONG_TRIES, WRONG_TRIES_OF_PEER), strict=True):
            if len(times) >= most:
                wait_s = int((times[-most] + WITHIN - now).total_seconds()) + 1
                text = f"Too many wrong codes were tried: try again in {wait_s} s"
                chinese = f"错误的登记码过多：请在 {wait_s} 秒后再试"
                raise Unavailable("checkpoint.too_many_tries", text, wait_s, detail_zh=chinese)
        for times in counts:
            times.append(now)
        try:
            yield
        except DomainError as error:
            if error.status >= 500:  # the code was not judged
                self._forget(counts, now)
            raise
        except BaseException:
            self._forget(counts, now)
            raise
        self._forget(counts, now)

    def _recent(self, key: Key, now: datetime) -> deque[datetime]:
        if key not in self.wrong and len(self.wrong) >= MAX_KEPT:
            self.wrong = {key: times for key, times in self.wrong.items() if times and now - times[-1] < WITHIN}
        times = self.wrong.setdefault(key, deque())
        while times and now - times[0] >= WITHIN:
            times.popleft()
        return times

    def _forget(self, counts: list[deque[datetime]], now: datetime) -> None:
        for times in counts:
            if now in times:
                times.remove(now)


def network_of(peer: str) -> str:
    """Return what counts as one peer: an IPv4 address, the network of an IPv6 address, or the text itself."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, _V6_NETWORK), strict=False))
