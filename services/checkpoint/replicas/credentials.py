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


class Credentials:
    """Residents by the keyed hashes of ID numbers and cards: no number is held in clear.

    A credential belongs to one resident. Between the two events of a card that is passed on, in older data and after a
    race two residents have the same: then both are its holders.
    """

    def __init__(self, clock: Clock) -> None:
        self._shows: dict[str, _Shows] = {}
        self._holders: dict[str, tuple[str, ...]] = {}  # in the order of their ids
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
        before = old.hashes if old else frozenset()
        for gone in before - hashes:
            self._remove(gone, event.resident_id)
        self._shows[event.resident_id] = _Shows(event.id, event.area_path, hashes, _gate_name(event))
        for new in hashes - before:
            self._holders[new] = tuple(sorted((*self._holders.get(new, ()), event.resident_id)))

    def _remove(self, credential_hash: str, resident_id: str) -> None:
        """Take a credential from a resident; the other holders keep it."""
        left = tuple(one for one in self._holders.get(credential_hash, ()) if one != resident_id)
        if left:
            self._holders[credential_hash] = left
        else:
            self._holders.pop(credential_hash, None)

    def holders(self, credential_hash: str) -> tuple[str, ...]:
        """Return the ids of the residents whose the credential is, in their order: one, none, or by mistake several."""
        return self._holders.get(credential_hash, ())

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
