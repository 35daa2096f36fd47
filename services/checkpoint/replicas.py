"""What every gate process knows by heart: exceptions, cards and ID numbers, gates. All of it comes from topics."""

from datetime import datetime
from typing import NamedTuple, cast

from services.checkpoint.domain import GREEN, Standing
from shared.clock import Clock
from shared.envelope import Event
from shared.events.checkpoint import GATES, GateDefined
from shared.events.registration import CREDENTIALS, STANDINGS, Colour, CredentialsChanged, StandingChanged
from shared.replica import Replica


class Exceptions:
    """The residents who are yellow, red or isolated; everybody else is green."""

    def __init__(self, clock: Clock) -> None:
        self._standings: dict[str, tuple[str, Standing]] = {}
        self.replica = Replica(STANDINGS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(StandingChanged, event)
        known = self._standings.get(said.resident_id)
        if known and known[0] >= said.id:  # ids are UUIDv7: an older one says an older colour
            return
        self._standings[said.resident_id] = (said.id, Standing(said.colour, said.isolated))

    def standing(self, resident_id: str) -> Standing | None:
        """Return the resident's standing; None while the list is not complete and does not name the resident."""
        if known := self._standings.get(resident_id):
            return known[1]
        return GREEN if self.replica.ready else None

    @property
    def as_of(self) -> datetime | None:
        """How new the list is; None while it is not complete."""
        return self.replica.as_of

    def __len__(self) -> int:
        return sum(s.isolated or s.colour is not Colour.GREEN for _, s in self._standings.values())


class Holder(NamedTuple):
    """Whose a card or ID number is, and where that resident lives."""

    resident_id: str
    home_path: str


class Credentials:
    """Residents by the keyed hashes of ID numbers and cards: no number is held in clear."""

    def __init__(self, clock: Clock) -> None:
        self._said: dict[str, CredentialsChanged] = {}
        self._holders: dict[str, Holder] = {}
        self.replica = Replica(CREDENTIALS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        new = cast(CredentialsChanged, event)
        old = self._said.get(new.resident_id)
        if old and old.id >= new.id:
            return
        for gone in _hashes(old) - _hashes(new) if old else ():
            self._holders.pop(gone, None)
        self._said[new.resident_id] = new
        holder = Holder(new.resident_id, new.area_path)
        for shown in _hashes(new):
            self._holders[shown] = holder

    def holder(self, shown_hash: str) -> Holder | None:
        """Return whose the credential is, or None."""
        return self._holders.get(shown_hash)

    def home(self, resident_id: str) -> str | None:
        """Return the area path of the resident's household, or None where it is not known."""
        said = self._said.get(resident_id)
        return said.area_path if said else None


def _hashes(said: CredentialsChanged) -> set[str]:
    return {*said.card_hashes, *([said.id_number_hash] if said.id_number_hash else [])}


class Gates:
    """The area path of each gate."""

    def __init__(self, clock: Clock) -> None:
        self._gates: dict[str, GateDefined] = {}
        self.replica = Replica(GATES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        new = cast(GateDefined, event)
        old = self._gates.get(new.gate_id)
        if old is None or old.id < new.id:
            self._gates[new.gate_id] = new

    def path(self, gate_id: str) -> str | None:
        """Return the area path of an open gate, or None."""
        gate = self._gates.get(gate_id)
        return gate.area_path if gate and not gate.closed else None
