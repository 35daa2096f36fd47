"""Whose an ID number or a card is, by keyed hash."""

from collections.abc import Collection, Sequence
from sys import intern
from typing import NamedTuple

from shared.base.clock import Clock
from shared.base.gate_names import packed
from shared.envelope.event import Event
from shared.events.registration import CREDENTIALS, RESIDENTS, CredentialsChanged, ResidentEvent
from shared.replicas.moves import Moves
from shared.replicas.replica import Replica


class _Shows(NamedTuple):
    """What a resident may show, by which event, where that resident lives, and the name for the gate, sealed.

    `keeper_id` is the one-to-one keeper; `staff_id` the subject of a resident who is a member of staff.
    """

    event_id: str
    home_path: str
    hashes: frozenset[str]
    gate_seal: bytes | None
    keeper_id: str | None = None
    staff_id: str | None = None
    merged_into: str | None = None


class Dweller(NamedTuple):
    """A resident; the path of the door stands for the household."""

    resident_id: str
    household_id: str


class Credentials:
    """Residents by the keyed hashes of ID numbers and cards: no number is held in clear.

    A credential belongs to one resident. Between the two events of a card that is passed on, in older data and after a
    race two residents have the same: then both are its holders.
    """

    def __init__(self, clock: Clock, moves: Moves | None = None) -> None:
        self._moves = moves or Moves(clock)
        self._shows: dict[str, _Shows] = {}
        self._of_staff: dict[str, set[str]] = {}
        self._aliases: dict[str, set[str]] = {}  # by the file that they are merged into
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
        shows = _Shows(event.id, event.area_path, hashes, _gate_name(event), *_people(event), _merged_into(event))
        self._shows[event.resident_id] = shows
        self._follow_merge(event.resident_id, old.merged_into if old else None, shows.merged_into)
        if old and old.staff_id:
            self._of_staff[old.staff_id].discard(event.resident_id)
        if shows.staff_id:
            self._of_staff.setdefault(shows.staff_id, set()).add(event.resident_id)
        for new in hashes - before:
            self._holders[new] = tuple(sorted((*self._holders.get(new, ()), event.resident_id)))

    def _follow_merge(self, resident_id: str, before: str | None, after: str | None) -> None:
        if before and before != after:
            self._aliases[before].discard(resident_id)
        if after:
            self._aliases.setdefault(after, set()).add(resident_id)

    def _remove(self, credential_hash: str, resident_id: str) -> None:
        """Take a credential from a resident; the other holders keep it."""
        left = tuple(one for one in self._holders.get(credential_hash, ()) if one != resident_id)
        if left:
            self._holders[credential_hash] = left
        else:
            self._holders.pop(credential_hash, None)

    def holders(self, credential_hash: str) -> tuple[str, ...]:
        """Return the ids of the residents whose the credential is, in their order: one, none, or by mistake several.

        The credential of a merged file is the survivor's, who must be here.
        """
        holders = self._holders.get(credential_hash, ())
        if all(self._shows[one].merged_into is None for one in holders):
            return holders
        return tuple(sorted({self.survivor(one) for one in holders if self._is_here(self.survivor(one))}))

    def _is_here(self, resident_id: str) -> bool:
        shows = self._shows.get(resident_id)
        return shows is None or bool(shows.hashes)

    def survivor(self, resident_id: str) -> str:
        """Return the id of the file that stands for this one: its own, or the one that it is merged into."""
        shows = self._shows.get(resident_id)
        return shows.merged_into or resident_id if shows else resident_id

    def ids_of(self, resident_id: str) -> tuple[str, ...]:
        """Return the ids under which the person of a survivor's file is known, the file's own first."""
        return (resident_id, *sorted(self._aliases.get(resident_id, ())))

    def home(self, resident_id: str) -> str | None:
        """Return the area path of the resident's household, or None where it is not known."""
        shows = self._shows.get(self.survivor(resident_id))
        return self._moves.now(shows.home_path) if shows else None

    async def home_of(self, resident_id: str) -> str | None:
        """Return what `home` does, for a caller that waits."""
        return self.home(resident_id)

    def keeper(self, resident_id: str) -> str | None:
        """Return the person id of the resident's one-to-one keeper, or None."""
        shows = self._shows.get(resident_id)
        return shows.keeper_id if shows else None

    async def own(self, resident_ids: Collection[str], staff_id: str) -> list[Dweller]:
        """Return the residents with these ids, and those who are this member of staff (in normal form)."""
        named = {self.survivor(one) for one in (*resident_ids, *self._of_staff.get(staff_id, ()))}
        wanted = {alias for one in named for alias in self.ids_of(one)}
        return [Dweller(one, self._shows[one].home_path) for one in wanted if one in self._shows]

    def gate_seal(self, resident_id: str) -> bytes | None:
        """Return the masked name of the resident, sealed; None where registration published none."""
        shows = self._shows.get(resident_id)
        return shows.gate_seal if shows else None


def _people(event: ResidentEvent | CredentialsChanged) -> tuple[str | None, str | None]:
    """Return the keeper and the member of staff who the resident is; few texts stand for many residents."""
    if not isinstance(event, ResidentEvent):
        return None, None
    return event.keeper_id and intern(event.keeper_id), event.staff_id


def _merged_into(event: ResidentEvent | CredentialsChanged) -> str | None:
    return event.merged_into if isinstance(event, ResidentEvent) else None


def _gate_name(event: ResidentEvent | CredentialsChanged) -> bytes | None:
    return packed(event.gate_seal) if isinstance(event, ResidentEvent) else None


def _hashes(event: ResidentEvent | CredentialsChanged) -> frozenset[str] | None:
    """Return what opens a gate for the resident; None where the event is from before events of residents carried it."""
    if isinstance(event, ResidentEvent) and event.left and event.merged_into is None:
        return frozenset()
    hashes = frozenset((*event.card_hashes, *((event.id_number_hash,) if event.id_number_hash else ())))
    return hashes if hashes or isinstance(event, CredentialsChanged) else None
