"""The residents who are yellow, red or isolated."""

from datetime import datetime
from functools import cache
from typing import NamedTuple, cast

from services.checkpoint.domain.decision import GREEN, Standing
from shared.clock import Clock
from shared.envelope import Event
from shared.events.registration import STANDINGS, Colour, StandingChanged
from shared.replica import Replica


class _Known(NamedTuple):
    """What was said last of a resident, from when on it holds, and what held before, as far as it was heard."""

    event_id: str
    since: datetime
    standing: Standing
    before: Standing


@cache
def _one(colour: Colour, isolated: bool) -> Standing:
    """Return the same object for the same standing: a million residents share six."""
    return Standing(colour, isolated)


class Exceptions:
    """The residents who are yellow, red or isolated; everybody else is green."""

    def __init__(self, clock: Clock) -> None:
        self._known: dict[str, _Known] = {}
        self.replica = Replica(STANDINGS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(StandingChanged, event)
        known = self._known.get(said.resident_id)
        if known and known.event_id >= said.id:  # ids are UUIDv7: an older one says an older colour
            return
        before = GREEN if known is None else known.standing if known.since < said.since else known.before
        self._known[said.resident_id] = _Known(said.id, said.since, _one(said.colour, said.isolated), before)

    def standing(self, resident_id: str, at: datetime | None = None) -> Standing | None:
        """Return the resident's standing, now or `at` an earlier instant.

        None while the list is not complete and names no exception: then nobody is taken for green.
        """
        found = GREEN
        if known := self._known.get(resident_id):
            found = known.before if at is not None and at < known.since else known.standing
        return found if found != GREEN or self.replica.ready else None

    @property
    def as_of(self) -> datetime | None:
        """How new the list is; None while it is not complete."""
        return self.replica.as_of
