"""Permits: visitors once registered, listed persons, residents who may leave."""

from datetime import datetime
from typing import cast

from shared.area import within
from shared.clock import Clock
from shared.envelope import Event
from shared.events.checkpoint import PERMITS, PermitChanged, PermitKind
from shared.replica import Replica


class Permits:
    """The permits that were not withdrawn, by whom or what they let through."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._permits: dict[str, PermitChanged] = {}
        self._of: dict[str, set[str]] = {}
        self.replica = Replica(PERMITS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(PermitChanged, event)
        old = self._permits.get(said.permit_id)
        if old is not None and old.id >= said.id:
            return
        if old is not None:
            self._of.get(_holder(old), set()).discard(old.permit_id)
        self._permits[said.permit_id] = said
        if not said.withdrawn and said.until > self._clock.now():
            self._of.setdefault(_holder(said), set()).add(said.permit_id)

    def find(self, kind: PermitKind, holder: str, checkpoint_id: str | None, path: str, at: datetime) -> str | None:
        """Return the id of a permit of the holder, a resident's id or a keyed hash, that holds there and then."""
        for permit_id in self._of.get(holder, ()):
            permit = self._permits[permit_id]
            there = permit.checkpoint_id == checkpoint_id if permit.checkpoint_id else within(path, permit.area_path)
            if permit.kind is kind and there and permit.since <= at < permit.until:
                return permit_id
        return None


def _holder(permit: PermitChanged) -> str:
    return permit.resident_id or permit.shown_hash or ""
