"""Whose an ID number or a card is, by keyed hash."""

from typing import NamedTuple, cast

from shared.clock import Clock
from shared.envelope import Event
from shared.events.registration import CREDENTIALS, CredentialsChanged
from shared.replica import Replica


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
