"""Subjects whose tokens were revoked: every process refuses those tokens, by the topic of registration."""

from collections.abc import Callable

from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.registration import ACCESS_REVOCATIONS, AccessRevoked
from shared.replicas.replica import Replica


class AccessRevocations:
    """Gives the revocations of the topic to `revoke`: the subject, issued up to when, kept until when, as Unix times.

    A process is ready without them: gates never wait for them.
    """

    def __init__(self, revoke: Callable[[str, float, float], None], clock: Clock) -> None:
        self._revoke = revoke
        self.replica = Replica(ACCESS_REVOCATIONS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if isinstance(event, AccessRevoked):
            self._revoke(event.subject, event.revoked_at.timestamp(), event.expires_at.timestamp())
