"""Permits: visitors once registered, listed persons, residents who may leave."""

from collections.abc import Container
from datetime import datetime

from shared.base.area import within
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.checkpoint import PERMITS, PermitChanged, PermitKind
from shared.events.registration_zones import PassClass
from shared.replicas.moves import Moves
from shared.replicas.replica import Replica

SWEPT_FROM = 1_000


class Permits:
    """The permits that hold now or later, by the resident or the credential that they let through."""

    def __init__(self, clock: Clock, moves: Moves | None = None) -> None:
        self._moves = moves or Moves(clock)
        self._clock = clock
        self._swept_at = SWEPT_FROM
        self._permits: dict[str, PermitChanged] = {}
        self._of: dict[str, set[str]] = {}
        self.replica = Replica(PERMITS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, PermitChanged):
            return
        old = self._permits.get(event.permit_id)
        if old is not None and old.id >= event.id:
            return
        if old is not None:
            self._forget(old)
        if event.until <= self._clock.now():  # it has ended
            return
        self._permits[event.permit_id] = event
        if not event.withdrawn:
            self._of.setdefault(_holder(event), set()).add(event.permit_id)
        if len(self._permits) >= self._swept_at:
            self._sweep()

    def _sweep(self) -> None:
        """Forget the permits that have ended, each time that there are twice as many as were left before."""
        now = self._clock.now()
        for ended in [permit for permit in self._permits.values() if permit.until <= now]:
            self._forget(ended)
        self._swept_at = max(SWEPT_FROM, 2 * len(self._permits))

    def _forget(self, permit: PermitChanged) -> None:
        self._permits.pop(permit.permit_id, None)
        holder = _holder(permit)
        held = self._of.get(holder, set())
        held.discard(permit.permit_id)
        if not held:
            self._of.pop(holder, None)

    def find(
        self,
        kind: PermitKind,
        holder: str,
        checkpoint_id: str | None,
        path: str,
        at: datetime,
        passes: Container[str] | None = None,
    ) -> str | None:
        """Return the id of a permit of the holder, a resident's id or a keyed hash, that holds there and then.

        In a zone it is one of the classes in `passes`.
        """
        for permit_id in self._of.get(holder, ()):
            permit = self._permits[permit_id]
            there = permit.checkpoint_id == checkpoint_id if permit.checkpoint_id else self._within(path, permit)
            counts = passes is None or (permit.serves or PassClass.OTHER) in passes
            if permit.kind is kind and there and counts and permit.since <= at < permit.until:
                return permit_id
        return None

    def _within(self, path: str, permit: PermitChanged) -> bool:
        return within(path, self._moves.now(permit.area_path))


def _holder(permit: PermitChanged) -> str:
    return permit.resident_id or permit.shown_hash or ""
