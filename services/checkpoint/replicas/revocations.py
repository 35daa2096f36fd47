"""Codes that were revoked one by one: a lost phone's, a printed card's."""

from datetime import datetime

from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.registration import REVOCATIONS, CodeRevoked
from shared.replicas.replica import Replica

SWEPT_FROM = 1_000


class Revocations:
    """The revoked codes that would still be good otherwise, with the time of the revocation."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._swept_at = SWEPT_FROM
        self._revoked: dict[str, tuple[datetime, datetime]] = {}
        self.replica = Replica(REVOCATIONS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, CodeRevoked):
            return
        now = self._clock.now()
        if event.expires_at > now:
            self._revoked[event.code_id] = (event.revoked_at, event.expires_at)
        if len(self._revoked) >= self._swept_at:  # those that have expired would not be good anyway
            self._revoked = {code_id: times for code_id, times in self._revoked.items() if times[1] > now}
            self._swept_at = max(SWEPT_FROM, 2 * len(self._revoked))

    def counts(self, code_id: str, at: datetime) -> bool:
        """Whether the code had been revoked by then."""
        revoked = self._revoked.get(code_id)
        return revoked is not None and revoked[0] <= at

    def all(self) -> list[str]:
        """Return the ids of the codes that have not expired yet."""
        now = self._clock.now()
        return sorted(code_id for code_id, (_, expires_at) in self._revoked.items() if expires_at > now)
