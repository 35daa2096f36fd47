"""Passes to leave, by traveller, and how often each was used: as recorded, and as this process let travellers out."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.checkpoint.domain import passes as rules
from services.checkpoint.domain.passes import REMEMBERED, Judged, Leaving
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.checkpoint_passes import PASS_USES, PassUse, PassUsesChanged
from shared.events.registration_exits import EXITS, ExitEvent
from shared.replicas.replica import Replica

SWEPT_FROM = 1_000
MAX_UNRECORDED = 100_000
# The recorder stores a passage within seconds; what it has not stored by then it never will.
UNRECORDED_FOR = timedelta(hours=1)


class Passes:
    """The exit permissions that hold now or later, or ended lately; the newest event of each counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._swept_at = SWEPT_FROM
        self._passes: dict[str, ExitEvent] = {}
        self._of: dict[str, set[str]] = {}
        self._recorded: dict[str, PassUsesChanged] = {}
        self._own: dict[str, list[PassUse]] = {}
        self.replica = Replica(EXITS, self._apply, clock)
        self.uses_replica = Replica(PASS_USES, self._apply_uses, clock)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, ExitEvent):
            return
        old = self._passes.get(event.exit_id)
        if old is not None and old.id >= event.id:
            return
        if old is not None:
            self._forget(old)
        if event.until + REMEMBERED <= self._clock.now():
            return
        self._passes[event.exit_id] = event
        for traveller in event.travellers:
            self._of.setdefault(traveller, set()).add(event.exit_id)
        if len(self._passes) >= self._swept_at:
            self._sweep()

    def _apply_uses(self, event: Event) -> None:
        if not isinstance(event, PassUsesChanged):
            return
        known = self._recorded.get(event.exit_id)
        if known is not None and known.id >= event.id:
            return
        self._recorded[event.exit_id] = event
        recorded = {one.scan_id for one in event.uses}
        own = [one for one in self._own.pop(event.exit_id, ()) if one.scan_id not in recorded and self._is_new(one)]
        if own:
            self._own[event.exit_id] = own

    def _is_new(self, use: PassUse) -> bool:
        return self._clock.now() - use.at < UNRECORDED_FOR

    def _sweep(self) -> None:
        """Forget those that ended some time ago, each time that there are twice as many as were left before."""
        now = self._clock.now()
        for ended in [one for one in self._passes.values() if one.until + REMEMBERED <= now]:
            self._forget(ended)
        self._recorded = {key: one for key, one in self._recorded.items() if one.uses}
        self._swept_at = max(SWEPT_FROM, 2 * len(self._passes))

    def _forget(self, one: ExitEvent) -> None:
        self._passes.pop(one.exit_id, None)
        for traveller in one.travellers:
            held = self._of.get(traveller, set())
            held.discard(one.exit_id)
            if not held:
                self._of.pop(traveller, None)

    def get(self, exit_id: str) -> ExitEvent | None:
        """Return a permission by its id."""
        return self._passes.get(exit_id)

    def judge(self, leaving: Leaving) -> Judged:
        """Return the pass that lets a person out of the city or the province, or why none does."""
        known = ((one, self._uses(one.exit_id)) for one in self._held(leaving.resident_id))
        return rules.judge(known, leaving)

    def lets_out(
        self, resident_id: str, checkpoint_id: str | None, path: str, at: datetime, serves: frozenset[str] | None
    ) -> str | None:
        """Return the permission that lets a resident out of a closed compound; in a zone of the classes in `serves`."""
        for one in self._held(resident_id):
            counts = serves is None or one.serves in serves
            if counts and rules.lets_out(one, checkpoint_id, path, at):
                return one.exit_id
        return None

    def add(self, exit_id: str, use: PassUse) -> None:
        """Keep that this process let a traveller out, until the recorder has published it."""
        if len(self._own) >= MAX_UNRECORDED:
            del self._own[next(iter(self._own))]
        self._own.setdefault(exit_id, []).append(use)

    def _held(self, resident_id: str) -> Iterator[ExitEvent]:
        return (self._passes[exit_id] for exit_id in self._of.get(resident_id, ()))

    def _uses(self, exit_id: str) -> Sequence[PassUse]:
        recorded = self._recorded.get(exit_id)
        return rules.add(recorded.uses if recorded else (), self._own.get(exit_id, ()))
