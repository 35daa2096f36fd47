"""What every gate process knows by heart: exceptions, cards and ID numbers, gates. All of it comes from topics."""

from datetime import datetime
from functools import cache
from typing import NamedTuple, cast

from services.checkpoint.domain.decision import GREEN, Standing
from shared.clock import Clock
from shared.envelope import Event
from shared.events.checkpoint import GATES, GateDefined
from shared.events.registration import CREDENTIALS, STANDINGS, Colour, CredentialsChanged, StandingChanged
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


class _Shows(NamedTuple):
    """What a resident may show, by which event, and where that resident lives."""

    event_id: str
    home_path: str
    hashes: frozenset[str]


class _Holder(NamedTuple):
    """Whose a card or ID number is, by which event."""

    resident_id: str
    event_id: str


class Credentials:
    """Residents by the keyed hashes of ID numbers and cards: no number is held in clear."""

    def __init__(self, clock: Clock) -> None:
        self._shows: dict[str, _Shows] = {}
        self._holders: dict[str, _Holder] = {}
        self.replica = Replica(CREDENTIALS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(CredentialsChanged, event)
        old = self._shows.get(said.resident_id)
        if old and old.event_id >= said.id:
            return
        hashes = frozenset((*said.card_hashes, *((said.id_number_hash,) if said.id_number_hash else ())))
        for gone in old.hashes - hashes if old else ():
            holder = self._holders.get(gone)
            if holder and holder.resident_id == said.resident_id:  # a card given to somebody else stays theirs
                del self._holders[gone]
        self._shows[said.resident_id] = _Shows(said.id, said.area_path, hashes)
        for shown in hashes:
            other = self._holders.get(shown)
            if other is None or other.event_id < said.id:
                self._holders[shown] = _Holder(said.resident_id, said.id)

    def holder(self, shown_hash: str) -> str | None:
        """Return the id of the resident whose the credential is, or None."""
        holder = self._holders.get(shown_hash)
        return holder.resident_id if holder else None

    def home(self, resident_id: str) -> str | None:
        """Return the area path of the resident's household, or None where it is not known."""
        shows = self._shows.get(resident_id)
        return shows.home_path if shows else None


class Gates:
    """The gates, by id."""

    def __init__(self, clock: Clock) -> None:
        self._gates: dict[str, GateDefined] = {}
        self.replica = Replica(GATES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(GateDefined, event)
        old = self._gates.get(said.gate_id)
        if old is None or old.id < said.id:
            self._gates[said.gate_id] = said

    def get(self, gate_id: str) -> GateDefined | None:
        """Return the gate as it was last defined, or None where it is not known."""
        return self._gates.get(gate_id)
