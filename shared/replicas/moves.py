"""Moves of places in memory: until everything has followed one, an old path and the new one are the same place."""

from typing import cast

from shared.base.area import rebased, within
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.registration_moves import PLACE_MOVES, PathChange, PlaceMoveEvent
from shared.replicas.replica import Replica


class Moves:
    """A replica of the moves, of which those count that are under way."""

    def __init__(self, clock: Clock) -> None:
        self._newest: dict[str, PlaceMoveEvent] = {}
        self._changes: list[PathChange] = []
        self.replica = Replica(PLACE_MOVES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        move = cast(PlaceMoveEvent, event)
        known = self._newest.get(move.move_id)
        if known is not None and known.id >= event.id:
            return
        self._newest[move.move_id] = move
        under_way = [one for one in self._newest.values() if one.ended_at is None]
        self._changes = [change for one in under_way for change in one.changes]

    def now(self, path: str) -> str:
        """Return the new path of what is moving, and any other path as it is."""
        for change in self._changes:
            if within(path, change.old):
                return rebased(path, change.old, change.new)
        return path

    def before(self, path: str) -> str:
        """Return the old path of what is moving, and any other path as it is."""
        for change in self._changes:
            if within(path, change.new):
                return rebased(path, change.new, change.old)
        return path
