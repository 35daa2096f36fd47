"""Who of a household went out lately, where exits are counted: as recorded, and as this process let them out."""

from collections.abc import Iterable
from datetime import timedelta

from services.checkpoint.domain.zones import LONGEST_QUOTA
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.checkpoint_outings import OUTINGS, Outing, OutingsChanged
from shared.replicas.replica import Replica

MAX_UNRECORDED = 100_000
# The recorder stores a passage within seconds; what it has not stored by then it never will.
UNRECORDED_FOR = timedelta(hours=1)


class Outings:
    """The outings of households, by the path of the door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recorded: dict[str, OutingsChanged] = {}
        self._own: dict[str, list[Outing]] = {}
        self.replica = Replica(OUTINGS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, OutingsChanged):
            return
        known = self._recorded.get(event.home_path)
        if known is not None and known.id >= event.id:
            return
        self._recorded[event.home_path] = event
        if own := self._own.pop(event.home_path, None):
            recorded = {one.scan_id for one in event.outings}
            if left := [one for one in own if one.scan_id not in recorded and self._is_new(one)]:
                self._own[event.home_path] = left

    def _is_new(self, outing: Outing) -> bool:
        return self._clock.now() - outing.at < UNRECORDED_FOR

    def of(self, home_path: str) -> Iterable[Outing]:
        """Return the outings of the household, those that are not recorded yet among them."""
        recorded = self._recorded.get(home_path)
        own = self._own.get(home_path, ())
        return (*(recorded.outings if recorded else ()), *own)

    def add(self, home_path: str, outing: Outing) -> None:
        """Keep that this process let a resident out, until the recorder has published it."""
        if len(self._own) >= MAX_UNRECORDED:
            del self._own[next(iter(self._own))]
        own = [one for one in self._own.get(home_path, ()) if outing.at - one.at <= LONGEST_QUOTA]
        self._own[home_path] = [*own, outing]
