"""Areas that are open by break-glass: every process lets them be read, by the topic of registration."""

from collections.abc import Callable

from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.registration import BREAK_GLASS, BreakGlassChanged
from shared.replicas.replica import Replica


class BreakGlasses:
    """Gives what the topic holds to `opened`: id, subject, area path, reason, and the Unix time of its end.

    A process is ready without them: gates never wait for them.
    """

    def __init__(self, opened: Callable[[str, str, str, str, float], None], clock: Clock) -> None:
        self._opened = opened
        self.replica = Replica(BREAK_GLASS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if isinstance(event, BreakGlassChanged):
            self._opened(event.glass_id, event.subject, event.area_path, event.reason, event.ends_at.timestamp())
