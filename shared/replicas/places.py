"""The place tree in memory: names, and who answers for an area."""

from typing import cast

from shared.base.area import ancestors
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events import registration
from shared.events.registration import Duty, PlaceEvent
from shared.replicas.replica import Replica


class Places:
    """A replica of the places topic, by path."""

    def __init__(self, clock: Clock) -> None:
        self._by_path: dict[str, PlaceEvent] = {}
        self._paths: dict[str, str] = {}
        self._newest: dict[str, str] = {}
        self.replica = Replica(registration.PLACES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        place = cast(PlaceEvent, event)  # all events of the topic carry the same, whole state
        if event.id <= self._newest.get(place.place_id, ""):
            return
        self._newest[place.place_id] = event.id
        self._leave_path(place.place_id)
        self._paths[place.place_id] = place.path
        if not place.closed:
            self._by_path[place.path] = place

    def _leave_path(self, place_id: str) -> None:
        before = self._paths.get(place_id, "")
        there = self._by_path.get(before)
        if there and there.place_id == place_id:  # another place may have been given the path, and its event read first
            del self._by_path[before]

    def at(self, path: str) -> PlaceEvent | None:
        """Return the place with that path, or None."""
        return self._by_path.get(path)

    def name(self, path: str) -> str:
        """Return the name of the nearest named place at or above the path, or the path itself."""
        return next((self._by_path[p].name for p in ancestors(path) if p in self._by_path), path)

    def keepers(self, path: str, *duties: Duty) -> list[str]:
        """Return the person ids with one of the duties at the nearest place, upward, that has any."""
        for above in ancestors(path):
            place = self._by_path.get(above)
            person_ids = [k.person_id for k in place.keepers if k.duty in duties] if place else []
            if person_ids:
                return person_ids
        return []
