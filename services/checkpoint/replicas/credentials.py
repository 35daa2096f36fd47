"""Whose an ID number or a card is, by keyed hash."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.base.clock import Clock
from shared.base.gate_names import packed
from shared.envelope.event import Event
from shared.events.registration import CREDENTIALS, RESIDENTS, CredentialsChanged, ResidentEvent
from shared.replicas.replica import Replica


class _Shows(NamedTuple):
    """What a resident may show, by which event, where that resident lives, and the name for the gate, sealed."""

    event_id: str
    home_path: str
    hashes: frozenset[str]
    gate_seal: bytes | None


class _Holder(NamedTuple):
    """Whose a card or ID number is, by which event."""

    resident_id: str
    event_id: str


class Credentials:
    """Residents by the keyed hashes of ID numbers and cards: no number is held in clear."""

    def __init__(self, clock: Clock) -> None:
        self._shows: dict[str, _Shows] = {}
        self._holders: dict[str, _Holder] = {}
        # Residents whose events do not carry the hashes yet are known from the topic that had them before.
        self.replicas: Sequence[Replica] = [Replica(topic, self._apply, clock) for topic in (RESIDENTS, CREDENTIALS)]

    @property
    def ready(self) -> bool:
        """Whether all residents are known that registration had stored when it last published its marker."""
        return all(replica.ready for replica in self.replicas)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, ResidentEvent | CredentialsChanged):
            return
        old = self._shows.get(event.resident_id)
        hashes = _hashes(event)
        if hashes is None or (old and old.event_id >= event.id):
            return
        for gone in old.hashes - hashes if old else ():
            holder = self._holders.get(gone)
            if holder and holder.resident_id == event.resident_id:  # a card given to another resident stays theirs
                del self._holders[gone]
        self._shows[event.resident_id] = _Shows(event.id, event.area_path, hashes, _gate_name(event))
        for credential_hash in hashes:
            other = self._holders.get(credential_hash)
            if other is None or other.event_id < event.id:
                self._holders[credential_hash] = _Holder(event.resident_id, event.id)

    def holder(self, credential_hash: str) -> str | None:
        """Return the id of the resident whose the credential is, or None."""
        holder = self._holders.get(credential_hash)
        return holder.resident_id if holder else None

    def home(self, resident_id: str) -> str | None:
        """Return the area path of the resident's household, or None where it is not known."""
        shows = self._shows.get(resident_id)
        return shows.home_path if shows else None

    def gate_seal(self, resident_id: str) -> bytes | None:
        """Return the masked name of the resident, sealed; None where registration published none."""
        shows = self._shows.get(resident_id)
        return shows.gate_seal if shows else None


def _gate_name(event: ResidentEvent | CredentialsChanged) -> bytes | None:
    return packed(event.gate_seal) if isinstance(event, ResidentEvent) else None


def _hashes(event: ResidentEvent | CredentialsChanged) -> frozenset[str] | None:
    """Return what opens a gate for the resident; None where the event is from before events of residents carried it."""
    if isinstance(event, ResidentEvent) and event.left:
        return frozenset()
    hashes = frozenset((*event.card_hashes, *((event.id_number_hash,) if event.id_number_hash else ())))
    return hashes if hashes or isinstance(event, CredentialsChanged) else None
